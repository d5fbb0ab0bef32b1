/** How large a policy document is, as far as can be told before its deployment. */
export interface PolicySize {
  readonly statements: number;
  readonly bytes: number;
}

/** What names end in that CloudFormation makes up, and how long they are at most for most resources. */
const MADE_UP = '-XXXXXXXXXXXX';
const LONGEST_NAME = 64;

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': '111122223333',
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * Measures a policy document as it is in a template. What CloudFormation makes up, names and ARNs, is counted as short as it may be: the policy is at least as large.
 *
 * @param document with intrinsic functions
 * @param stackName what the names begin with that CloudFormation makes up
 * @param arnPrefix what ARNs of the resources that the policy names begin with
 */
export function policySize(document: unknown, stackName: string, arnPrefix: string): PolicySize {
  const madeUp = (id: string) => `${stackName}-${id}`.slice(0, LONGEST_NAME - MADE_UP.length) + MADE_UP;

  /** With text of about the right length in place of each intrinsic function. A reference is an ARN, but for those that are parts of one. */
  const filledIn = (value: unknown, isPart?: boolean): unknown => {
    if (Array.isArray(value)) {
      return value.map((element) => filledIn(element));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': exported, 'Fn::Join': join } = value as Record<string, unknown>;
    if (typeof ref === 'string') {
      return PSEUDO_PARAMETERS[ref] ?? (isPart ? '' : arnPrefix) + madeUp(ref);
    }
    if (attribute ?? exported) {
      return arnPrefix + madeUp(String(attribute ? (attribute as unknown[])[0] : exported));
    }
    if (Array.isArray(join)) {
      const [separator, parts] = join as [string, unknown];
      return (Array.isArray(parts) ? parts : []).map((part) => filledIn(part, true)).join(separator);
    }
    return Object.fromEntries(Object.entries(value).map(([name, element]) => [name, filledIn(element)]));
  };

  const { Statement: statements } = document as { Statement: unknown };
  return { statements: Array.isArray(statements) ? statements.length : 1, bytes: Buffer.byteLength(JSON.stringify(filledIn(document))) };
}
