import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { JobApiPlan } from './job-api.rules';
import { apiPlanOf, stageOf } from './job-api.rules';
import type { PollingStatusApiProps } from './polling-status-api';
import { POLLING_STATUS_API_ALARMS } from './polling-status-api.alarms';
import { Problems } from '../private/checks/problems';

/** An item has at most 400 KB; the rest is for the result and for what the job is otherwise made of. */
const LARGEST_BODY = Size.kibibytes(256);

const DEFAULT_TIMEOUT = Duration.hours(1);
const DEFAULT_RETENTION = Duration.days(7);

/** The values that are derived from the props and from the engine. */
export interface JobPlan extends JobApiPlan {
  readonly maxBodyBytes: number;
  readonly timeout: Duration;
  readonly retentionPeriod: Duration;
  readonly retryAfter: Duration;
}

/** Derives the plan and checks the props against it, before anything is made. */
export function planOf(scope: Construct, props: PollingStatusApiProps): JobPlan {
  const problems = new Problems(scope, 'PollingStatusApi');
  const api = apiPlanOf(scope, problems, props);
  const maxBodyBytes = checkBodySize(problems, props);
  const timeout = checkTimes(problems, props);
  if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
    problems.add('removalPolicy is snapshot, but CloudFormation makes none of a table: set RemovalPolicy.RETAIN or RemovalPolicy.DESTROY, or leave removalPolicy out');
  }
  if (props.deletionProtection && props.removalPolicy === RemovalPolicy.DESTROY) {
    problems.add('deletionProtection is true, but removalPolicy is destroy, which a protected table does not let happen: leave out one of them');
  }
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for the keys of DynamoDB and SQS');
  POLLING_STATUS_API_ALARMS.check(problems, {}, props.alarms);
  checkStageAlarms(problems, props);
  problems.throwIfAny();

  return {
    ...api,
    maxBodyBytes,
    timeout,
    retentionPeriod: props.retentionPeriod ?? Duration.seconds(Math.max(2 * timeout.toSeconds(), DEFAULT_RETENTION.toSeconds())),
    retryAfter: props.retryAfter ?? Duration.seconds(5),
  };
}

function checkStageAlarms(problems: Problems, { restApi, alarms = {} }: PollingStatusApiProps): void {
  if (restApi && !stageOf(restApi)) {
    (['serverErrors', 'latency'] as const).filter((name) => alarms[name] && alarms[name].enabled !== false).forEach((name) => problems.add(
      `alarms.${name} is set, but the stage of restApi '${restApi.node.path}' is not known, and metrics are those of a stage: make the alarm where the stage is made, and leave alarms.${name} out`,
    ));
  }
}

function checkBodySize(problems: Problems, { engine, maxBodySize }: PollingStatusApiProps): number {
  const most = Math.min(engine.maxBodySize?.toBytes() ?? LARGEST_BODY.toBytes(), LARGEST_BODY.toBytes());
  if (maxBodySize === undefined) {
    return most;
  }
  if (maxBodySize.isUnresolved()) {
    problems.add(`maxBodySize is a token, but must be known: state it in bytes or KiB, or leave it out for ${most} bytes`);
    return most;
  }
  const bytes = maxBodySize.toBytes();
  if (!(bytes >= 1 && bytes <= most)) {
    problems.add(`maxBodySize is ${bytes} bytes, but must be from 1 to ${most}, the most that the engine can work with: leave it out, and send larger bodies by claim check (ClaimCheckBucket)`);
  }
  return bytes;
}

function checkTimes(problems: Problems, { timeout, retentionPeriod, retryAfter }: PollingStatusApiProps): Duration {
  const tokens = Object.entries({ timeout, retentionPeriod, retryAfter }).filter(([, value]) => value?.isUnresolved());
  if (tokens.length > 0) {
    tokens.forEach(([prop]) => problems.add(`${prop} is a token, but must be known, because a number in a mapping template cannot be one: state it, or leave it out for the default`));
    return DEFAULT_TIMEOUT;
  }
  problems.requireSeconds('retryAfter', retryAfter, 1, 3600, 'leave it out for 5 seconds');
  const seconds = problems.requireSeconds('timeout', timeout, 60, Duration.days(30).toSeconds(), 'leave it out for 1 hour') ?? DEFAULT_TIMEOUT.toSeconds();
  const kept = problems.requireSeconds('retentionPeriod', retentionPeriod, 61, Duration.days(365).toSeconds(), 'leave it out for 7 days');
  if (kept !== undefined && kept <= seconds) {
    problems.add(`retentionPeriod is ${kept} seconds, which is not longer than timeout (${seconds} seconds), so a job could be gone before anybody reads how it ended: raise retentionPeriod or lower timeout`);
  }
  return timeout ?? DEFAULT_TIMEOUT;
}
