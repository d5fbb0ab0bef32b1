import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';
import { failuresOf, newEventSource } from './private/event-source';
import { grantToHandler } from './private/reader-grants';
import type { StreamFedProps } from './stream-fed-props';
import type { TableFedFunctionAlarmOptions, TableFedFunctionAlarms } from './table-fed-function.alarms';
import { READER_ALARMS } from './table-fed-function.alarms';
import { checkAtSynthesis } from './table-fed-function.late-rules';
import { LIST_ACTIONS, planOf, READ_ACTIONS, readStreamOf } from './table-fed-function.rules';
import type { IAlarmed } from '../alarms/alarmed';
import { listed } from '../private/alarms/alarm-table';
import { handlerAlarms } from '../private/lambda/handler-alarms';
import { FailureBucket } from '../storage/failure-bucket';
import type { IFailureStore } from '../storage/failure-store';

/**
 * Properties of a `TableFedFunction`.
 */
export interface TableFedFunctionProps extends StreamFedProps {
  /**
   * The table whose stream is read: a `Table` or a `TableV2` with a stream, or one that is imported with its `tableStreamArn`.
   *
   * At most two readers keep up with one stream, and one if the table has replicas.
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
   */
  readonly table: dynamodb.ITable;

  /**
   * Tuning of the alarms.
   *
   * @default - all alarms on, with their default thresholds
   */
  readonly alarms?: TableFedFunctionAlarmOptions;
}

/**
 * A Lambda function that processes the changes of a DynamoDB table in order and loses none: a change that it cannot process is retried, separated from the others, and kept whole in a
 * bucket that an alarm watches, and the changes behind it go on.
 *
 * Creates the event source, the failure bucket, the handler's permissions and the alarms, with values that fit each other. The stream keeps changes for 24 hours.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 *
 * @example
 * const table = new dynamodb.TableV2(this, 'Orders', {
 *   partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
 *   dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
 * });
 * new TableFedFunction(this, 'OrderChanges', { table, handler });
 */
@propertyInjectable
export class TableFedFunction extends Construct implements IAlarmed {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.streaming.TableFedFunction';

  /**
   * The function that processes the changes.
   */
  public readonly handler: lambda.IFunction;

  /**
   * The table whose stream feeds the handler.
   */
  public readonly table: dynamodb.ITable;

  /**
   * The event source mapping that reads the stream and invokes the handler.
   */
  public readonly eventSource: lambda.EventSourceMapping;

  /**
   * Where the batches are that could not be processed.
   */
  public readonly failureStore: IFailureStore;

  /**
   * The alarms on the event source and on the handler, by their names.
   */
  public readonly alarms: TableFedFunctionAlarms;

  constructor(scope: Construct, id: string, props: TableFedFunctionProps) {
    super(scope, id);
    const plan = planOf(this, props);

    this.handler = props.handler;
    this.table = props.table;
    const { encryptionKey, removalPolicy } = props;
    const { bucket: failures } = props.failureStore ?? new FailureBucket(this, 'Failures', { encryptionKey, removalPolicy });

    const permissions = grantToHandler(this, this.handler, this.readings(plan.streamArn), this.table.encryptionKey, failures);
    const parts = { eventSourceArn: plan.streamArn, stream: readStreamOf(props), failures };
    this.eventSource = newEventSource(this, 'EventSource', props, parts);
    this.eventSource.node.addDependency(...permissions);
    this.failureStore = failuresOf(this.eventSource, failures);

    const { handler, eventSource } = this;
    this.alarms = {
      ...READER_ALARMS.add(this, { path: this.node.path, handler, eventSource, maxAgeSeconds: plan.maxAgeSeconds }, props.alarms),
      ...handlerAlarms(this, handler, plan.spread, props.alarms),
    };
    this.node.addValidation({ validate: () => checkAtSynthesis(this, props, parts, plan) });
  }

  /**
   * The alarms on the event source and on the handler, for dashboards and composite alarms. A copy: changing it changes nothing.
   */
  public get allAlarms(): cloudwatch.Alarm[] {
    return listed({ ...this.alarms });
  }

  /** What the handler must be allowed, on which resource. */
  private readings(streamArn: string) {
    return [
      { actions: READ_ACTIONS, on: streamArn, called: `the stream of table '${this.table.node.path}'` },
      { actions: LIST_ACTIONS, on: '*', called: "'*'" },
    ];
  }
}
