import { join } from 'node:path';
import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as pipes from 'aws-cdk-lib/aws-pipes';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Entrance } from './entrances/entrance';
import { queueEntrance } from './entrances/queue';
import type { EnvironmentFault } from './environment-faults';
import { newHandlerFunction } from './handler-function';
import type { RunFacts, StationFacts } from './runs';
import { bookName, SOLE_STATION } from './runs';
import type { IQueueFed, ScheduledFunction } from '../../src';

/** A consumer whose dead letters an operator may be allowed to move back. */
export interface RedrivableConsumer extends IQueueFed {
  grantRedrive(grantee: iam.IGrantable): iam.Grant;
}

/** Where the consumer of a stream keeps what it failed at. */
export interface FailureStore {
  readonly bucket: s3.IBucket;
  readonly prefix?: string;
}

/** A consumer in a topology. One that no queue feeds, such as the worker of a state machine, is `{}`: only what its handler records is seen of it. */
export interface Station {
  readonly queue?: sqs.IQueue;
  readonly deadLetterQueue?: sqs.IQueue;
  /** Of the consumer of a stream. What lies there is set aside, and is given to the handler again after the repair. */
  readonly failureStore?: FailureStore;
  /** Must be stated with a failure store. */
  readonly handler?: lambda.IFunction;
  /** @default - the ledger grants itself what a redrive takes */
  grantRedrive?(grantee: iam.IGrantable): iam.Grant;
}

export interface Topology {
  /** Where messages are sent: `queueEntrance`, `streamEntrance`, … */
  readonly entrance: Entrance;
  /** The consumers by name. The handler of each is made with this name: `ledger.newHandler(scope, id, { station })`. */
  readonly stations: Readonly<Record<string, Station>>;
  /** The categories of the messages that are due at a consumer, as its filter says. @default - every message is due at every consumer */
  readonly due?: Readonly<Record<string, readonly string[]>>;
  /** Further standard queues in which messages for a consumer are set aside, such as the dead-letter queue of the rule that feeds it. */
  readonly alsoSetAsideIn?: Readonly<Record<string, readonly sqs.IQueue[]>>;
  /** The queue in which the source itself sets aside what it cannot deliver to anyone. What is there is set aside for all consumers. */
  readonly sourceDeadLetterQueue?: sqs.IQueue;
}

/** An alarm, and in whose name it is spoken of. */
export interface WatchedAlarm {
  readonly run: string;
  readonly id: string;
}

interface AlarmWatch {
  readonly topic: sns.Topic;
  readonly watcher: lambda.Function;
}

export interface FollowOptions {
  /** Where messages are sent; must be stated when it is not the consumer's queue. */
  readonly entrance?: Entrance;
}

export interface LedgerHandlerProps {
  /** The module that exports `handler`, made with `recordingHandler`. @default - a handler that does nothing but record */
  readonly entry?: string;
  /** @default Duration.seconds(3) */
  readonly timeout?: Duration;
  readonly environment?: Record<string, string>;
  /** The consumer's name in its topology. @default - it is the only consumer of its run */
  readonly station?: string;
}

/**
 * Accounts for every message that goes from an entrance to the consumers at which it is due.
 *
 * A producer sends numbered messages with planned faults, handlers record what they did, and an auditor says where each message is: done, set aside, in flight or
 * lost. What was accepted comes from the entrance's answers, what was done from conditional writes to a table, what is set aside from the dead-letter queues themselves.
 *
 * One ledger follows any number of runs.
 */
export class Ledger extends Construct {
  readonly table: dynamodb.TableV2;
  /** Sends the messages of a run. Payload: `ProducerEvent`. */
  readonly producer: lambda.Function;
  /** Draws up the books of a run. Payload: `{ run }`; answer: `Books`, or `TopologyBooks` of a run with several consumers. */
  readonly auditor: lambda.Function;
  /** Repairs the poison of a consumer and moves back, or replays, what was set aside for it. Payload: `RedriveEvent`; answer: `RedriveAnswer`. */
  readonly redriver: lambda.Function;

  private readonly runs: Record<string, RunFacts> = {};
  private readonly watched: Record<string, WatchedAlarm> = {};
  private watch?: AlarmWatch;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new dynamodb.TableV2(this, 'Table', {
      partitionKey: { name: 'run', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'entry', type: dynamodb.AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.producer = this.newFunction('Producer');
    this.auditor = this.newFunction('Auditor');
    this.redriver = this.newFunction('Redriver');
  }

  /** Begins and ends faults of the environment. Payload: `Control`. Made when the first such fault is asked for. */
  get controller(): lambda.Function {
    return this.node.tryFindChild('Controller') as lambda.Function | undefined ?? this.newFunction('Controller');
  }

  /** Makes a handler that records its deliveries and effects. */
  newHandler(scope: Construct, id: string, props: LedgerHandlerProps = {}): lambda.Function {
    return this.newRecorder(scope, id, props.entry ?? join(__dirname, 'handlers', 'consumer.ts'), props.timeout ?? Duration.seconds(3), {
      ...(props.station === undefined ? {} : { LEDGER_STATION: props.station }),
      ...props.environment,
    });
  }

  /** Makes a handler that can also be asked what its role allows. Payload: `Record<string, Probe>`; answer: `allowed` or `refused` for each. */
  newProber(scope: Construct, id: string, props: Omit<LedgerHandlerProps, 'entry'> = {}): lambda.Function {
    return this.newHandler(scope, id, { ...props, entry: join(__dirname, 'handlers', 'prober.ts') });
  }

  /** Follows one consumer under the name of a run. Its handler must be made with `newHandler`, without a station. */
  follow(run: string, consumer: RedrivableConsumer): void;
  follow(run: string, consumer: Station, options: Required<FollowOptions>): void;
  follow(run: string, consumer: Station, { entrance = queueEntrance(consumer.queue!) }: FollowOptions = {}): void {
    this.topology(run, { entrance, stations: { [SOLE_STATION]: consumer } });
  }

  /** Follows a topology under the name of a run: one entrance, and any number of consumers at which its messages are due. */
  topology(run: string, topology: Topology): void {
    const { entrance, stations, sourceDeadLetterQueue } = topology;
    this.runs[run] = {
      entrance: { kind: entrance.kind, address: entrance.address },
      stations: Object.fromEntries(Object.entries(stations).map(([name, station]) => [name, this.followStation(name, station, topology)])),
      ...(sourceDeadLetterQueue ? { sourceDeadLetters: sourceDeadLetterQueue.queueUrl } : {}),
    };
    entrance.grantSend(this.producer);
    if (sourceDeadLetterQueue) {
      this.letAuditorRead(sourceDeadLetterQueue);
    }
  }

  /**
   * Hears the alarms of a run: they must notify `onCall`. Only of these does `expectAlarms` speak.
   *
   * @param run in whose name they are spoken of; a run that the ledger follows, if messages are to be sent to it meanwhile
   */
  watchAlarms(run: string, alarms: readonly cloudwatch.Alarm[]): void {
    for (const alarm of alarms) {
      this.watched[Stack.of(alarm).getLogicalId(alarm.node.defaultChild as cloudwatch.CfnAlarm)] = { run, id: alarm.node.id };
    }
  }

  /** The watched alarms by their logical ids, which are a part of their names. */
  get watchedAlarms(): Readonly<Record<string, WatchedAlarm>> {
    return this.watched;
  }

  /** Whom alarms notify: `Alarms.of(stack).notify(new SnsAction(ledger.onCall))`. */
  get onCall(): sns.Topic {
    return this.alarmWatch().topic;
  }

  /** Says which of the watched alarms rang, as those on call hear it. Payload: `WatchEvent`; answer: `WatchAnswer`. */
  get watcher(): lambda.Function {
    return this.alarmWatch().watcher;
  }

  /** What is known of a run at synthesis. */
  factsOf(run: string): RunFacts {
    return this.runs[run]!;
  }

  /**
   * A fault: a function has no concurrency left, or too little. It is felt when Lambda holds messages of the queue that it cannot place, or, where there is no queue,
   * has turned an invocation away.
   */
  throttle(handler: lambda.IFunction, queue?: sqs.IQueue, limit = 0): EnvironmentFault {
    const functionName = handler.functionName;
    this.allow(['lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'], handler.functionArn);
    if (queue) {
      this.allow(['sqs:GetQueueAttributes'], queue.queueArn);
    } else {
      this.allow(['cloudwatch:GetMetricStatistics'], '*');
    }
    return {
      begin: { kind: 'concurrency', functionName, limit },
      sign: queue ? { kind: 'messages-held', queueUrl: queue.queueUrl } : { kind: 'throttled', functionName },
      end: { kind: 'concurrency', functionName },
    };
  }

  /** A fault: an event source is switched off. */
  stopEventSource(mapping: lambda.IEventSourceMapping): EnvironmentFault {
    const id = mapping.eventSourceMappingId;
    this.allow(['lambda:UpdateEventSourceMapping'], mapping.eventSourceMappingArn);
    return { begin: { kind: 'event-source', id, enabled: false }, end: { kind: 'event-source', id, enabled: true } };
  }

  /** A fault: a pipe is stopped. */
  stopPipe(pipe: pipes.CfnPipe): EnvironmentFault {
    const control = { kind: 'pipe' as const, name: pipe.ref };
    this.allow(['pipes:StopPipe', 'pipes:StartPipe'], pipe.attrArn);
    return { begin: { ...control, running: false }, end: { ...control, running: true } };
  }

  /** A fault: a schedule is switched off. */
  stopSchedule({ schedule, scheduleGroup, scheduleRole }: ScheduledFunction): EnvironmentFault {
    const control = { kind: 'schedule' as const, group: scheduleGroup.scheduleGroupName, name: schedule.scheduleName };
    this.allow(['scheduler:GetSchedule', 'scheduler:UpdateSchedule'], schedule.scheduleArn);
    // The local emulator takes each for one of the default group.
    this.allow(['scheduler:GetSchedule', 'scheduler:UpdateSchedule'], Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `default/${control.name}` }));
    this.allow(['iam:PassRole'], scheduleRole.roleArn);
    return { begin: { ...control, enabled: false }, end: { ...control, enabled: true } };
  }

  /**
   * A fault: a role may no longer do what it was granted. Shows something only where IAM is enforced.
   *
   * The policy that denies is in the template all the time, so that it goes with the stack; outside the window it denies nothing that exists.
   *
   * @param id of the policy below the ledger
   * @param mapping the event source that cannot work without the permission, by which the fault is felt
   */
  losePermission(id: string, role: iam.IRole, actions: readonly string[], resource: string, mapping?: lambda.IEventSourceMapping): EnvironmentFault {
    const deny = (from: string) => new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: [...actions], resources: [from] });
    const nothing = Stack.of(this).formatArn({ service: 'sqs', resource: 'no-such-resource' });
    const policy = new iam.Policy(this, id, { statements: [deny(nothing)], roles: [role] });
    const lasting = (from: string) => ({
      kind: 'policy' as const,
      roleName: role.roleName,
      policyName: policy.policyName,
      document: { Version: '2012-10-17', Statement: [deny(from).toStatementJson()] },
    });
    this.allow(['iam:PutRolePolicy'], role.roleArn);
    if (mapping) {
      this.allow(['lambda:GetEventSourceMapping'], mapping.eventSourceMappingArn);
      // The local emulator takes it for the listing of all.
      this.allow(['lambda:ListEventSourceMappings'], '*');
    }
    return {
      begin: lasting(resource),
      ...(mapping ? { sign: { kind: 'event-source-problem' as const, id: mapping.eventSourceMappingId } } : {}),
      end: lasting(nothing),
    };
  }

  /** A fault: what the handlers depend on answers 503, so that no message can be done. */
  breakDownstream(run: string, station: string = SOLE_STATION): EnvironmentFault {
    const book = bookName(run, station);
    return {
      begin: { kind: 'downstream', book, down: true },
      sign: { kind: 'failure', book, reason: 'downstream' },
      end: { kind: 'downstream', book, down: false },
    };
  }

  private alarmWatch(): AlarmWatch {
    return this.watch ??= this.newAlarmWatch();
  }

  private newAlarmWatch(): AlarmWatch {
    const topic = new sns.Topic(this, 'OnCall');
    const pager = new sqs.Queue(this, 'Pager', { retentionPeriod: Duration.days(1), removalPolicy: RemovalPolicy.DESTROY });
    topic.addSubscription(new SqsSubscription(pager));
    const watcher = this.newFunction('Watcher', { LEDGER_PAGER: pager.queueUrl, LEDGER_PRODUCER: this.producer.functionName });
    pager.grantConsumeMessages(watcher);
    this.producer.grantInvoke(watcher);
    watcher.addToRolePolicy(new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }));
    return { topic, watcher };
  }

  private followStation(name: string, station: Station, { due, alsoSetAsideIn }: Topology): StationFacts {
    const { queue, deadLetterQueue, failureStore } = station;
    const elsewhere = alsoSetAsideIn?.[name] ?? [];
    queue?.grant(this.auditor, 'sqs:GetQueueAttributes');
    [...(deadLetterQueue ? [deadLetterQueue] : []), ...elsewhere].forEach((place) => this.letAuditorRead(place));
    if (station.grantRedrive) {
      station.grantRedrive(this.redriver);
    } else {
      deadLetterQueue?.grantConsumeMessages(this.redriver);
      deadLetterQueue?.grant(this.redriver, 'sqs:StartMessageMoveTask');
      queue?.grantSendMessages(this.redriver);
    }
    elsewhere.forEach((place) => place.grantConsumeMessages(this.redriver));
    if (failureStore) {
      this.letReplay(failureStore, station.handler!);
    }
    return {
      ...(queue ? { queue: queue.queueUrl } : {}),
      ...(deadLetterQueue ? { deadLetters: deadLetterQueue.queueUrl } : {}),
      ...(failureStore ? { failures: { bucket: failureStore.bucket.bucketName, prefix: failureStore.prefix ?? '' } } : {}),
      ...(elsewhere.length > 0 ? { alsoSetAsideIn: elsewhere.map((place) => place.queueUrl) } : {}),
      ...(due?.[name] ? { categories: due[name] } : {}),
    };
  }

  /** Without the right to delete: the auditor changes nothing. */
  private letAuditorRead(queue: sqs.IQueue): void {
    queue.grant(this.auditor, 'sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility');
    queue.encryptionMasterKey?.grantDecrypt(this.auditor);
  }

  private letReplay({ bucket, prefix = '' }: FailureStore, handler: lambda.IFunction): void {
    bucket.grantRead(this.auditor);
    bucket.grantRead(this.redriver);
    bucket.grantDelete(this.redriver, `${prefix}*`);
    handler.grantInvoke(this.redriver);
  }

  private allow(actions: string[], resource: string): void {
    this.controller.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  }

  private newFunction(id: string, environment: Record<string, string> = {}): lambda.Function {
    return this.newRecorder(this, id, join(__dirname, 'handlers', `${id.toLowerCase()}.ts`), Duration.minutes(5), {
      LEDGER_PARTITION: Stack.of(this).partition,
      LEDGER_RUNS: Lazy.string({ produce: () => Stack.of(this).toJsonString(this.runs) }),
      ...environment,
    });
  }

  private newRecorder(scope: Construct, id: string, entry: string, timeout: Duration, environment?: Record<string, string>): lambda.Function {
    const recorder = newHandlerFunction(scope, id, { entry, timeout, environment: { LEDGER_TABLE: this.table.tableName, ...environment } });
    this.table.grantReadWriteData(recorder);
    return recorder;
  }
}
