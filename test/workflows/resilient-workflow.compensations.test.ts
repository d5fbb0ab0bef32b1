import type { Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { definitionOf, invoke, MACHINE, make } from './fixtures';
import type { ResilientWorkflowProps } from '../../src';
import { resourceOf } from '../messaging/fixtures';

const CHOOSE = 'ResilientWorkflow: anything to undo';
const CAUGHT = [{ ErrorEquals: ['States.DataLimitExceeded'], Next: CHOOSE }, { ErrorEquals: ['States.ALL'], Next: CHOOSE }];
const COMPLETED = (step: string) => ({ resilientWorkflowCompleted: { step, output: '{% $states.input %}', before: '{% $resilientWorkflowCompleted %}' } });

/** Two tasks in a row, 'Reserve' and 'Pay'; both have a compensation, unless others are stated. */
function statesOf(definition = (stack: Stack): sfn.IChainable => invoke(stack, 'Reserve').next(invoke(stack, 'Pay')), props: Partial<ResilientWorkflowProps> = {}) {
  return definitionOf(make((stack) => ({
    definition: definition(stack), compensations: { Reserve: invoke(stack, 'Release'), Pay: invoke(stack, 'Refund') }, ...props,
  })).stack).States;
}

describe('the workflow', () => {
  test('begins with no step that is completed', () => {
    const { StartAt, States } = definitionOf(make((stack) => ({ compensations: { Work: invoke(stack, 'Undo') } })).stack);
    expect(StartAt).toBe('ResilientWorkflow: begin');
    expect(States[StartAt as string]).toEqual({ Type: 'Pass', QueryLanguage: 'JSONata', Assign: { resilientWorkflowCompleted: {} }, Next: 'Work' });
  });

  test('notes each step that is completed, with its output, before those before it', () => {
    const states = statesOf();
    expect(states.Reserve).toMatchObject({ Next: 'ResilientWorkflow: completed 1 Reserve' });
    expect(states['ResilientWorkflow: completed 1 Reserve']).toEqual({ Type: 'Pass', QueryLanguage: 'JSONata', Assign: COMPLETED('Reserve'), Next: 'Pay' });
    expect(states.Pay).toMatchObject({ Next: 'ResilientWorkflow: completed 2 Pay' });
    expect(states.Pay).not.toHaveProperty('End');
    expect(states['ResilientWorkflow: completed 2 Pay']).toEqual({ Type: 'Pass', QueryLanguage: 'JSONata', Assign: COMPLETED('Pay'), End: true });
  });

  test('notes nothing of tasks that nothing undoes', () => {
    const states = definitionOf(make((stack) => ({ definition: invoke(stack, 'Look').next(invoke(stack, 'Pay')), compensations: { Pay: invoke(stack, 'Refund') } })).stack).States;
    expect(states.Look).toMatchObject({ Next: 'Pay', Catch: CAUGHT });
    expect(Object.keys(states).filter((name) => name.startsWith('ResilientWorkflow: completed'))).toEqual(['ResilientWorkflow: completed 1 Pay']);
  });

  test('has names that are no longer than they may be', () => {
    const name = 'x'.repeat(80);
    const states = definitionOf(make((stack) => ({ definition: invoke(stack, name), compensations: { [name]: invoke(stack, 'Undo') } })).stack).States;
    expect(Object.keys(states).filter((state) => state.length > 80)).toEqual([]);
    expect(states[name]!.Next).toBe(`ResilientWorkflow: completed 1 ${'x'.repeat(49)}`);
    expect(Object.keys(states)).toContain(states[name]!.Next);
  });

  test.each<[string, (stack: Stack) => sfn.IChainable]>([
    ['a task', (stack) => invoke(stack, 'Last')],
    ['a Parallel state', (stack) => new sfn.Parallel(stack, 'Last').branch(new sfn.Pass(stack, 'Nothing'))],
    ['a Map state', (stack) => new sfn.Map(stack, 'Last').itemProcessor(new sfn.Pass(stack, 'Nothing'))],
  ])('catches what nothing else catches, of %s', (_, last) => {
    const states = statesOf((stack) => invoke(stack, 'Reserve').next(invoke(stack, 'Pay')).next(last(stack)));
    expect([states.Reserve, states.Pay, states.Last].map((state) => state!.Catch as unknown)).toEqual([CAUGHT, CAUGHT, CAUGHT]);
  });

  test('catches nothing within a Parallel state, which itself is caught', () => {
    const states = statesOf((stack) => invoke(stack, 'Reserve').next(invoke(stack, 'Pay')).next(new sfn.Parallel(stack, 'Last').branch(invoke(stack, 'Within'))));
    expect(states.Last!.Branches[0].States.Within).not.toHaveProperty('Catch');
  });

  test('leaves alone what catches nothing', () => {
    const states = statesOf((stack) => invoke(stack, 'Reserve').next(invoke(stack, 'Pay')).next(new sfn.Pass(stack, 'Last')));
    expect(states.Last).toEqual({ Type: 'Pass', End: true });
  });

  test('catches the rest where some errors are caught', () => {
    const states = statesOf((stack) => {
      const pay = invoke(stack, 'Pay').addCatch(new sfn.Pass(stack, 'Later'), { errors: ['States.Timeout'] });
      return invoke(stack, 'Reserve').next(pay);
    });
    expect(states.Pay!.Catch).toEqual([{ ErrorEquals: ['States.Timeout'], Next: 'Later' }, ...CAUGHT]);
  });

  test('leaves what is caught to who catches it', () => {
    const states = statesOf((stack) => invoke(stack, 'Reserve').next(invoke(stack, 'Pay').addCatch(new sfn.Pass(stack, 'Later'))));
    expect((states.Pay!.Catch as { Next: string }[]).map(({ Next }) => Next)).toEqual(['Later', 'Later']);
  });

  test('catches a result that is too large once', () => {
    const states = statesOf((stack) => invoke(stack, 'Reserve').next(invoke(stack, 'Pay').addCatch(new sfn.Pass(stack, 'Cut'), { errors: ['States.DataLimitExceeded'] })));
    expect(states.Pay!.Catch).toEqual([{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Cut' }, { ErrorEquals: ['States.ALL'], Next: CHOOSE }]);
  });

  const failing = (fail: (stack: Stack) => sfn.Fail, props: Partial<ResilientWorkflowProps> = {}) => (
    statesOf((stack) => invoke(stack, 'Reserve').next(invoke(stack, 'Pay')).next(fail(stack)), props).Refuse
  );

  test('is undone where it says itself that it fails', () => {
    expect(failing((stack) => new sfn.Fail(stack, 'Refuse', { error: 'Refused', cause: 'no', comment: 'ends' }))).toEqual({
      Type: 'Pass', Comment: 'ends', QueryLanguage: 'JSONata', Output: { Error: 'Refused', Cause: 'no' }, Next: CHOOSE,
    });
    expect(failing((stack) => new sfn.Fail(stack, 'Refuse'))).toEqual({ Type: 'Pass', QueryLanguage: 'JSONata', Output: {}, Next: CHOOSE });
  });

  test('is undone where it fails with an error from a path', () => {
    expect(failing((stack) => new sfn.Fail(stack, 'Refuse', { errorPath: '$.error', causePath: '$.cause' }))).toEqual({
      Type: 'Pass', Parameters: { 'Error.$': '$.error', 'Cause.$': '$.cause' }, Next: CHOOSE,
    });
    expect(failing((stack) => new sfn.Fail(stack, 'Refuse', { error: 'Refused', causePath: '$.cause' }))).toEqual({
      Type: 'Pass', Parameters: { 'Error': 'Refused', 'Cause.$': '$.cause' }, Next: CHOOSE,
    });
    expect(failing((stack) => new sfn.Fail(stack, 'Refuse', { errorPath: '$.error' }))).toEqual({ Type: 'Pass', Parameters: { 'Error.$': '$.error' }, Next: CHOOSE });
  });

  test('is undone where it fails with an error from an expression', () => {
    expect(failing((stack) => sfn.Fail.jsonata(stack, 'Refuse', { error: '{% $states.input.code %}' }))).toEqual({
      Type: 'Pass', QueryLanguage: 'JSONata', Output: { Error: '{% $states.input.code %}' }, Next: CHOOSE,
    });
  });

  test('starts the compensation, once, if a step was completed, and fails with its own error', () => {
    const { stack, order } = make((scope) => ({ compensations: { Work: invoke(scope, 'Undo') } }));
    const { States } = definitionOf(stack);
    const error = {
      Error: '{% $exists($states.input.Error) ? $states.input.Error : "" %}',
      Cause: '{% $exists($states.input.Cause) ? $states.input.Cause : "" %}',
    };
    expect(States[CHOOSE]).toEqual({
      Type: 'Choice',
      QueryLanguage: 'JSONata',
      Choices: [{ Condition: '{% $exists($resilientWorkflowCompleted.step) %}', Next: 'ResilientWorkflow: undo' }],
      Default: 'ResilientWorkflow: fail',
    });
    expect(States['ResilientWorkflow: undo']).toEqual({
      Type: 'Task',
      QueryLanguage: 'JSONata',
      Resource: 'arn:<ref>:states:::states:startExecution',
      Arguments: {
        StateMachineArn: '<ref>',
        Name: '{% $states.context.Execution.Name %}',
        Input: { execution: '{% $states.context.Execution.Id %}', ...error, undo: '{% $resilientWorkflowCompleted %}' },
      },
      Output: '{% $states.input %}',
      TimeoutSeconds: 60,
      Retry: [
        { ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], MaxAttempts: 0 },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 8, MaxDelaySeconds: 60, JitterStrategy: 'FULL' },
      ],
      Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Output: '{% $states.input %}', Next: 'ResilientWorkflow: fail' }],
      Next: 'ResilientWorkflow: fail',
    });
    expect(States['ResilientWorkflow: fail']).toEqual({ Type: 'Fail', QueryLanguage: 'JSONata', ...error });
    const { DefinitionString } = resourceOf(stack, MACHINE, 'OrderStateMachine').Properties as { DefinitionString: { 'Fn::Join': [string, unknown[]] } };
    expect(DefinitionString['Fn::Join'][1]).toContainEqual(stack.resolve(order.compensation!.stateMachineArn));
    expect(resourceOf(stack, 'AWS::IAM::Policy', 'OrderStateMachine').Properties.PolicyDocument.Statement).toContainEqual({
      Action: 'states:StartExecution', Effect: 'Allow', Resource: stack.resolve(order.compensation!.stateMachineArn) as unknown,
    });
  });
});

describe('the compensation', () => {
  const { stack, order } = make((scope) => ({
    definition: invoke(scope, 'Reserve').next(invoke(scope, 'Pay')),
    compensations: { Reserve: invoke(scope, 'Release').next(invoke(scope, 'Tell')), Pay: invoke(scope, 'Refund').addRetry({ errors: ['States.ALL'], maxAttempts: 1 }) },
  }));
  const definition = definitionOf(stack, 'OrderCompensation');
  const states = definition.States;

  test('may take a day', () => expect(definition.TimeoutSeconds).toBe(86_400));

  test('is a state machine of its own, whose ends are set aside too', () => {
    const rule = resourceOf(stack, 'AWS::Events::Rule').Properties;
    const arns = [order.stateMachine, order.compensation!].map(({ stateMachineArn }) => stack.resolve(stateMachineArn) as unknown);
    expect(rule.EventPattern.detail.stateMachineArn).toEqual(arns);
    expect(order.compensation!.node.path).toBe('Stack/Order/Compensation');
  });

  test('undoes one step after the other', () => {
    expect(definition.StartAt).toBe('ResilientWorkflow: begin');
    expect(states['ResilientWorkflow: begin']).toMatchObject({ QueryLanguage: 'JSONata', Assign: { undo: '{% $states.input.undo %}' }, Next: 'ResilientWorkflow: next step' });
    expect(states['ResilientWorkflow: next step']).toEqual({
      Type: 'Choice',
      QueryLanguage: 'JSONata',
      Choices: [
        { Condition: '{% $undo.step = "Reserve" %}', Next: 'ResilientWorkflow: undo 1' },
        { Condition: '{% $undo.step = "Pay" %}', Next: 'ResilientWorkflow: undo 2' },
      ],
      Default: 'ResilientWorkflow: all undone',
    });
    expect(states['ResilientWorkflow: all undone']).toEqual({ Type: 'Succeed', QueryLanguage: 'JSONata' });
  });

  test('gives each compensation the output of the step, and goes on with the step before', () => {
    expect(states['ResilientWorkflow: undo 1']).toEqual({
      Type: 'Pass', QueryLanguage: 'JSONata', Comment: 'Undoes Reserve', Output: '{% $undo.output %}', Assign: { undo: '{% $undo.before %}' }, Next: 'Release',
    });
    expect(states['ResilientWorkflow: undo 2']).toMatchObject({ Comment: 'Undoes Pay', Next: 'Refund' });
    expect([states.Release, states.Tell, states.Refund].map((state) => state!.Next as unknown)).toEqual(['Tell', 'ResilientWorkflow: next step', 'ResilientWorkflow: next step']);
  });

  test('tries each error again for half an hour, unless its tasks say otherwise', () => {
    expect((states.Release!.Retry as object[]).at(-1)).toEqual({
      ErrorEquals: ['States.ALL'], IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 12, MaxDelaySeconds: 300, JitterStrategy: 'FULL',
    });
    expect(states.Release!.Retry).toHaveLength(2);
    expect((states.Refund!.Retry as { ErrorEquals: string[]; MaxAttempts: number }[]).at(-1)).toEqual({ ErrorEquals: ['States.ALL'], MaxAttempts: 1 });
    expect(definitionOf(stack).States.Pay!.Retry).toHaveLength(1);
  });

  test('has timeouts for its tasks', () => expect(states.Release!.TimeoutSeconds).toBe(960));

  test('has the key of the workflow, its query language and its logs', () => {
    expect(resourceOf(stack, 'AWS::Logs::LogGroup', 'OrderCompensationLogs').Properties.RetentionInDays).toBe(30);
    const jsonata = make((scope) => ({
      definition: sfn.Pass.jsonata(scope, 'Nothing').next(new sfn.CustomState(scope, 'Work', { stateJson: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' } })),
      compensations: { Work: sfn.Pass.jsonata(scope, 'Undo') },
      queryLanguage: sfn.QueryLanguage.JSONATA,
    })).stack;
    expect(definitionOf(jsonata, 'OrderCompensation').QueryLanguage).toBe('JSONata');
  });
});
