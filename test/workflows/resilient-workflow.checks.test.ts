import type { Stack } from 'aws-cdk-lib';
import { Duration, Lazy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { invoke, make } from './fixtures';
import type { ResilientWorkflowProps } from '../../src';
import { ResilientWorkflow } from '../../src';
import { newStack } from '../messaging/fixtures';

/** The problems of a workflow, one line each. */
function problemsOf(props: Partial<ResilientWorkflowProps> | ((stack: Stack) => Partial<ResilientWorkflowProps>)): string[] {
  try {
    make(props);
  } catch (error) {
    return (error as Error).message.split('\n  - ').slice(1);
  }
  return [];
}

/** Any state; its id is 'Work'. */
const custom = (stack: Stack, stateJson: object, id = 'Work') => new sfn.CustomState(stack, id, { stateJson: { ...stateJson } });
const task = (Resource: string, more: object = {}) => (stack: Stack) => ({ definition: custom(stack, { Type: 'Task', Resource, ...more }) });

describe('the timeouts', () => {
  test('of tasks may be known while they run only', () => {
    expect(problemsOf(task('arn:aws:states:::lambda:invoke', { TimeoutSeconds: '{% $seconds %}' }))).toEqual([]);
    expect(problemsOf(task('arn:aws:states:::lambda:invoke', { TimeoutSeconds: Lazy.number({ produce: () => 9999 }) }))).toEqual([]);
  });

  test.each([9, 31_536_001])('of executions is not %d seconds', (seconds) => {
    expect(problemsOf({ timeout: Duration.seconds(seconds) })).toEqual([`timeout is ${seconds} seconds, but must be from 10 to 31536000 whole seconds: leave it out for 1 hour`]);
  });

  test.each([10, 31_536_000])('of executions may be %d seconds', (seconds) => expect(problemsOf({ timeout: Duration.seconds(seconds) })).toEqual([]));

  test('are no tokens', () => {
    const token = Duration.seconds(Lazy.number({ produce: () => 60 }));
    expect(problemsOf({ timeout: token, taskTimeout: token })).toEqual([
      'timeout is a token, but must be known, because the timeouts of tasks are compared with it: state it, or leave it out for 1 hour',
      'taskTimeout is a token, but must be known, because the timeouts of tasks are compared with it: state it, or leave it out for half of timeout, at most 16 minutes, or raise timeout',
    ]);
  });

  test.each([[undefined, 3600], [Duration.minutes(10), 600]])('of tasks are below that of executions (%s)', (timeout, seconds) => {
    const stated = timeout && { timeout };
    expect(problemsOf({ ...stated, taskTimeout: Duration.seconds(seconds) })).toEqual([
      `taskTimeout is ${seconds} seconds, but must be from 1 to ${seconds - 1} whole seconds: leave it out for half of timeout, at most 16 minutes, or raise timeout`,
    ]);
    expect(problemsOf({ ...stated, taskTimeout: Duration.seconds(seconds - 1) })).toEqual([]);
    expect(problemsOf({ ...stated, taskTimeout: Duration.seconds(1) })).toEqual([]);
  });

  test('that tasks state are below that of executions', () => {
    expect(problemsOf(task('arn:aws:states:::lambda:invoke', { TimeoutSeconds: 3600 }))).toEqual([
      'task \'Work\' may take 3600 seconds, but its execution ends after 3600, and catches nothing then: ' +
      'state a taskTimeout of less than 3600 seconds, or raise timeout of the ResilientWorkflow',
    ]);
    expect(problemsOf(task('arn:aws:states:::lambda:invoke', { TimeoutSeconds: 3599 }))).toEqual([]);
  });

  test('are above what a state waits', () => {
    const wait = (seconds: number) => (stack: Stack) => ({ definition: new sfn.Wait(stack, 'Pause', { time: sfn.WaitTime.duration(Duration.seconds(seconds)) }) });
    expect(problemsOf(wait(3600))).toEqual([
      'state \'Pause\' waits for 3600 seconds, but its execution ends after 3600: let it wait for less, or raise timeout of the ResilientWorkflow',
    ]);
    expect(problemsOf(wait(3599))).toEqual([]);
    expect(problemsOf((stack) => ({ definition: new sfn.Wait(stack, 'Pause', { time: sfn.WaitTime.secondsPath('$.seconds') }) }))).toEqual([]);
  });
});

describe('a wait for ever is refused', () => {
  test.each([
    ['a callback (.waitForTaskToken)', 'arn:aws:states:::sqs:sendMessage.waitForTaskToken'],
    ['the worker of an activity', 'arn:aws:states:us-east-1:111122223333:activity:work'],
  ])('for %s', (what, resource) => {
    expect(problemsOf(task(resource))).toEqual([
      `task 'Work' of state machine 'Stack/Order' waits for ${what}, but has neither HeartbeatSeconds nor TimeoutSeconds, so it never learns that nobody is going to answer: ` +
      'set HeartbeatSeconds to the longest silence of a worker, or TimeoutSeconds to the longest time that an answer may take, and catch States.Timeout',
    ]);
    expect(problemsOf(task(resource, { HeartbeatSeconds: 60 }))).toEqual([]);
    expect(problemsOf(task(resource, { TimeoutSeconds: 60 }))).toEqual([]);
    expect(problemsOf(task(resource, { TimeoutSecondsPath: '$.seconds' }))).toEqual([]);
  });

  test('for an activity of this app', () => {
    const [problem] = problemsOf((stack) => ({ definition: new tasks.StepFunctionsInvokeActivity(stack, 'Work', { activity: new sfn.Activity(stack, 'Activity') }) }));
    expect(problem).toContain('task \'Work\' of state machine \'Stack/Order\' waits for the worker of an activity');
  });

  test.each(['batch:submitJob', 'ecs:runTask', 'eks:runJob'])('for the end of %s', (integration) => {
    expect(problemsOf(task(`arn:aws:states:::${integration}.sync`))).toEqual([
      `task 'Work' waits for the end of ${integration}, but has no timeout of its own, so a job that hangs ends the whole execution, which catches nothing then: ` +
      'state taskTimeout of the task, the longest time that the job may take',
    ]);
    expect(problemsOf(task(`arn:aws:states:::${integration}.sync`, { TimeoutSeconds: 60 }))).toEqual([]);
  });

  test.each(['arn:aws:states:::codebuild:startBuild.sync', 'arn:aws:states:::states:startExecution.sync:2'])('but not for the end of %s, which ends by itself', (resource) => {
    expect(problemsOf(task(resource))).toEqual([]);
  });

  test('at any depth', () => {
    const [problem] = problemsOf((stack) => ({
      definition: new sfn.Parallel(stack, 'All').branch(new sfn.Map(stack, 'Each').itemProcessor(custom(stack, { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync' }))),
    }));
    expect(problem).toContain('task \'Work\' waits for the end of ecs:runTask');
  });
});

test('a heartbeat is below the timeout', () => {
  expect(problemsOf(task('arn:aws:states:::sqs:sendMessage.waitForTaskToken', { HeartbeatSeconds: 60, TimeoutSeconds: 60 }))).toEqual([
    'HeartbeatSeconds of task \'Work\' of state machine \'Stack/Order\' is 60, but must be less than its TimeoutSeconds (60): set HeartbeatSeconds to less than 60, or raise TimeoutSeconds',
  ]);
});

describe('items of a distributed Map state', () => {
  const many = (type: sfn.StateMachineType) => (stack: Stack) => ({
    definition: new sfn.DistributedMap(stack, 'Many', { mapExecutionType: type })
      .itemProcessor(new sfn.Map(stack, 'Each').itemProcessor(custom(stack, { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync', TimeoutSeconds: 60 }))),
  });

  test('do not wait if they run in Express workflows', () => {
    expect(problemsOf(many(sfn.StateMachineType.EXPRESS))).toEqual([
      expect.stringContaining('task \'Work\' of state machine \'Stack/Order\' waits for the end of a job (.sync), which an Express workflow cannot do'),
    ]);
  });

  test('may wait otherwise', () => expect(problemsOf(many(sfn.StateMachineType.STANDARD))).toEqual([]));
});

describe('compensations', () => {
  test('are for tasks that there are', () => {
    expect(problemsOf((stack) => ({ definition: invoke(stack, 'Work').next(invoke(stack, 'Pay')), compensations: { Wrok: invoke(stack, 'Undo') } }))).toEqual([
      'compensations has \'Wrok\', but no state has this id: state the id of a task, one of \'Work\', \'Pay\'',
    ]);
  });

  test('are for tasks of the workflow itself', () => {
    const FIX = 'but must be a task of the workflow itself: chain the tasks one after the other, or put them into a ResilientWorkflow of their own, which undoes itself';
    expect(problemsOf((stack) => ({
      definition: new sfn.Parallel(stack, 'All').branch(invoke(stack, 'Work')), compensations: { Work: invoke(stack, 'Undo'), All: invoke(stack, 'UndoAll') },
    }))).toEqual([
      `compensations has 'Work', which is within a Parallel or Map state, ${FIX}`,
      `compensations has 'All', which is a Parallel state, ${FIX}`,
    ]);
  });

  test('do not end the execution', () => {
    expect(problemsOf((stack) => ({ compensations: { Work: invoke(stack, 'Undo').next(new sfn.Succeed(stack, 'Undone')) } }))).toEqual([
      'compensations[\'Work\'] ends its execution itself, so that the steps before would not be undone: leave out the Succeed or Fail state at its end',
    ]);
  });

  describe('and a Choice state', () => {
    const choice = (change: (choice: sfn.Choice, stack: Stack) => void, isUndone = true) => (stack: Stack) => {
      const choose = new sfn.Choice(stack, 'Enough').when(sfn.Condition.isPresent('$.enough'), new sfn.Pass(stack, 'Go'));
      change(choose, stack);
      return { definition: invoke(stack, 'Work').next(choose), ...isUndone ? { compensations: { Work: invoke(stack, 'Undo') } } : {} };
    };

    test('without a default do not go together: it fails where nothing is undone', () => {
      expect(problemsOf(choice(() => undefined))).toEqual([
        'Choice state \'Enough\' has no default, so that an execution for which nothing matches fails at once, where nothing is caught and nothing undone: ' +
        'add otherwise to it, with a Fail state if it is an error',
      ]);
    });

    test('with one do', () => {
      expect(problemsOf(choice((choose, stack) => choose.otherwise(new sfn.Fail(stack, 'TooFew'))))).toEqual([]);
    });

    test('without one may be where nothing is to be undone', () => expect(problemsOf(choice(() => undefined, false))).toEqual([]));

    test('within a Parallel state, which catches it, may have none', () => {
      expect(problemsOf((stack) => {
        const choose = new sfn.Choice(stack, 'Enough').when(sfn.Condition.isPresent('$.enough'), new sfn.Pass(stack, 'Go'));
        return { definition: invoke(stack, 'Work').next(new sfn.Parallel(stack, 'All').branch(choose)), compensations: { Work: invoke(stack, 'Undo') } };
      })).toEqual([]);
    });
  });

  test('end within a day, and their tasks before that', () => {
    const undo = (more: object) => (stack: Stack) => ({ compensations: { Work: custom(stack, { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', ...more }, 'Undo') } });
    expect(problemsOf(undo({ TimeoutSeconds: 86_400 }))).toEqual([
      'task \'Undo\' may take 86400 seconds, but its execution ends after 86400, and catches nothing then: state a taskTimeout of less than 86400 seconds',
    ]);
    expect(problemsOf(undo({ TimeoutSeconds: 86_399 }))).toEqual([]);
  });
});

test('encryptionKey is not one that AWS manages', () => {
  expect(problemsOf((stack) => ({ encryptionKey: kms.Alias.fromAliasName(stack, 'Key', 'alias/aws/states') }))).toEqual([
    'encryptionKey is the AWS-managed key \'alias/aws/states\', which services may not use for each other, but must be a customer-managed key: give one, or leave it out for keys that AWS owns',
  ]);
});

describe('a workflow that is refused', () => {
  test('is not left in the tree', () => {
    const stack = newStack();
    expect(() => new ResilientWorkflow(stack, 'Order', { definition: invoke(stack, 'Work'), timeout: Duration.seconds(1) })).toThrow('ResilientWorkflow \'Stack/Order\' cannot be made:');
    expect(stack.node.tryFindChild('Order')).toBeUndefined();
  });

  test('by the CDK is not left in the tree either', () => {
    const stack = newStack();
    const definition = invoke(stack, 'Work');
    new ResilientWorkflow(stack, 'One', { definition });
    expect(() => new ResilientWorkflow(stack, 'Two', { definition })).toThrow(
      'Trying to use state \'Work\' in states of ResilientWorkflow \'Stack/Two\' (Work), but is already in states of ResilientWorkflow \'Stack/One\' (Work).',
    );
    expect(stack.node.tryFindChild('Two')).toBeUndefined();
  });
});
