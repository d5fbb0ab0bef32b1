import type { Resources } from './check-defects';
import { checkDefects, found, foundIn, whatOf } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const queue = () => ({ Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:dead', maxReceiveCount: 5 } } as Record<string, unknown> });

/** Two buckets, one with the notifications of CloudFormation, the other with those that the CDK sets by a custom resource. */
const clean = (): Resources => ({
  Bucket: {
    Type: 'AWS::S3::Bucket',
    Properties: {
      NotificationConfiguration: {
        EventBridgeConfiguration: { EventBridgeEnabled: true },
        QueueConfigurations: [{ Event: 's3:ObjectCreated:*', Queue: arnOf('Queue') }],
        TopicConfigurations: [{ Event: 's3:ObjectRemoved:*', Topic: { Ref: 'Topic' } }],
        LambdaConfigurations: [{ Event: 's3:ObjectTagging:*', Function: arnOf('Handler') }],
      },
    },
  },
  Queue: queue(),
  Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Role: 'arn:aws:iam::111122223333:role/Handler' } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: { EventPattern: { 'source': ['aws.s3'], 'detail-type': ['Object Created'], 'detail': { bucket: { name: [{ Ref: 'Bucket' }, { prefix: 'x' }] } } }, Targets: [] },
  },
  CdkBucket: { Type: 'AWS::S3::Bucket' },
  CdkQueue: queue(),
  CdkTopic: { Type: 'AWS::SNS::Topic', Properties: {} },
  CdkNotifications: {
    Type: 'Custom::S3BucketNotifications',
    Properties: {
      ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:notifications',
      BucketName: { Ref: 'CdkBucket' },
      NotificationConfiguration: {
        EventBridgeConfiguration: {},
        QueueConfigurations: [{ Events: ['s3:ObjectCreated:*'], QueueArn: arnOf('CdkQueue') }],
        TopicConfigurations: [{ Events: ['s3:ObjectRemoved:*'], TopicArn: { Ref: 'CdkTopic' } }],
        LambdaFunctionConfigurations: [{ Events: ['s3:ObjectTagging:*'], LambdaFunctionArn: arnOf('Handler') }],
      },
      Managed: true,
    },
  },
  CdkRule: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['aws.s3'], detail: { bucket: { name: [{ Ref: 'CdkBucket' }] } } }, Targets: [] } },
});

/** What the dead-letter queue must be then is another thing. */
const makeFifo = (resources: Resources, logicalId: string) => { resources[logicalId]!.Properties = { FifoQueue: true, RedrivePolicy: { Ref: 'Redrive' } }; };

/** Lets the rule for the bucket tell the function of objects, which may put some. */
function tell(resources: Resources, target: unknown, object?: object, keys = '*'): void {
  const { Rule, Handler } = resources;
  Rule!.Properties.Targets = [{ Id: 'Target0', Arn: target, DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:dead' } }];
  Object.assign(Rule!.Properties.EventPattern.detail, object && { object });
  // Told of puts by the rule only.
  resources.Bucket!.Properties.NotificationConfiguration.QueueConfigurations[0].Event = 's3:ObjectRemoved:*';
  Handler!.Properties.Role = arnOf('Role');
  const Resource = { 'Fn::Join': ['', [arnOf('Bucket'), '/', keys]] };
  const Statement = [
    { Effect: 'Allow', Action: 's3:PutObject', Resource },
    { Effect: 'Allow', Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], Resource: '*' },
  ];
  resources.Role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, Policies: [{ PolicyDocument: { Statement } }] } };
  resources.Source = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Handler' }, FunctionResponseTypes: ['ReportBatchItemFailures'] },
  };
}

/** The same by a notification of the bucket. */
function notify(resources: Resources, different: object, property = 'LambdaConfigurations', to: object = { Function: arnOf('Handler') }, keys = '*'): void {
  tell(resources, { Ref: 'Topic' }, undefined, keys);
  resources.Bucket!.Properties.NotificationConfiguration[property] = [{ Event: 's3:ObjectCreated:*', ...to, ...different }];
}

checkDefects(clean, {
  notificationToFifo: {
    breaks: {
      'a FIFO queue': (resources) => { makeFifo(resources, 'Queue'); },
      'a FIFO topic': ({ Topic }) => { Topic!.Properties.FifoTopic = true; },
      'a FIFO queue of the CDK': (resources) => { makeFifo(resources, 'CdkQueue'); },
      'a FIFO topic of the CDK': ({ CdkTopic }) => { CdkTopic!.Properties.FifoTopic = true; },
      'a FIFO queue outside this app': ({ Bucket }) => { Bucket!.Properties.NotificationConfiguration.QueueConfigurations[0].Queue = 'arn:aws:sqs:eu-west-1:111122223333:q.fifo'; },
      'a FIFO topic outside this app': ({ Bucket }) => { Bucket!.Properties.NotificationConfiguration.TopicConfigurations[0].Topic = 'arn:aws:sns:eu-west-1:111122223333:t.fifo'; },
    },
    keeps: {
      'a queue that a parameter says': ({ Bucket }) => { Bucket!.Properties.NotificationConfiguration.QueueConfigurations[0].Queue = { Ref: 'QueueArn' }; },
      'notifications that a parameter says': ({ Bucket }) => { Bucket!.Properties.NotificationConfiguration = { Ref: 'Notifications' }; },
    },
  },
  bucketEventsNotSent: {
    breaks: {
      'none to EventBridge': ({ Bucket }) => { delete Bucket!.Properties.NotificationConfiguration.EventBridgeConfiguration; },
      'none at all': ({ Bucket }) => { delete Bucket!.Properties; },
      'EventBridge switched off': ({ Bucket }) => { Bucket!.Properties.NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled = 'false'; },
      'none of a bucket of the CDK': (resources) => { delete resources.CdkNotifications; },
      'a pattern as text': ({ Bucket, Rule }) => {
        delete Bucket!.Properties.NotificationConfiguration.EventBridgeConfiguration;
        Bucket!.Properties.BucketName = 'uploads';
        Rule!.Properties.EventPattern = JSON.stringify({ source: ['aws.s3'], detail: { bucket: { name: ['uploads'] } } });
      },
      'none by who adds to what there is': ({ CdkNotifications }) => {
        CdkNotifications!.Properties.Managed = false;
        delete CdkNotifications!.Properties.NotificationConfiguration.EventBridgeConfiguration;
      },
    },
    keeps: {
      'what a parameter says': ({ Bucket }) => { Bucket!.Properties.NotificationConfiguration.EventBridgeConfiguration = { EventBridgeEnabled: { Ref: 'Enabled' } }; },
      'a rule for all buckets': ({ Bucket, Rule }) => {
        delete Bucket!.Properties.NotificationConfiguration.EventBridgeConfiguration;
        delete Rule!.Properties.EventPattern.detail;
      },
      'a rule for calls of the API': ({ Bucket, Rule }) => {
        delete Bucket!.Properties.NotificationConfiguration.EventBridgeConfiguration;
        Rule!.Properties.EventPattern.source = ['my.app'];
      },
    },
  },
  bucketWritesBack: {
    breaks: {
      'a function behind a queue that is notified': (resources) => { notify(resources, {}, 'QueueConfigurations', { Queue: arnOf('Queue') }); },
      'a function that is notified': (resources) => { notify(resources, {}); },
      'a function that is notified under the prefix': (resources) => { notify(resources, { Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } } }, undefined, undefined, 'in/*'); },
      'a function that is notified of puts': (resources) => { notify(resources, { Event: 's3:ObjectCreated:Put' }); },
      'a function that is notified by the custom resource of the CDK': (resources) => {
        notify(resources, { Event: 's3:ObjectRemoved:*' }, undefined, undefined, 'in/*');
        resources.Role!.Properties.Policies[0].PolicyDocument.Statement[0].Resource = { 'Fn::Join': ['', [arnOf('CdkBucket'), '/in/*']] };
        resources.CdkNotifications!.Properties.NotificationConfiguration.LambdaFunctionConfigurations = [
          { Events: ['s3:ObjectCreated:Put'], LambdaFunctionArn: arnOf('Handler'), Filter: { Key: { FilterRules: [{ Name: 'Prefix', Value: 'in/' }] } } },
        ];
      },
      'a function behind a queue': (resources) => { tell(resources, arnOf('Queue')); },
      'a function itself': (resources) => { tell(resources, arnOf('Handler')); },
      'under the prefix': (resources) => { tell(resources, arnOf('Queue'), { key: [{ prefix: 'in/' }] }, 'in/*'); },
      'under more than the prefix': (resources) => { tell(resources, arnOf('Queue'), { key: [{ prefix: 'in/' }] }, 'i*'); },
    },
    keeps: {
      'a function that is notified of other keys': (resources) => { notify(resources, { Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'in/' }] } } }, undefined, undefined, 'out/*'); },
      'a function that is notified of keys with a suffix': (resources) => {
        notify(resources, { Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: '' }, { Name: 'suffix', Value: '.csv' }] } } });
      },
      'a function that is notified as only a parameter says': (resources) => { notify(resources, { Filter: { S3Key: { Rules: { Ref: 'P' } } } }); },
      'a function that is notified of a prefix that a parameter says': (resources) => { notify(resources, { Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: { Ref: 'P' } }] } } }); },
      'a function that is notified of copies': (resources) => { notify(resources, { Event: 's3:ObjectCreated:Copy' }); },
      'another prefix': (resources) => { tell(resources, arnOf('Queue'), { key: [{ prefix: 'in/' }] }, 'out/*'); },
      'a suffix': (resources) => { tell(resources, arnOf('Queue'), { key: [{ suffix: '.csv' }] }); },
      'several prefixes': (resources) => { tell(resources, arnOf('Queue'), { key: [{ prefix: 'in/' }, { prefix: 'on/' }] }); },
      'a prefix that a parameter says': (resources) => { tell(resources, arnOf('Queue'), { key: [{ prefix: { Ref: 'P' } }] }); },
      'what is deleted': (resources) => {
        tell(resources, arnOf('Queue'));
        resources.Rule!.Properties.EventPattern['detail-type'] = ['Object Deleted'];
      },
      'a role that is not known': (resources) => {
        tell(resources, arnOf('Queue'));
        resources.Handler!.Properties.Role = 'arn:aws:iam::111122223333:role/Handler';
      },
      'a queue that nobody reads': (resources) => {
        tell(resources, arnOf('Queue'));
        delete resources.Source;
      },
      'another target': (resources) => { tell(resources, { Ref: 'Topic' }); },
    },
  },
  objectKeyEncoded: {
    breaks: {
      'a prefix': ({ Rule }) => { Rule!.Properties.EventPattern.detail.object = { key: [{ prefix: 'my%20files/' }] }; },
      'a suffix, whatever its case': ({ Rule }) => { Rule!.Properties.EventPattern.detail.object = { key: [{ suffix: { 'equals-ignore-case': '+copy.csv' } }] }; },
      'a wildcard': ({ Rule }) => { Rule!.Properties.EventPattern.detail.object = { key: [{ wildcard: 'my+files/*.csv' }] }; },
      'what is left out': ({ Rule }) => { Rule!.Properties.EventPattern.detail.object = { key: [{ 'anything-but': ['a%2Fb'] }] }; },
      'a key': ({ Rule }) => { Rule!.Properties.EventPattern.detail.object = { key: ['my+file.csv'] }; },
    },
    keeps: {
      'what a parameter says': ({ Rule }) => { Rule!.Properties.EventPattern.detail.object = { key: [{ prefix: { Ref: 'P' } }, { Ref: 'K' }] }; },
      'keys of other events': ({ Rule }) => {
        Rule!.Properties.EventPattern.source = ['my.app'];
        Rule!.Properties.EventPattern.detail.object = { key: ['a+b'] };
      },
    },
  },
  bucketEventsReplaced: {
    breaks: { 'notifications without EventBridge': ({ CdkNotifications }) => { delete CdkNotifications!.Properties.NotificationConfiguration.EventBridgeConfiguration; } },
  },
});

test('what a transform may add is not said to be missing', () => {
  const { Bucket: bucket, Rule } = clean();
  delete bucket!.Properties.NotificationConfiguration;
  const resources = { Bucket: bucket!, Rule: Rule! };
  expect(found(resources)).toEqual(['bucketEventsNotSent at Rule']);
  expect(found(resources, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: resources } })).toEqual([]);
});

test('a notification stays in its region', () => {
  const resources = clean();
  resources.Bucket!.Properties.NotificationConfiguration.LambdaConfigurations[0].Function = 'arn:aws:lambda:us-east-1:111122223333:function:f';
  expect(found(resources, { region: 'us-east-1' })).toEqual([]);
  expect(found(resources, { region: 'eu-west-1' })).toEqual(['notificationOtherRegion at Bucket']);
  resources.CdkNotifications!.Properties.NotificationConfiguration.LambdaFunctionConfigurations[0].LambdaFunctionArn = 'arn:aws:lambda:us-east-1:111122223333:function:f';
  expect(found(resources, { region: 'eu-west-1' })).toEqual(['notificationOtherRegion at Bucket', 'notificationOtherRegion at CdkNotifications']);
});

test('a queue outside this app is called by its ARN', () => {
  const resources = clean();
  resources.Bucket!.Properties.NotificationConfiguration.QueueConfigurations[0].Queue = 'arn:aws:sqs:eu-west-1:111122223333:q.fifo';
  expect(whatOf('notificationToFifo', resources)).toEqual([
    "NotificationConfiguration of bucket 'Stack/Bucket' names 'arn:aws:sqs:eu-west-1:111122223333:q.fifo', which is FIFO, so S3 would refuse it",
  ]);
});

test.each([
  [{ region: 'us-east-1' }, 'bucketEventsOtherRegion at Rule'],
  [{ account: '444455556666' }, 'bucketEventsOtherAccount at Rule'],
])('a rule for the events of a bucket elsewhere (%j) gets none', (different, expected) => {
  const place = { account: '111122223333', region: 'eu-west-1' };
  const { Bucket, Rule } = clean();
  const NotificationConfiguration = { EventBridgeConfiguration: { EventBridgeEnabled: true } };
  Rule!.Properties.EventPattern.detail.bucket.name = ['orders'];
  const bucket = { stack: 'Bucket', template: { Resources: { Bucket: { ...Bucket, Properties: { BucketName: 'orders', NotificationConfiguration } } } } };
  const rule = { stack: 'Rule', template: { Resources: { Rule } }, ...place };
  expect(foundIn([{ ...bucket, ...place }, rule])).toEqual([]);
  expect(foundIn([{ ...bucket, ...place, ...different }, rule])).toEqual([expected]);
});
