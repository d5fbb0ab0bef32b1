/** What a node of the map is, which decides its shape. `call`: of an AWS API, by a task; `resource`: of a type that has no shape of its own. */
export type NodeKind =
  | 'api'
  | 'apiDestination'
  | 'bucket'
  | 'bus'
  | 'call'
  | 'deliveryStream'
  | 'function'
  | 'pipe'
  | 'queue'
  | 'resource'
  | 'rule'
  | 'schedule'
  | 'service'
  | 'stateMachine'
  | 'stream'
  | 'table'
  | 'topic';

const KINDS_BY_TYPE: Readonly<Record<string, NodeKind>> = {
  'AWS::ApiGateway::RestApi': 'api',
  'AWS::ApiGatewayV2::Api': 'api',
  'AWS::AppSync::GraphQLApi': 'api',
  'AWS::DynamoDB::GlobalTable': 'table',
  'AWS::DynamoDB::Table': 'table',
  'AWS::ECS::Service': 'service',
  'AWS::Events::ApiDestination': 'apiDestination',
  'AWS::Events::EventBus': 'bus',
  'AWS::Events::Rule': 'rule',
  'AWS::EventsV2::EventBus': 'bus',
  'AWS::IoT::TopicRule': 'rule',
  'AWS::Kinesis::Stream': 'stream',
  'AWS::KinesisFirehose::DeliveryStream': 'deliveryStream',
  'AWS::Lambda::Function': 'function',
  'AWS::Pipes::Pipe': 'pipe',
  'AWS::S3::Bucket': 'bucket',
  'AWS::Scheduler::Schedule': 'schedule',
  'AWS::SNS::Topic': 'topic',
  'AWS::SQS::Queue': 'queue',
  'AWS::StepFunctions::StateMachine': 'stateMachine',
};

const KINDS_BY_SERVICE: Readonly<Record<string, NodeKind>> = {
  dynamodb: 'table',
  execute_api: 'api',
  firehose: 'deliveryStream',
  kinesis: 'stream',
  lambda: 'function',
  pipes: 'pipe',
  s3: 'bucket',
  scheduler: 'schedule',
  sns: 'topic',
  sqs: 'queue',
};

/** Of services with several kinds, by how the resource in the ARN begins. */
const KINDS_WITHIN: Readonly<Record<string, readonly (readonly [string, NodeKind])[]>> = {
  events: [['event-bus', 'bus'], ['rule', 'rule'], ['api-destination', 'apiDestination']],
  states: [['stateMachine', 'stateMachine'], ['express', 'stateMachine'], ['', 'call']],
};

/** What people call each kind. */
export const KIND_NAMES: Readonly<Record<NodeKind, string>> = {
  api: 'API',
  apiDestination: 'API destination',
  bucket: 'bucket',
  bus: 'event bus',
  call: 'AWS API call',
  deliveryStream: 'delivery stream',
  function: 'function',
  pipe: 'pipe',
  queue: 'queue',
  resource: 'resource',
  rule: 'rule',
  schedule: 'schedule',
  service: 'service',
  stateMachine: 'state machine',
  stream: 'stream',
  table: 'table',
  topic: 'topic',
};

export function kindOfType(type: string): NodeKind {
  return KINDS_BY_TYPE[type] ?? 'resource';
}

/** By the ARN, or by the URL of a queue. */
export function kindOfText(text: string): NodeKind {
  const [arn, , service = '', , , ...rest] = text.split(':');
  if (arn !== 'arn') {
    return /^https:\/\/sqs\./.test(text) ? 'queue' : 'resource';
  }
  const of = rest.join(':');
  const among = KINDS_WITHIN[service];
  return among ? among.find(([start]) => of.startsWith(start))?.[1] ?? 'resource'
    : KINDS_BY_SERVICE[service.replace('-', '_')] ?? 'resource';
}
