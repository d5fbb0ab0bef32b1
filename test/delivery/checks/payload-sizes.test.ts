import type { Resources } from './check-defects';
import { checkDefects } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const redrive = { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 };

/** A rule that sends to a queue, and a queue from which a pipe starts executions. */
const clean = (): Resources => ({
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { RedrivePolicy: redrive } },
  Undelivered: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: { source: ['my.app'] },
      Targets: [{
        Id: 'Queue', Arn: arnOf('Queue'), DeadLetterConfig: { Arn: arnOf('Undelivered') }, RetryPolicy: { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86400 },
      }],
    },
  },
  PipedDeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  PipedQueue: {
    Type: 'AWS::SQS::Queue',
    Properties: { MaximumMessageSize: 262144, RedrivePolicy: { deadLetterTargetArn: arnOf('PipedDeadLetters'), maxReceiveCount: 5 } },
  },
  Pipe: {
    Type: 'AWS::Pipes::Pipe',
    Properties: {
      Source: arnOf('PipedQueue'),
      Target: 'arn:aws:states:eu-west-1:111122223333:express:starter',
      RoleArn: 'arn:aws:iam::111122223333:role/Pipe',
      SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
      TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' } },
    },
  },
});

checkDefects(clean, {
  deadLetterQueueMessageSize: {
    breaks: { 'a dead-letter queue for less': ({ DeadLetters }) => { DeadLetters!.Properties.MaximumMessageSize = 1048575; } },
    keeps: {
      'as much as the queue takes': ({ PipedDeadLetters }) => { PipedDeadLetters!.Properties.MaximumMessageSize = 262144; },
      'as much as SQS takes': ({ DeadLetters }) => { DeadLetters!.Properties.MaximumMessageSize = 1048576; },
      'what a parameter says': ({ DeadLetters }) => { DeadLetters!.Properties.MaximumMessageSize = { Ref: 'Size' }; },
      'a dead-letter queue outside this app': ({ Queue }) => { Queue!.Properties.RedrivePolicy = { ...redrive, deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:dead' }; },
    },
  },
  eventAboveQueueSize: {
    breaks: {
      'a queue for less': ({ Queue }) => { Queue!.Properties.MaximumMessageSize = 262143; },
      'a queue of the undelivered for less': ({ Undelivered }) => { Undelivered!.Properties.MaximumMessageSize = 262143; },
      'a queue that feeds something else by a pipe': ({ Queue, Pipe }) => {
        Queue!.Properties.MaximumMessageSize = 262143;
        Object.assign(Pipe!.Properties, { Source: arnOf('Queue'), Target: 'arn:aws:lambda:eu-west-1:111122223333:function:f' });
      },
      'events of services and others': ({ Queue, Rule }) => {
        Queue!.Properties.MaximumMessageSize = 262143;
        Rule!.Properties.EventPattern = JSON.stringify({ source: ['aws.s3', 'my.app'] });
      },
    },
    keeps: {
      'what just fits': ({ Queue }) => { Queue!.Properties.MaximumMessageSize = 262144; },
      'a queue that feeds a workflow': ({ Rule, PipedQueue }) => {
        PipedQueue!.Properties.MaximumMessageSize = 45056;
        Rule!.Properties.Targets[0].Arn = arnOf('PipedQueue');
      },
      'events of services': ({ Queue, Rule }) => {
        Queue!.Properties.MaximumMessageSize = 1024;
        Rule!.Properties.EventPattern.source = ['aws.s3', { prefix: 'my.' }];
      },
      'a schedule': ({ Queue, Rule }) => {
        Queue!.Properties.MaximumMessageSize = 1024;
        delete Rule!.Properties.EventPattern;
        Rule!.Properties.ScheduleExpression = 'rate(1 hour)';
      },
      ...Object.fromEntries(['Input', 'InputPath', 'InputTransformer'].map((property) => [property, ({ Queue, Rule }: Resources) => {
        Queue!.Properties.MaximumMessageSize = 1024;
        Rule!.Properties.Targets[0][property] = '$.detail';
      }])),
    },
  },
  messageAboveExecutionInput: {
    breaks: {
      'a queue for more': ({ PipedQueue }) => { PipedQueue!.Properties.MaximumMessageSize = 262145; },
      'a queue of the default size': ({ PipedQueue }) => { delete PipedQueue!.Properties.MaximumMessageSize; },
    },
    keeps: {
      'an enrichment': ({ PipedQueue, Pipe }) => {
        delete PipedQueue!.Properties.MaximumMessageSize;
        Pipe!.Properties.Enrichment = 'arn:aws:lambda:eu-west-1:111122223333:function:f';
      },
      'a part of the message': ({ PipedQueue, Pipe }) => {
        delete PipedQueue!.Properties.MaximumMessageSize;
        Pipe!.Properties.TargetParameters.InputTemplate = '{"id": <$.messageId>}';
      },
      'another target': ({ PipedQueue, Pipe }) => {
        delete PipedQueue!.Properties.MaximumMessageSize;
        Pipe!.Properties.Target = 'arn:aws:lambda:eu-west-1:111122223333:function:f';
      },
      'another source': ({ Pipe }) => { Pipe!.Properties.Source = 'arn:aws:sqs:eu-west-1:111122223333:other'; },
    },
  },
});
