import type { AlarmMetric, Dimension } from './alarms';
import type { DeliveryGraph } from './delivery-graph';
import type { Resource } from '../template/app';
import { isLiteral, ofPhysicalId } from '../template/symbols';

/** By what a dimension names a resource of some types. */
interface Naming {
  readonly types: readonly string[];
  readonly by: 'name' | 'arn';
  /** As texts call it. */
  readonly needs: string;
}

const API_NAME: Naming = { types: [], by: 'name', needs: 'the Name of the API' };

/** By namespaces and dimensions. */
const NAMED_BY: Readonly<Record<string, Naming>> = {
  'AWS/SQS QueueName': { types: ['AWS::SQS::Queue'], by: 'name', needs: 'the name of a queue, such as Fn::GetAtt QueueName' },
  'AWS/SNS TopicName': { types: ['AWS::SNS::Topic'], by: 'name', needs: 'the name of a topic, such as Fn::GetAtt TopicName' },
  'AWS/Lambda FunctionName': { types: ['AWS::Lambda::Function'], by: 'name', needs: 'the name of a function, such as its Ref' },
  'AWS/Events RuleName': { types: ['AWS::Events::Rule'], by: 'name', needs: 'the name of a rule, without its bus' },
  'AWS/Events EventBusName': { types: ['AWS::Events::EventBus'], by: 'name', needs: 'the name of a bus, such as its Ref' },
  'AWS/Scheduler ScheduleGroup': { types: ['AWS::Scheduler::ScheduleGroup'], by: 'name', needs: 'the name of a schedule group, such as its Ref' },
  'AWS/EventBridge/Pipes PipeName': { types: ['AWS::Pipes::Pipe'], by: 'name', needs: 'the name of a pipe, such as its Ref' },
  'AWS/States StateMachineArn': { types: ['AWS::StepFunctions::StateMachine'], by: 'arn', needs: 'the ARN of a state machine, such as its Ref' },
  'AWS/Kinesis StreamName': { types: ['AWS::Kinesis::Stream'], by: 'name', needs: 'the name of a stream, such as its Ref' },
  'AWS/Firehose DeliveryStreamName': { types: ['AWS::KinesisFirehose::DeliveryStream'], by: 'name', needs: 'the name of a delivery stream, such as its Ref' },
  'AWS/DynamoDB TableName': { types: ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'], by: 'name', needs: 'the name of a table, such as its Ref' },
  'AWS/S3 BucketName': { types: ['AWS::S3::Bucket'], by: 'name', needs: 'the name of a bucket, such as its Ref' },
  'AWS/ApiGateway ApiName': API_NAME,
};

/** What a dimension names, and what it should. */
export interface WrongValue {
  readonly dimension: string;
  readonly is: string;
  readonly needs: string;
}

/** The resource whose metric it is. Undefined: none of the app, or not known which. */
export function subjectOf(graph: DeliveryGraph, { namespace, dimensions = [] }: AlarmMetric): Resource | undefined {
  for (const { name, value } of dimensions) {
    const naming = NAMED_BY[`${namespace} ${name}`];
    const found = naming && naming !== API_NAME ? graph.app.find(value, ...naming.types) : undefined;
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** What a dimension names, if that is not what it should. */
export function wrongValue(graph: DeliveryGraph, namespace: string, { name, value }: Dimension): WrongValue | undefined {
  const naming = NAMED_BY[`${namespace} ${name}`];
  if (naming === undefined || value === undefined) {
    return undefined;
  }
  const is = wrongly(graph, naming, value);
  return is === undefined ? undefined : { dimension: name, is, needs: naming.needs };
}

function wrongly(graph: DeliveryGraph, { types, by }: Naming, value: string): string | undefined {
  const found = types.length === 0 ? undefined : graph.app.find(value, ...types);
  if (found !== undefined) {
    const right = found[by];
    return value === right ? undefined : `the ${value === found.arn ? 'ARN' : value === found.name ? 'name' : 'Ref'} of '${found.path}'`;
  }
  const id = ofPhysicalId(value);
  const other = graph.app.find(value) ?? (id && graph.app.stack(id.stack)?.resources.get(id.logicalId));
  if (other !== undefined) {
    return `what is called '${other.path}' (${other.type})`;
  }
  const looksLikeArn = /^(arn:|https:\/\/sqs\.)/.test(value);
  return isLiteral(value) && looksLikeArn !== (by === 'arn') ? `'${value}'` : undefined;
}
