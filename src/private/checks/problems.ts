import { Annotations, Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Bounds, PropBounds } from './prop-bounds';
import { outOf, outOfBounds } from './prop-bounds';
import type { Rule } from '../../delivery/rules/rule';
import { findings } from '../../delivery/rules/rule';

/**
 * Collects what is wrong with the props of one construct, so that all of it is reported at once and before anything is made.
 */
export class Problems {
  private readonly texts: string[] = [];

  constructor(private readonly scope: Construct, private readonly pattern: string) {}

  /** Notes a problem; `text` names the prop, its value, what is allowed and the fix. */
  public add(text: string): void {
    this.texts.push(text);
  }

  /** Notes what rules find in some facts: errors are problems, warnings are warnings of the construct. */
  public addFindings<F>(rules: readonly Rule<F>[], facts: F): void {
    this.texts.push(...reportFindings(this.scope, rules, facts));
  }

  /** Notes one value that is out of its bounds, where these depend on more than the props. */
  public checkBound(prop: string, value: number | undefined, bounds: Bounds): void {
    this.texts.push(...outOf(prop, value, bounds));
  }

  /** Notes what is out of its bounds. */
  public checkBounds<P extends object>(props: P, table: PropBounds<P>): void {
    this.texts.push(...outOfBounds(props, table));
  }

  /**
   * Notes a problem if `key` is known to be one that AWS manages: nobody can change its policy, which lets no other service use it.
   * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
   */
  public requireCustomerKey(prop: string, key: kms.IKey | undefined, fix: string): void {
    const alias = key && /alias\/aws\/[a-z0-9-]+/.exec(JSON.stringify(Stack.of(key).resolve(key.keyArn)))?.[0];
    if (alias) {
      this.add(`${prop} is the AWS-managed key '${alias}', which services may not use for each other, but must be a customer-managed key: give one, or ${fix}`);
    }
  }

  /** Throws one error with every problem noted so far; does nothing if there is none. */
  public throwIfAny(): void {
    if (this.texts.length > 0) {
      // The construct that failed is taken out again, so that a caller who catches the error is not left with an empty one.
      this.scope.node.scope?.node.tryRemoveChild(this.scope.node.id);
      throw new Error(`${this.pattern} '${this.scope.node.path}' cannot be made:${this.texts.map((text) => `\n  - ${text}`).join('')}`);
    }
  }
}

/** Makes a part of a construct, which is taken out again if that throws, so that a caller who catches the error is not left with half of one. */
export function wholeOrNot<T>({ node }: Construct, make: () => T): T {
  try {
    return make();
  } catch (error) {
    node.scope?.node.tryRemoveChild(node.id);
    throw error;
  }
}

/**
 * Adds the warnings that rules find in some facts to a construct.
 *
 * @returns the texts of the errors
 */
export function reportFindings<F>(scope: Construct, rules: readonly Rule<F>[], facts: F): string[] {
  const found = findings(rules, facts);
  for (const { rule, text } of found.filter(({ rule: { severity } }) => severity === 'warning')) {
    Annotations.of(scope).addWarningV2(`cdk-serverless-patterns:${rule.id}`, text);
  }
  return found.filter(({ rule: { severity } }) => severity === 'error').map(({ text }) => text);
}
