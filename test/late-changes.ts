import type { CfnResource, IPropertyInjector } from 'aws-cdk-lib';
import { Aspects, PropertyInjectors, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct, IConstruct } from 'constructs';
import { newStack } from './messaging/fixtures';
import { resourcesBelow } from '../src/private/app/resources-below';

/** What the constructs of an app say when it is synthesized: one line for each problem. */
export function problemsAtSynthesis(stack: Stack): string[] {
  try {
    Template.fromStack(stack);
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.trim());
  }
  return [];
}

/** A derived value of a pattern, and another that takes its place. */
export type LateChange<R extends string = string> = readonly [
  resource: R,
  /** Where the value is, such as `Properties.VisibilityTimeout`. */
  at: string,
  /** Undefined takes it out. */
  other: unknown,
  /** What the error says of the remedy. */
  advice: string | RegExp,
];

/**
 * Changes each derived value of a pattern behind its back, by an override and by an aspect, and expects the synthesis to fail with the place, both values and the remedy.
 *
 * One synthesis has a change of each resource, because there are many changes and all problems are reported together. A change whose problem is not among them is tried by itself.
 *
 * @param make makes the pattern with all that it can have
 * @param resources where its resources are
 * @param changes everything that it derives
 */
export function describeLateChanges<P extends IConstruct, R extends string>(
  make: (stack: Stack) => P,
  resources: Readonly<Record<R, (pattern: P) => CfnResource>>,
  changes: readonly LateChange<R>[],
): void {
  test('with nothing changed there is nothing to say', () => {
    const stack = newStack();
    make(stack);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  /** What the synthesis says of some changes, and where their resources are. */
  const outcomeOf = (how: typeof byOverride, together: readonly LateChange<R>[]) => {
    const stack = newStack();
    const pattern = make(stack);
    const changed = together.map(([resource, at, other]) => [resources[resource](pattern), at, other] as const);
    changed.forEach((change) => how(stack, ...change));
    return { problems: problemsAtSynthesis(stack), paths: changed.map(([{ node: { path } }]) => path) };
  };
  describe.each(roundsOf(changes).map((together) => [together]))('some at once', (together) => {
    let outcomes: ReadonlyMap<typeof byOverride, ReturnType<typeof outcomeOf>>;
    // Not in the test that is the first to need them: the mutation rig has to know that all of them reach what is checked.
    beforeAll(() => outcomes = new Map([byOverride, byAspect].map((how) => [how, outcomeOf(how, together)])));

    describe.each(together)('of the %s %s (%j)', (resource, at, other, advice) => {
      const expectIt = (how: typeof byOverride) => {
        const { problems, paths } = outcomes.get(how)!;
        const path = paths[together.findIndex(([ofResource]) => ofResource === resource)];
        const name = at.replace('Properties.', '').replace(/[.[\]]/g, '\\$&');
        const expected = new RegExp(
          `^\\[[^\\]]+\\] .*${name}.* of .*'${path}'.* (was taken out|was changed to .+|is .+), (but must (not be there|(be|have) .+)|which is .+): ` +
          `.*${advice instanceof RegExp ? advice.source : advice}`,
        );
        const found = problems.some((problem) => expected.test(problem)) ? problems : outcomeOf(how, [[resource, at, other, advice]]).problems;
        expect(found).toContainEqual(expect.stringMatching(expected));
      };

      test('changed by an override', () => expectIt(byOverride));

      test('changed by an aspect', () => expectIt(byAspect));
    });
  });
}

function byOverride(_stack: Stack, resource: CfnResource, at: string, other: unknown): void {
  resource.addOverride(at, other);
}

function byAspect(stack: Stack, resource: CfnResource, at: string, other: unknown): void {
  Aspects.of(stack).add({
    visit: (node: IConstruct) => {
      if (node === resource) {
        resource.addOverride(at, other);
      }
    },
  }, { priority: 1000 });
}

/** Rounds in each of which every resource is changed at most once. */
function roundsOf<R extends string>(changes: readonly LateChange<R>[]): LateChange<R>[][] {
  const rounds: LateChange<R>[][] = [];
  for (const change of changes) {
    const free = rounds.find((round) => round.every(([resource]) => resource !== change[0]));
    if (free) {
      free.push(change);
    } else {
      rounds.push([change]);
    }
  }
  return rounds;
}

/** A role that a pattern makes, and what is promised of it. */
export interface PromisedRole<P> {
  readonly of: (pattern: P) => IConstruct;
  /** What an error says of who takes it. */
  readonly takes: string;
  /** What an error says of what is done by it. */
  readonly does: string;
  /** What CDK allows besides, which can be taken away without harm. */
  readonly besides?: readonly string[];
}

/** Gives each role of a pattern to another service, and takes each of its permissions away, one at a time: the synthesis must fail. */
export function describeRoles<P>(make: (stack: Stack) => P, roles: Readonly<Record<string, PromisedRole<P>>>): void {
  const problemsAfter = (of: PromisedRole<P>['of'], type: string, change: (resource: CfnResource, stack: Stack) => void) => {
    const stack = newStack();
    resourcesBelow(of(make(stack)), type).forEach((resource) => change(resource, stack));
    return problemsAtSynthesis(stack);
  };
  interface Allowing {
    readonly Action: string | readonly string[];
  }
  const statementsOf = (policy: CfnResource, stack: Stack) => (
    (stack.resolve((policy as iam.CfnPolicy).policyDocument) as { Statement: Allowing[] }).Statement
  );

  describe.each(Object.entries(roles))('the %s', (_, { of, takes, does, besides = [] }) => {
    test('must trust its service', () => {
      const trust = [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'other.amazonaws.com' } }];
      expect(problemsAfter(of, 'AWS::IAM::Role', (role) => role.addPropertyOverride('AssumeRolePolicyDocument.Statement', trust))).toContainEqual(expect.stringContaining(takes));
    });

    test('must be allowed each of its actions', () => {
      const allowed: string[] = [];
      problemsAfter(of, 'AWS::IAM::Policy', (policy, stack) => allowed.push(...statementsOf(policy, stack).flatMap(({ Action }) => Action)));
      const spare = [...new Set(allowed)].filter((action) => {
        const problems = problemsAfter(of, 'AWS::IAM::Policy', (policy, stack) => policy.addPropertyOverride('PolicyDocument.Statement', (
          statementsOf(policy, stack).map((statement) => ({ ...statement, Action: [statement.Action].flat().filter((one) => one !== action) }))
        )));
        return !problems.some((problem) => problem.includes(does));
      });
      expect(spare.sort()).toEqual([...besides].sort());
      expect(allowed.length).toBeGreaterThan(spare.length);
    });
  });
}

/** Expects nothing to be said of a change that does no harm. */
export function expectHarmless<P>(make: (stack: Stack) => P, change: (pattern: P, stack: Stack) => unknown): void {
  const stack = newStack();
  change(make(stack), stack);
  expect(problemsAtSynthesis(stack)).toEqual([]);
}

/** Expects an error where a value is taken out of a resource altogether. */
export function expectTakenOut<P>(make: (stack: Stack) => P, resourceIn: (pattern: P) => CfnResource, [, at, , advice]: LateChange): void {
  const stack = newStack();
  const resource = resourceIn(make(stack));
  resource.addDeletionOverride(at);
  expect(problemsAtSynthesis(stack)).toContainEqual(expect.stringMatching(
    `of '${resource.node.path}' was taken out, but must (be|have) .+: .*${advice instanceof RegExp ? advice.source : advice}`,
  ));
}

/**
 * What the synthesis says after an injector has changed the props of the CDK's own constructs below a stack.
 *
 * @param constructUniqueId of the construct's class, `PROPERTY_INJECTION_ID`
 * @param more the props that are enforced
 */
export function problemsWithInjector(
  constructUniqueId: string,
  more: object | ((props: Record<string, unknown>, scope: Construct, id: string) => object),
  make: (stack: Stack) => void,
): string[] {
  const stack = newStack();
  const injector: IPropertyInjector = {
    constructUniqueId,
    inject: (props: Record<string, unknown>, { scope, id }) => ({ ...props, ...typeof more === 'function' ? more(props, scope, id) : more }),
  };
  PropertyInjectors.of(stack).add(injector);
  make(stack);
  return problemsAtSynthesis(stack);
}
