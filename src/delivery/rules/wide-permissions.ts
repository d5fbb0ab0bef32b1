import type { Rule } from './rule';

/** What is known of the role of a function. */
export interface FunctionRoleFacts {
  readonly path: string;
  /** The path of a function that has it. */
  readonly function: string;
  /** The actions with a wildcard, `*` or `service:*`, that it is allowed on every resource. Undefined: not known. */
  readonly wide?: readonly string[] | undefined;
}

/** What is known of a permission to invoke a function. */
export interface PermissionSourceFacts {
  readonly path: string;
  readonly principal: string;
  readonly isService?: boolean | undefined;
  /** Whether it names an account, an organization or a resource for which the service invokes. */
  readonly narrowed?: boolean | undefined;
}

/**
 * What is true of the role of a function.
 */
export const FUNCTION_ROLE_RULES: readonly Rule<FunctionRoleFacts>[] = [
  {
    id: 'functionRoleWide',
    severity: 'warning',
    why: 'Whoever makes the function do something else can do everything that its role allows.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html',
    finding: ({ path, function: handler, wide = [] }) => (
      wide.length === 0 ? undefined : {
        what: `role '${path}' of function '${handler}' is allowed ${wide.join(', ')} on every resource (Resource '*')`,
        fix: 'name in Action what the function does, and in Resource what it does that with',
      }
    ),
  },
];

/**
 * What is true of a permission to invoke a function.
 */
export const PERMISSION_SOURCE_RULES: readonly Rule<PermissionSourceFacts>[] = [
  {
    id: 'permissionWithoutSource',
    severity: 'note',
    why: 'A service that may invoke a function for anybody can be made to do so by somebody in another account.',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html',
    finding: ({ path, principal, isService, narrowed }) => (
      !isService || narrowed !== false ? undefined : {
        what: `permission '${path}' lets ${principal} invoke the function, for whichever account, because it has neither SourceArn nor SourceAccount`,
        fix: 'set SourceArn to the ARN for which the service invokes the function, or SourceAccount to its account',
      }
    ),
  },
];
