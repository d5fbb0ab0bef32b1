import type { TemplateInput } from '../../src/delivery/template/app';

type Resources = Record<string, unknown>;

/** As many as CloudFormation takes. */
const RESOURCES_PER_STACK = 500;

const TASKS = 10;

const att = (logicalId: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [logicalId, attribute] });
const ref = (logicalId: string) => ({ Ref: logicalId });
const document = (...Statement: unknown[]) => ({ Statement, Version: '2012-10-17' });
const trust = (Service: string) => document({ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service } });
const overTls = (service: string, resource: unknown) => (
  { Action: `${service}:*`, Condition: { Bool: { 'aws:SecureTransport': 'false' } }, Effect: 'Deny', Principal: { AWS: '*' }, Resource: resource }
);
const letIn = (Service: string, Action: string, Resource: unknown, source: unknown) => (
  { Action, Condition: { ArnEquals: { 'aws:SourceArn': source } }, Effect: 'Allow', Principal: { Service }, Resource }
);

/**
 * An app as the CDK writes it: services with a queue and what consumes it, a topic to which the next service subscribes, a rule and alarms, and a state machine in every fifth. The first service of a
 * stack subscribes to a topic of the stack before, by an export.
 */
export function largeApp(resources: number): TemplateInput[] {
  return Array.from({ length: Math.ceil(resources / RESOURCES_PER_STACK) }, (_, number) => (
    { stack: `Stack${number}`, template: stackOf(number, Math.min(resources - number * RESOURCES_PER_STACK, RESOURCES_PER_STACK)) }
  ));
}

function stackOf(number: number, most: number): unknown {
  const all: Resources = {};
  const add = (service: number, more: Readonly<Record<string, object>>) => {
    for (const [name, content] of Object.entries(more)) {
      all[`Service${service}${name}`] = { ...content, Metadata: { 'aws:cdk:path': `Stack${number}/Service${service}/${name}/Resource` } };
    }
  };
  const topicBefore = (service: number) => (
    service > 0 ? ref(`Service${service - 1}Topic`) : number > 0 ? { 'Fn::ImportValue': `Stack${number - 1}:Topic` } : ref('Service0Topic')
  );
  let services = 0;
  for (; Object.keys(all).length < most; services += 1) {
    add(services, serviceOf(services, topicBefore(services)));
    if (services % 5 === 0) {
      add(services, workflowOf(services));
    }
  }
  return {
    Resources: Object.fromEntries(Object.entries(all).slice(0, most)),
    Outputs: { Topic: { Value: ref('Service0Topic'), Export: { Name: `Stack${number}:Topic` } } },
  };
}

function serviceOf(service: number, topicBefore: unknown) {
  const id = (name: string) => `Service${service}${name}`;
  const alarm = (namespace: string, metric: string, dimension: string, of: unknown, statistic = 'Sum') => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmActions: [ref(id('Topic'))],
      AlarmDescription: `${metric} of ${id('')} is higher than it should be.`,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Dimensions: [{ Name: dimension, Value: of }],
      EvaluationPeriods: 1,
      MetricName: metric,
      Namespace: namespace,
      Period: 60,
      Statistic: statistic,
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    },
  });
  return {
    Topic: { Type: 'AWS::SNS::Topic', Properties: { Tags: [{ Key: 'service', Value: id('') }] } },
    TopicPolicy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: {
        PolicyDocument: document(
          { ...overTls('sns', ref(id('Topic'))), Action: 'sns:Publish' },
          letIn('cloudwatch.amazonaws.com', 'sns:Publish', ref(id('Topic')), { 'Fn::Join': ['', ['arn:', ref('AWS::Partition'), ':cloudwatch:', ref('AWS::Region'), ':', ref('AWS::AccountId'), ':alarm:*']] }),
        ),
        Topics: [ref(id('Topic'))],
      },
    },
    DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600, SqsManagedSseEnabled: true }, UpdateReplacePolicy: 'Delete', DeletionPolicy: 'Delete' },
    DeadLettersPolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        PolicyDocument: document(
          overTls('sqs', att(id('DeadLetters'))),
          letIn('sns.amazonaws.com', 'sqs:SendMessage', att(id('DeadLetters')), topicBefore),
          letIn('events.amazonaws.com', 'sqs:SendMessage', att(id('DeadLetters')), att(id('Rule'))),
        ),
        Queues: [ref(id('DeadLetters'))],
      },
    },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        RedrivePolicy: { deadLetterTargetArn: att(id('DeadLetters')), maxReceiveCount: 5 }, SqsManagedSseEnabled: true, VisibilityTimeout: 180,
      },
      UpdateReplacePolicy: 'Delete',
      DeletionPolicy: 'Delete',
    },
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        PolicyDocument: document(
          overTls('sqs', att(id('Queue'))),
          letIn('sns.amazonaws.com', 'sqs:SendMessage', att(id('Queue')), topicBefore),
          letIn('events.amazonaws.com', 'sqs:SendMessage', att(id('Queue')), att(id('Rule'))),
        ),
        Queues: [ref(id('Queue'))],
      },
    },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { Endpoint: att(id('Queue')), Protocol: 'sqs', RawMessageDelivery: true, RedrivePolicy: { deadLetterTargetArn: att(id('DeadLetters')) }, TopicArn: topicBefore },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventPattern: { 'detail-type': ['Placed', 'Cancelled'], 'source': [`shop.${id('')}`] },
        State: 'ENABLED',
        Targets: [
          { Arn: att(id('Queue')), DeadLetterConfig: { Arn: att(id('DeadLetters')) }, Id: 'Target0' },
          { Arn: att(id('Handler')), DeadLetterConfig: { Arn: att(id('DeadLetters')) }, Id: 'Target1', RetryPolicy: { MaximumEventAgeInSeconds: 3600 } },
        ],
      },
    },
    HandlerRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: trust('lambda.amazonaws.com'),
        ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', ref('AWS::Partition'), ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole']] }],
      },
    },
    HandlerPolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyDocument: document(
          { Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Effect: 'Allow', Resource: '*' },
          { Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'], Effect: 'Allow', Resource: [att(id('Table')), { 'Fn::Join': ['', [att(id('Table')), '/index/*']] }] },
          { Action: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueUrl', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], Effect: 'Allow', Resource: att(id('Queue')) },
          { Action: 'sns:Publish', Effect: 'Allow', Resource: ref(id('Topic')) },
          { Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'], Effect: 'Allow', Resource: att(id('DeadLetters')) },
        ),
        PolicyName: id('HandlerPolicy'),
        Roles: [ref(id('HandlerRole'))],
      },
    },
    Handler: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Bucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: '0123456789abcdef.zip' },
        Environment: { Variables: { TABLE: ref(id('Table')), TOPIC: ref(id('Topic')), POWERTOOLS_SERVICE_NAME: id('') } },
        Handler: 'index.handler',
        LoggingConfig: { LogGroup: ref(id('Logs')) },
        MemorySize: 512,
        Role: att(id('HandlerRole')),
        Runtime: 'nodejs22.x',
        Timeout: 30,
        TracingConfig: { Mode: 'Active' },
      },
      DependsOn: [id('HandlerPolicy'), id('HandlerRole')],
    },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 }, UpdateReplacePolicy: 'Retain', DeletionPolicy: 'Retain' },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        BatchSize: 10, EventSourceArn: att(id('Queue')), FunctionName: ref(id('Handler')), FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 10 },
      },
    },
    InvokeConfig: {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: { DestinationConfig: { OnFailure: { Destination: att(id('DeadLetters')) } }, FunctionName: ref(id('Handler')), MaximumRetryAttempts: 2, Qualifier: '$LATEST' },
    },
    Permission: {
      Type: 'AWS::Lambda::Permission',
      Properties: { Action: 'lambda:InvokeFunction', FunctionName: att(id('Handler')), Principal: 'events.amazonaws.com', SourceArn: att(id('Rule')) },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
      UpdateReplacePolicy: 'Retain',
      DeletionPolicy: 'Retain',
    },
    MessagesSetAside: alarm('AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', att(id('DeadLetters'), 'QueueName'), 'Maximum'),
    OldestMessage: alarm('AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName', att(id('Queue'), 'QueueName'), 'Maximum'),
    Errors: alarm('AWS/Lambda', 'Errors', 'FunctionName', ref(id('Handler'))),
    Throttles: alarm('AWS/Lambda', 'Throttles', 'FunctionName', ref(id('Handler'))),
    FailedInvocations: alarm('AWS/Events', 'FailedInvocations', 'RuleName', ref(id('Rule'))),
  };
}

function workflowOf(service: number) {
  const id = (name: string) => `Service${service}${name}`;
  const handlers = Array.from({ length: TASKS }, (_, task) => task);
  const texts = handlers.flatMap((task): unknown[] => [
    `"Task ${task}":{"Next":"${task + 1 === TASKS ? 'Done' : `Task ${task + 1}`}","Retry":[{"ErrorEquals":["Lambda.ServiceException","Lambda.SdkClientException"],"IntervalSeconds":2,`
    + '"MaxAttempts":6,"BackoffRate":2}],"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"Next":"Failed"},{"ErrorEquals":["States.ALL"],"Next":"Failed"}],"Type":"Task","TimeoutSeconds":60,"Resource":"arn:',
    ref('AWS::Partition'), ':states:::lambda:invoke","Parameters":{"FunctionName":"', att(id('Handler')), '","Payload.$":"$"}},',
  ]);
  return {
    WorkflowRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('states.amazonaws.com') } },
    WorkflowPolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyDocument: document({ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: [att(id('Handler')), { 'Fn::Join': ['', [att(id('Handler')), ':*']] }] }),
        PolicyName: id('WorkflowPolicy'),
        Roles: [ref(id('WorkflowRole'))],
      },
    },
    Workflow: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        DefinitionString: { 'Fn::Join': ['', ['{"StartAt":"Task 0","States":{', ...texts, '"Done":{"Type":"Succeed"},"Failed":{"Type":"Fail"}},"TimeoutSeconds":3600}']] },
        RoleArn: att(id('WorkflowRole')),
      },
    },
    WorkflowFailed: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmActions: [ref(id('Topic'))],
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        Dimensions: [{ Name: 'StateMachineArn', Value: ref(id('Workflow')) }],
        EvaluationPeriods: 1,
        MetricName: 'ExecutionsFailed',
        Namespace: 'AWS/States',
        Period: 60,
        Statistic: 'Sum',
        Threshold: 1,
        TreatMissingData: 'notBreaching',
      },
    },
  };
}
