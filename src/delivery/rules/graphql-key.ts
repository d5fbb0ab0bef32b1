import type { Rule } from './rule';

/** What is known of an API key of AppSync. */
export interface GraphqlKeyFacts {
  readonly path: string;
  readonly hasExpiry?: boolean | undefined;
}

/**
 * What is true of an API key that works next week.
 */
export const GRAPHQL_KEY_RULES: readonly Rule<GraphqlKeyFacts>[] = [
  {
    id: 'graphqlKeyExpiryUnset',
    severity: 'warning',
    why: 'An API key of AppSync expires 7 days after it was made unless it says when.',
    source: 'https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateApiKey.html',
    finding: ({ path, hasExpiry }) => (
      hasExpiry !== false ? undefined
        : {
          what: `Expires of API key '${path}' is not set, so 7 days after it was made AppSync refuses all who use it`,
          fix: 'set Expires to a time at most 365 days ahead and renew it in time, or authorize by IAM, Cognito, OIDC or Lambda',
        }
    ),
  },
];
