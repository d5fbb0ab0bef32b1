import type { Changeable, Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

const SERVICE_ERRORS = ['Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'];
const MACHINE_ARN = { Ref: 'Machine' };

/** A function, a callback and a job in a Standard workflow, the first inside a Parallel inside a Map, as people write a `Definition`. */
const definition = (): Changeable => ({
  StartAt: 'Each',
  TimeoutSeconds: 3600,
  States: {
    Each: {
      Type: 'Map',
      ItemProcessor: {
        StartAt: 'Both',
        States: {
          Both: {
            Type: 'Parallel',
            Branches: [
              { StartAt: 'Work', States: { Work: invoke() } },
              { StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 1, End: true } } },
            ],
            End: true,
          },
        },
      },
      Catch: [{ ErrorEquals: ['States.DataLimitExceeded'], Next: 'Ask' }, { ErrorEquals: ['States.ALL'], Next: 'Ask' }],
      Next: 'Ask',
    },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      Parameters: { 'QueueUrl': 'https://sqs.eu-west-1.amazonaws.com/111122223333/questions', 'MessageBody.$': '$$.Task.Token' },
      HeartbeatSeconds: 600,
      Next: 'Run',
    },
    Run: { Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync', Parameters: { TaskDefinition: 'report' }, TimeoutSeconds: 1800, End: true },
  },
});

const invoke = (): Changeable => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { 'FunctionName': '${Handler}', 'Payload.$': '$' },
  Retry: [{ ErrorEquals: SERVICE_ERRORS, IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 }],
  End: true,
});

const clean = (): Resources => ({
  Machine: {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: 'arn:aws:iam::111122223333:role/Machine',
      DefinitionSubstitutions: { Handler: 'arn:aws:lambda:eu-west-1:111122223333:function:work' },
      Definition: definition(),
    },
  },
  OnFailure: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { 'source': ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'], 'detail': { stateMachineArn: [MACHINE_ARN], status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } },
    },
  },
});

/** Changes the definition in place. */
const inDefinition = (change: (states: Changeable, whole: Changeable) => void) => ({ Machine }: Resources) => {
  change(Machine!.Properties.Definition.States, Machine!.Properties.Definition);
};
const inWork = (change: (work: Changeable) => void) => inDefinition(({ Each }) => change(Each.ItemProcessor.States.Both.Branches[0].States.Work));
const express = (resources: Resources) => {
  resources.Machine!.Properties.StateMachineType = 'EXPRESS';
  resources.Machine!.Properties.LoggingConfiguration = { Level: 'ERROR' };
};
const onlyWork = (resources: Resources) => {
  resources.Machine!.Properties.Definition = { StartAt: 'Work', TimeoutSeconds: 60, States: { Work: invoke() } };
};

/** A task that makes a schedule. */
function remind(states: Changeable, Target: unknown): void {
  states.Run.Next = 'Remind';
  delete states.Run.End;
  states.Remind = { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:scheduler:createSchedule', Parameters: { 'Name.$': '$.name', 'ScheduleExpression.$': '$.at', Target }, End: true };
}

checkDefects(clean, {
  errorNameUnknown: {
    breaks: {
      'a name that nothing reports': inWork((work) => { work.Retry.push({ ErrorEquals: ['States.TaskFailedId'] }); }),
      'a name that is written otherwise, in a Catch': inDefinition(({ Ask }) => { Ask.Catch = [{ ErrorEquals: ['OutOfStock', 'States.TimeOut'], Next: 'Run' }]; }),
    },
    keeps: {
      'a name that only a parameter says': ({ Machine }) => {
        const states = JSON.stringify(Machine!.Properties.Definition).replace('"Lambda.ServiceException"', '"Lambda.ServiceException","States.${Error}"');
        Object.assign(Machine!.Properties, { Definition: undefined, DefinitionString: { 'Fn::Sub': [states.replaceAll('${Handler}', '${!Handler}'), { Error: { Ref: 'Error' } }] } });
      },
      'no names': inDefinition(({ Ask }) => { Ask.Catch = [{ Next: 'Run' }]; }),
    },
  },
  errorWildcardNotLast: {
    breaks: {
      'all errors before others': inWork((work) => { work.Retry.unshift({ ErrorEquals: ['States.ALL'] }); }),
      'all errors beside others': inDefinition(({ Each }) => { Each.Catch[1].ErrorEquals = ['OutOfStock', 'States.ALL']; }),
    },
  },
  createdScheduleWithoutDeadLetterQueue: {
    breaks: {
      'a schedule without one': inDefinition((states) => { remind(states, { Arn: 'arn:aws:sqs:eu-west-1:111122223333:q', RoleArn: 'arn:aws:iam::111122223333:role/r' }); }),
      'arguments of JSONata': inDefinition((states) => {
        remind(states, { Arn: 'arn:aws:sqs:eu-west-1:111122223333:q' });
        states.Remind.Arguments = states.Remind.Parameters;
        delete states.Remind.Parameters;
      }),
    },
    keeps: {
      'a schedule with one': inDefinition((states) => { remind(states, { Arn: 'arn:aws:sqs:eu-west-1:111122223333:q', DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:d' } }); }),
      'one that is known only while it runs': inDefinition((states) => { remind(states, { 'Arn.$': '$.arn', 'DeadLetterConfig.$': '$.dead' }); }),
      'a target that is known only while it runs': inDefinition((states) => { remind(states, {}); states.Remind.Parameters = { 'Target.$': '$.target' }; }),
      'a target that is computed': inDefinition((states) => { remind(states, '{% $target %}'); }),
      'another call of Scheduler': inDefinition((states) => { remind(states, { Arn: 'arn:aws:sqs:eu-west-1:111122223333:q' }); states.Remind.Resource = 'arn:aws:states:::aws-sdk:scheduler:deleteSchedule'; }),
    },
  },
  functionTaskWithoutRetry: {
    breaks: {
      'no Retry': inWork((work) => { delete work.Retry; }),
      'a Retry for errors of the function': inWork((work) => { work.Retry[0].ErrorEquals = ['OutOfStock']; }),
      'a Retry that never tries again': inWork((work) => { work.Retry[0].MaxAttempts = 0; }),
      'a Retry of throttling alone': inWork((work) => { work.Retry[0].ErrorEquals = ['Lambda.TooManyRequestsException']; }),
      'a function that is called by its ARN': inWork((work) => { Object.assign(work, { Resource: 'arn:aws:lambda:eu-west-1:111122223333:function:work', Retry: [] }); }),
      'a function that is invoked as the SDK does': inWork((work) => { Object.assign(work, { Resource: 'arn:aws:states:::aws-sdk:lambda:invoke', Retry: undefined }); }),
      'an Iterator, as it was called': inDefinition(({ Each }) => {
        Each.Iterator = Each.ItemProcessor;
        delete Each.ItemProcessor;
        delete Each.Iterator.States.Both.Branches[0].States.Work.Retry;
      }),
    },
    keeps: {
      'a Retry for all errors': inWork((work) => { work.Retry[0].ErrorEquals = ['States.ALL']; }),
      'a Retry for all failures': inWork((work) => { work.Retry[0].ErrorEquals = ['States.TaskFailed']; }),
      'a Retry for one of them': inWork((work) => { work.Retry[0].ErrorEquals = ['Lambda.ServiceException']; }),
      'a Retry with the default number of attempts': inWork((work) => { delete work.Retry[0].MaxAttempts; }),
      'a second Retry': inWork((work) => { work.Retry.unshift({ ErrorEquals: ['OutOfStock'], MaxAttempts: 0 }); }),
      'a Retry of the branches around it': inDefinition(({ Each }) => {
        const { Both } = Each.ItemProcessor.States;
        [Both.Retry, Both.Branches[0].States.Work.Retry] = [Both.Branches[0].States.Work.Retry, undefined];
      }),
      'a Retry that only the deployment knows': inWork((work) => { work.Retry = { Ref: 'Retry' }; }),
      'an error that only the deployment knows': inWork((work) => { work.Retry[0].ErrorEquals = [{ Ref: 'Error' }]; }),
      'errors that only the deployment knows': inWork((work) => { work.Retry[0].ErrorEquals = { Ref: 'Errors' }; }),
      'a number of attempts that only the deployment knows': inWork((work) => { work.Retry[0].MaxAttempts = { Ref: 'Attempts' }; }),
      'a task of another service': inWork((work) => { Object.assign(work, { Resource: 'arn:aws:states:::sqs:sendMessage', Retry: undefined }); }),
      'what only the deployment knows': inWork((work) => { Object.assign(work, { Resource: { Ref: 'Resource' }, Retry: undefined }); }),
      'no task': inWork((work) => { Object.assign(work, { Type: 'Pass', Retry: undefined }); }),
    },
  },
  callbackWithoutTimeout: {
    breaks: {
      'neither a heartbeat nor a timeout': inDefinition(({ Ask }) => { delete Ask.HeartbeatSeconds; }),
      'an activity': inDefinition(({ Ask }) => { Object.assign(Ask, { Resource: 'arn:aws:states:eu-west-1:111122223333:activity:approve', HeartbeatSeconds: undefined }); }),
      'an activity of the template': (resources) => {
        resources.Approve = { Type: 'AWS::StepFunctions::Activity', Properties: { Name: 'approve' } };
        inDefinition(({ Ask }) => { Object.assign(Ask, { Resource: { Ref: 'Approve' }, HeartbeatSeconds: undefined }); })(resources);
      },
    },
    keeps: {
      'a timeout': inDefinition(({ Ask }) => { Object.assign(Ask, { HeartbeatSeconds: undefined, TimeoutSeconds: 86_400 }); }),
      'a timeout that the input states': inDefinition(({ Ask }) => { Object.assign(Ask, { HeartbeatSeconds: undefined, TimeoutSecondsPath: '$.patience' }); }),
      'a heartbeat that the input states': inDefinition(({ Ask }) => { Object.assign(Ask, { HeartbeatSeconds: undefined, HeartbeatSecondsPath: '$.beat' }); }),
      'a heartbeat that is computed': inDefinition(({ Ask }) => { Ask.HeartbeatSeconds = '{% 60 * 10 %}'; }),
      'a heartbeat that only the deployment knows': inDefinition(({ Ask }) => { Ask.HeartbeatSeconds = { Ref: 'Beat' }; }),
    },
  },
  jobWithoutTimeout: {
    breaks: {
      'no timeout at all': inDefinition(({ Run }, whole) => {
        delete Run.TimeoutSeconds;
        delete whole.TimeoutSeconds;
      }),
    },
    keeps: {
      'a timeout of the execution': inDefinition(({ Run }) => { delete Run.TimeoutSeconds; }),
      'a job that ends by itself': inDefinition(({ Run }) => { Object.assign(Run, { Resource: 'arn:aws:states:::states:startExecution.sync:2', TimeoutSeconds: undefined }); }),
    },
  },
  heartbeatNotBelowTimeout: { breaks: { 'a heartbeat as long as the timeout': inDefinition(({ Ask }) => { Ask.TimeoutSeconds = 600; }) } },
  expressTaskWaits: {
    breaks: {
      'an Express workflow': express,
      'items of a distributed Map in Express workflows': inDefinition(({ Each, Ask }) => {
        Each.ItemProcessor.ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' };
        Object.assign(Each.ItemProcessor.States.Both.Branches[0].States.Work, { ...Ask, Next: undefined, End: true });
      }),
    },
    keeps: {
      'items of a distributed Map in Standard workflows': inDefinition(({ Each, Ask }) => {
        Each.ItemProcessor.ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' };
        Object.assign(Each.ItemProcessor.States.Both.Branches[0].States.Work, { ...Ask, Next: undefined, End: true });
      }),
      'a type that only the deployment knows': ({ Machine }) => { Machine!.Properties.StateMachineType = { Ref: 'Type' }; },
      'an Express workflow that only sends': (resources) => {
        express(resources);
        onlyWork(resources);
      },
    },
  },
  expressDistributedMap: {
    breaks: {
      'an Express workflow': (resources) => {
        express(resources);
        resources.Machine!.Properties.Definition.States = { Each: resources.Machine!.Properties.Definition.States.Each };
        resources.Machine!.Properties.Definition.States.Each.ItemProcessor.ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' };
      },
    },
    keeps: { 'a Standard workflow': inDefinition(({ Each }) => { Each.ItemProcessor.ProcessorConfig = { Mode: 'DISTRIBUTED', ExecutionType: 'EXPRESS' }; }) },
  },
  expressWithoutLogs: {
    breaks: {
      'no logs': (resources) => {
        express(resources);
        onlyWork(resources);
        delete resources.Machine!.Properties.LoggingConfiguration;
      },
      'logs without a level': (resources) => {
        express(resources);
        onlyWork(resources);
        delete resources.Machine!.Properties.LoggingConfiguration.Level;
      },
      'logs that are off': (resources) => {
        express(resources);
        onlyWork(resources);
        resources.Machine!.Properties.LoggingConfiguration.Level = 'OFF';
      },
    },
    keeps: {
      'a level that only the deployment knows': (resources) => {
        express(resources);
        onlyWork(resources);
        resources.Machine!.Properties.LoggingConfiguration.Level = { Ref: 'Level' };
      },
      'logs that only the deployment knows': (resources) => {
        express(resources);
        onlyWork(resources);
        resources.Machine!.Properties.LoggingConfiguration = { Ref: 'Logs' };
      },
    },
  },
  executionFailuresUnwatched: {
    breaks: {
      'nobody who is told': (resources) => { delete resources.OnFailure; },
      'a rule on another machine': ({ OnFailure }) => { OnFailure!.Properties.EventPattern.detail.stateMachineArn = ['arn:aws:states:eu-west-1:111122223333:stateMachine:other']; },
      'a rule on other events': ({ OnFailure }) => { OnFailure!.Properties.EventPattern.source = ['shop']; },
      'an alarm on another machine': alarmInstead(({ Dimensions }) => { Dimensions[0].Value = 'arn:aws:states:eu-west-1:111122223333:stateMachine:other'; }),
      'an alarm on a service': alarmInstead((alarm) => { Object.assign(alarm, { Namespace: 'Shop', MetricName: 'Failed' }); }),
      'an alarm on an activity': alarmInstead((alarm) => { Object.assign(alarm, { MetricName: 'ActivitiesFailed', Dimensions: [{ Name: 'ActivityArn', Value: 'arn:aws:states:eu-west-1:111122223333:activity:a' }] }); }),
      'a machine that does not wait for it': awaited('arn:aws:states:::states:startExecution'),
    },
    keeps: {
      'an alarm': alarmInstead(() => undefined),
      'an alarm on an expression': alarmInstead((alarm) => {
        const { Namespace, MetricName, Dimensions } = alarm;
        alarm.Metrics = [{ Id: 'sum', Expression: 'FILL(a, 0)' }, { Id: 'a', ReturnData: false, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat: 'Sum' } }];
        ['Namespace', 'MetricName', 'Dimensions', 'Statistic', 'Period'].forEach((name) => { delete alarm[name]; });
      }),
      'an alarm of which only the deployment knows the machine': alarmInstead(({ Dimensions }) => { Dimensions[0].Value = { Ref: 'MachineArn' }; }),
      'an alarm with dimensions that only the deployment knows': alarmInstead((alarm) => { alarm.Dimensions = { Ref: 'Dimensions' }; }),
      'a rule on all machines': ({ OnFailure }) => { delete OnFailure!.Properties.EventPattern.detail.stateMachineArn; },
      'a rule on some machines': ({ OnFailure }) => { OnFailure!.Properties.EventPattern.detail.stateMachineArn = [{ prefix: 'arn:aws:states' }]; },
      'a rule on some services': ({ OnFailure }) => { OnFailure!.Properties.EventPattern = { source: [{ prefix: 'aws.' }] }; },
      'a rule that only the deployment knows': ({ OnFailure }) => { OnFailure!.Properties.EventPattern = { Ref: 'Pattern' }; },
      'a machine that waits for it': awaited('arn:aws:states:::states:startExecution.sync'),
      'a catch in each task': (resources) => {
        delete resources.OnFailure;
        onlyWork(resources);
        inDefinition(({ Work }) => { Work.Catch = [{ ErrorEquals: ['States.TaskFailed'], Next: 'Work' }]; })(resources);
      },
      'a definition that only the deployment knows': (resources) => {
        delete resources.OnFailure;
        resources.Machine!.Properties = { DefinitionS3Location: { Bucket: 'bucket', Key: 'key' } };
      },
    },
  },
  executionWithoutTimeout: { breaks: { 'no timeout': inDefinition((_, whole) => { delete whole.TimeoutSeconds; }) } },
  dataLimitUncaught: {
    breaks: {
      'a catch of all errors': inDefinition(({ Each }) => { Each.Catch.shift(); }),
      'a function': inWork((work) => { work.Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Work' }]; }),
      'an execution': inDefinition(({ Ask }) => { Object.assign(Ask, { Resource: 'arn:aws:states:::states:startExecution.sync', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Run' }] }); }),
    },
    keeps: {
      'a catch of some errors': inDefinition(({ Each }) => { Each.Catch = [{ ErrorEquals: ['OutOfStock'], Next: 'Ask' }]; }),
      'a task with a small result': inDefinition(({ Ask }) => { Ask.Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Run' }]; }),
      'catches that only the deployment knows': inDefinition(({ Each }) => { Each.Catch = { Ref: 'Catch' }; }),
    },
  },
});

/** Somebody else who is told, and nobody else. */
function alarmInstead(change: (alarm: Changeable) => void) {
  return (resources: Resources) => {
    delete resources.OnFailure;
    const alarm: Changeable = {
      Namespace: 'AWS/States',
      MetricName: 'ExecutionsFailed',
      Dimensions: [{ Name: 'StateMachineArn', Value: MACHINE_ARN }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [{ Ref: 'OnCall' }],
    };
    change(alarm);
    resources.Alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: alarm };
  };
}

function awaited(resource: string) {
  return (resources: Resources) => {
    delete resources.OnFailure;
    const call = { Type: 'Task', Resource: resource, Parameters: { StateMachineArn: MACHINE_ARN }, Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Call' }], End: true };
    resources.Caller = { Type: 'AWS::StepFunctions::StateMachine', Properties: { Definition: { StartAt: 'Call', TimeoutSeconds: 60, States: { Call: call } } } };
  };
}

const IDS = ['functionTaskWithoutRetry', 'executionFailuresUnwatched'];
const states = JSON.stringify({ StartAt: 'Work', TimeoutSeconds: 60, States: { Work: { Type: 'Task', Resource: 'RESOURCE', End: true } } });
const [before, after] = states.split('RESOURCE') as [string, string];

describe('a definition is read from', () => {
  const ids = (properties: Changeable, more: Resources = {}) => found({ Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: properties }, ...more }, {}, IDS);
  const expected = ['executionFailuresUnwatched at Machine', 'functionTaskWithoutRetry at Machine'];

  test.each<[string, Changeable]>([
    ['a text', { DefinitionString: states.replace('RESOURCE', 'arn:aws:states:::lambda:invoke') }],
    ['parts that are joined', { DefinitionString: { 'Fn::Join': ['', [`${before}arn:`, { Ref: 'AWS::Partition' }, `:states:::lambda:invoke${after}`]] } }],
    ['the ARN of a function that is joined', { DefinitionString: { 'Fn::Join': ['', [before, { 'Fn::GetAtt': ['Work', 'Arn'] }, after]] } }],
    ['a text with references', { DefinitionString: { 'Fn::Sub': states.replace('RESOURCE', '${Work.Arn}') } }],
    ['a text with substitutions', { DefinitionString: states.replace('RESOURCE', '${Work}'), DefinitionSubstitutions: { Work: { 'Fn::GetAtt': ['Work', 'Arn'] } } }],
    ['an object with substitutions', { Definition: JSON.parse(states.replace('RESOURCE', '${Work}')), DefinitionSubstitutions: { Work: { 'Fn::GetAtt': ['Work', 'Arn'] } } }],
    ['a text with a number that only the deployment knows', {
      DefinitionString: { 'Fn::Join': ['', ['{"TimeoutSeconds":', { Ref: 'Seconds' }, ',"Comment":"a \\" quote","States":{"Work":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke"}}}']] },
    }],
    ['an object with a number that is substituted', {
      DefinitionString: '{"TimeoutSeconds":${seconds},"States":{"Work":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke"}}}', DefinitionSubstitutions: { seconds: 60 },
    }],
  ])('%s', (_, properties) => {
    expect(ids(properties, { Work: { Type: 'AWS::Lambda::Function', Properties: {} } })).toEqual(expected);
  });

  test.each<[string, Changeable]>([
    ['what is no JSON', { DefinitionString: '{"States":' }],
    ['a text with a backslash at its end', { DefinitionString: '{"States":"\\' }],
    ['no object', { DefinitionString: '[]' }],
    ['no text', { DefinitionString: 1 }],
    ['nothing', { DefinitionString: 'null' }],
    ['states that are none', { DefinitionString: '{"States":[null,1,"Work"]}' }],
    ['states that are a text', { DefinitionString: '{"States":"Work"}' }],
    ['states that are nothing', { Definition: { States: null } }],
    ['branches that are none', { Definition: { States: { Both: { Type: 'Parallel', Branches: ['Work', null, { States: 1 }], ItemProcessor: 'Work', Catch: 1 } } } }],
    ['a text that only the deployment knows', { DefinitionString: { Ref: 'Text' } }],
    ['substitutions that only the deployment knows', { DefinitionString: states.replace('RESOURCE', '${Work}'), DefinitionSubstitutions: { Ref: 'Values' } }],
    ['a substitution that is no text', { DefinitionString: states.replace('RESOURCE', '${Work}'), DefinitionSubstitutions: { Work: ['arn:aws:lambda:::function:work'] } }],
    ['no substitution', { DefinitionString: states.replace('RESOURCE', '${Work}') }],
    ['no definition', {}],
  ])('but nothing is said of %s', (_, properties) => {
    expect(ids(properties).filter((one) => one.startsWith('functionTaskWithoutRetry'))).toEqual([]);
  });

  test('however deep it is, as deep as people write', () => {
    const nested = (depth: number): Changeable => ({ S: depth === 0 ? { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' } : { Type: 'Parallel', Branches: [{ States: nested(depth - 1) }] } });
    const retries = (depth: number) => ids({ DefinitionString: JSON.stringify({ States: nested(depth) }) });
    expect(retries(50)).toContain('functionTaskWithoutRetry at Machine');
    expect(retries(51)).not.toContain('functionTaskWithoutRetry at Machine');
    expect(ids({ DefinitionString: `${'{"States":{"S":{"Branches":['.repeat(10_000)}${']}}}'.repeat(10_000)}` })).not.toContain('functionTaskWithoutRetry at Machine');
  });
});

test('where a transform adds resources, nobody says that nobody is told', () => {
  const { Machine } = clean() as { Machine: Changeable };
  expect(found({}, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: { Machine } } }, IDS)).toEqual([]);
  expect(found({}, { template: { Resources: { Machine } } }, IDS)).toEqual(['executionFailuresUnwatched at Machine']);
});
