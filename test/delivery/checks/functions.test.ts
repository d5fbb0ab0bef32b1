import type { Changeable, Resources } from './check-defects';
import { checkDefects, found } from './check-defects';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

/** A function that a queue feeds, as people write it. */
const clean = (): Resources => ({
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1209600 } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 180, RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: 5 } } },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } },
  Handler: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      Timeout: 30,
      Role: 'arn:aws:iam::111122223333:role/Handler',
      LoggingConfig: { LogGroup: { Ref: 'Logs' } },
      Environment: { Variables: { SECRET_ARN: { Ref: 'Secret' }, LEVEL: '{{resolve:ssm:/shop/level}}' } },
    },
  },
  Alias: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Handler' }, Name: 'live', FunctionVersion: '1' } },
  Secret: { Type: 'AWS::SecretsManager::Secret', Properties: {} },
  EventSource: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: arnOf('Queue'), FunctionName: { Ref: 'Handler' }, BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 10 } },
  },
});

const inHandler = (change: (properties: Changeable) => void) => ({ Handler }: Resources) => change(Handler!.Properties);
const variable = (value: unknown) => inHandler(({ Environment }) => { Environment.Variables.PASSWORD = value; });
const logGroup = (properties: Changeable, type = 'AWS::Logs::LogGroup') => (resources: Resources) => {
  delete resources.Handler!.Properties.LoggingConfig;
  resources.Logs = { Type: type, Properties: { RetentionInDays: 30, ...properties } };
};

checkDefects(clean, {
  functionTimeoutUnset: {
    breaks: {
      'the default timeout': inHandler((handler) => { delete handler.Timeout; }),
      'the default timeout behind an alias': ({ Handler, EventSource }) => {
        delete Handler!.Properties.Timeout;
        EventSource!.Properties.FunctionName = { Ref: 'Alias' };
      },
    },
    keeps: {
      'a timeout that only the deployment knows': inHandler((handler) => { handler.Timeout = { Ref: 'Seconds' }; }),
      'a function that nothing feeds': (resources) => {
        delete resources.Handler!.Properties.Timeout;
        delete resources.EventSource;
      },
    },
  },
  secretInEnvironment: {
    breaks: {
      'a secret': variable('{{resolve:secretsmanager:shop/password:SecretString:password}}'),
      'a secret as the CDK refers to it': variable({ 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Secret' }, ':SecretString:password::}}']] }),
      'a secret in a text': variable({ 'Fn::Sub': 'postgres://shop:{{resolve:secretsmanager:${Secret}}}@database' }),
      'a secure parameter': variable('{{resolve:ssm-secure:/shop/password:1}}'),
    },
    keeps: {
      'a parameter': variable('{{resolve:ssm:/shop/secretsmanager}}'),
      'a text about secrets': variable('resolve:secretsmanager:shop'),
      'a value that is no text': variable({ Ref: 'AWS::NoValue' }),
      'variables that only the deployment knows': inHandler((handler) => { handler.Environment = { Ref: 'Environment' }; }),
      'no variables': inHandler((handler) => { delete handler.Environment; }),
    },
  },
  functionLogGroupImplicit: {
    breaks: {
      'no log group': inHandler((handler) => { delete handler.LoggingConfig; }),
      'the format of the logs alone': inHandler((handler) => { handler.LoggingConfig = { LogFormat: 'JSON' }; }),
      'a log group with another name': logGroup({ LogGroupName: '/aws/lambda/other' }),
    },
    keeps: {
      'a log group by the name that Lambda gives': logGroup({ LogGroupName: { 'Fn::Sub': '/aws/lambda/${Handler}' } }),
      'a retention that the CDK sets': logGroup({ LogGroupName: { 'Fn::Join': ['', ['/aws/lambda/', { Ref: 'Handler' }]] } }, 'Custom::LogRetention'),
      'a log group of another app': inHandler((handler) => { handler.LoggingConfig = { LogGroup: 'shop' }; }),
      'a log group that only the deployment knows': inHandler((handler) => { handler.LoggingConfig = { Ref: 'Logging' }; }),
    },
  },
});

test('where a transform adds resources, no log group is missing', () => {
  const Handler = { Type: 'AWS::Lambda::Function', Properties: {} };
  const ids = ['functionLogGroupImplicit'];
  expect(found({}, { template: { Transform: 'AWS::Serverless-2016-10-31', Resources: { Handler } } }, ids)).toEqual([]);
  expect(found({ Handler }, {}, ids)).toEqual(['functionLogGroupImplicit at Handler']);
});
