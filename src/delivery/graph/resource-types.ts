/** The types of resources that take part in deliveries, as templates name them. */
export const ALARM = 'AWS::CloudWatch::Alarm';
export const COMPOSITE_ALARM = 'AWS::CloudWatch::CompositeAlarm';
export const QUEUE = 'AWS::SQS::Queue';
export const TOPIC = 'AWS::SNS::Topic';
export const SUBSCRIPTION = 'AWS::SNS::Subscription';
export const BUCKET = 'AWS::S3::Bucket';
export const FUNCTION = 'AWS::Lambda::Function';
export const VERSION = 'AWS::Lambda::Version';
export const ALIAS = 'AWS::Lambda::Alias';
export const EVENT_SOURCE = 'AWS::Lambda::EventSourceMapping';
export const INVOKE_CONFIG = 'AWS::Lambda::EventInvokeConfig';
export const PERMISSION = 'AWS::Lambda::Permission';
export const STREAM = 'AWS::Kinesis::Stream';
export const STREAM_CONSUMER = 'AWS::Kinesis::StreamConsumer';
export const TABLE = 'AWS::DynamoDB::Table';
export const GLOBAL_TABLE = 'AWS::DynamoDB::GlobalTable';
export const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';
export const RULE = 'AWS::Events::Rule';
export const EVENT_BUS = 'AWS::Events::EventBus';
export const API_DESTINATION = 'AWS::Events::ApiDestination';
export const SUBSCRIBER = 'AWS::EventsV2::Subscriber';
export const SCHEDULE = 'AWS::Scheduler::Schedule';
export const PIPE = 'AWS::Pipes::Pipe';
export const STATE_MACHINE = 'AWS::StepFunctions::StateMachine';
export const STATE_MACHINE_VERSION = 'AWS::StepFunctions::StateMachineVersion';
export const STATE_MACHINE_ALIAS = 'AWS::StepFunctions::StateMachineAlias';
export const ACTIVITY = 'AWS::StepFunctions::Activity';
export const REST_API = 'AWS::ApiGateway::RestApi';
export const HTTP_API = 'AWS::ApiGatewayV2::Api';
export const METHOD = 'AWS::ApiGateway::Method';
export const ROLE = 'AWS::IAM::Role';
export const KEY = 'AWS::KMS::Key';
export const KEY_ALIAS = 'AWS::KMS::Alias';
export const LOG_GROUP = 'AWS::Logs::LogGroup';

/** The types of DynamoDB's tables; the CDK makes a `TableV2` of the second, also in one region. */
export const TABLES: readonly string[] = [TABLE, GLOBAL_TABLE];
