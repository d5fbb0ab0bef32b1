import { Duration, Size } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { JobApiPlan } from './job-api.rules';
import { apiPlanOf, JOB_API_BOUNDS } from './job-api.rules';
import type { PollingStatusApiProps } from './polling-status-api';
import { POLLING_STATUS_API_ALARMS } from './polling-status-api.alarms';
import { stageOf } from './private/job-api-facts';
import { JOB_RULES } from '../delivery/rules/job';
import { TABLE_RULES } from '../delivery/rules/table';
import { Problems } from '../private/checks/problems';
import type { PropBounds } from '../private/checks/prop-bounds';
import { knownSeconds } from '../private/checks/prop-bounds';
import { statedTableFacts } from '../private/dynamodb/table-facts';

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

const IN_A_TEMPLATE = 'a number in a mapping template cannot be a token';

export const POLLING_STATUS_API_BOUNDS: PropBounds<PollingStatusApiProps> = {
  ...JOB_API_BOUNDS,
  maxBodySize: (props) => ({
    unit: 'bytes',
    min: 1,
    max: largestBody(props),
    known: IN_A_TEMPLATE,
    fix: `leave it out for ${largestBody(props)} bytes, the most that the engine can work with, and send larger bodies by claim check (ClaimCheckBucket)`,
  }),
  timeout: { unit: 'seconds', min: 60, max: Duration.days(30).toSeconds(), fix: 'leave it out for 1 hour', known: IN_A_TEMPLATE },
  retentionPeriod: { unit: 'seconds', min: 61, max: Duration.days(365).toSeconds(), fix: 'leave it out for 7 days', known: IN_A_TEMPLATE },
  retryAfter: { unit: 'seconds', min: 1, max: 3600, fix: 'leave it out for 5 seconds', known: IN_A_TEMPLATE },
};

/** Derives the plan and checks the props against it, before anything is made. */
export function planOf(scope: Construct, props: PollingStatusApiProps): JobPlan {
  const problems = new Problems(scope, 'PollingStatusApi');
  problems.checkBounds(props, POLLING_STATUS_API_BOUNDS);
  const api = apiPlanOf(scope, problems, props);
  problems.addFindings(JOB_RULES, {
    timeoutSeconds: knownSeconds(props.timeout ?? DEFAULT_TIMEOUT),
    retentionSeconds: knownSeconds(props.retentionPeriod),
  });
  problems.addFindings(TABLE_RULES, statedTableFacts(props));
  problems.requireCustomerKey('encryptionKey', props.encryptionKey, 'leave encryptionKey out for the keys of DynamoDB and SQS');
  POLLING_STATUS_API_ALARMS.check(problems, {}, props.alarms);
  checkStageAlarms(problems, props);
  problems.throwIfAny();

  const { timeout = DEFAULT_TIMEOUT } = props;
  return {
    ...api,
    maxBodyBytes: props.maxBodySize?.toBytes() ?? largestBody(props),
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

function largestBody({ engine }: PollingStatusApiProps): number {
  return Math.min(engine.maxBodySize?.toBytes() ?? LARGEST_BODY.toBytes(), LARGEST_BODY.toBytes());
}
