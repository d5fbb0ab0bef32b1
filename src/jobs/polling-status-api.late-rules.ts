import type * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { apiValues } from './job-api.late-rules';
import type { JobEngineConfig } from './job-engine';
import type { PollingStatusApi, PollingStatusApiProps } from './polling-status-api';
import type { JobPlan } from './polling-status-api.rules';
import { completeApiFacts } from './private/job-api-facts';
import type { JobMethods } from './private/job-methods';
import { jobPipeProps, STREAM_ACTIONS, streamArnOf } from './private/job-pipe';
import { JOB } from './private/job-record';
import { stated, hasMembers, keyPermissions, logGroupValues, resource, roleValues } from './private/late-values';
import { REST_API_RULES } from '../delivery/rules/rest-api';
import { TABLE_RULES } from '../delivery/rules/table';
import { sortedByKey } from '../private/apigateway/redeployment';
import type { DerivedValue } from '../private/checks/derived-values';
import { changedValues, valuesIn } from '../private/checks/derived-values';
import { reportFindings } from '../private/checks/problems';
import { tableFacts } from '../private/dynamodb/table-facts';
import { vendedLogGroupName } from '../private/log-groups/vended-log-group';
import { pipeLogsId } from '../private/pipes/pipe-logs';

/** What a pattern was made with. */
export interface JobParts {
  readonly plan: JobPlan;
  readonly engine: JobEngineConfig;
  readonly pipeRole: iam.Role;
  readonly ownApi: apigateway.RestApi | undefined;
  readonly methods: JobMethods;
  readonly logRetention: logs.RetentionDays;
}

/** What breaks the promises of the pattern. Those of the workflow around a function or a machine are checked with the engine. */
export function checkAtSynthesis(jobs: PollingStatusApi, props: PollingStatusApiProps, parts: JobParts): string[] {
  const api = { api: jobs.api, table: jobs.table, ownApi: parts.ownApi, methods: parts.methods };
  return [
    ...changedValues([
      ...apiValues(jobs, api, props, parts.plan),
      ...tableValues(jobs, props),
      ...pipeValues(jobs, props, parts),
    ]),
    ...reportFindings(jobs, REST_API_RULES, completeApiFacts(jobs, jobs.api, props, parts.plan.resourcePath)),
    ...reportFindings(jobs, TABLE_RULES, tableFacts(jobs.table)),
  ];
}

function tableValues({ table }: PollingStatusApi, { encryptionKey, deletionProtection }: PollingStatusApiProps): DerivedValue[] {
  return valuesIn(resource(table), {
    'Properties.KeySchema': [[{ AttributeName: JOB.key, KeyType: 'HASH' }], 'jobs are written and read by this key'],
    'Properties.AttributeDefinitions': [[{ AttributeName: JOB.key, AttributeType: 'S' }], 'jobs are written and read by this key; add others to it', hasMembers],
    'Properties.BillingMode': ['PAY_PER_REQUEST', 'jobs come in bursts, which provisioned capacity would refuse'],
    'Properties.ProvisionedThroughput': [undefined, 'jobs come in bursts, which provisioned capacity would refuse'],
    'Properties.TimeToLiveSpecification': [{ AttributeName: JOB.expiresAt, Enabled: true }, stated('retentionPeriod'), hasMembers],
    'Properties.StreamSpecification.StreamViewType': ['KEYS_ONLY', 'with images, a large body would not get through the pipe'],
    'Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled': [true, 'the table has what clients were promised'],
    'Properties.SSESpecification': [
      encryptionKey && { KMSMasterKeyId: encryptionKey.keyArn, SSEEnabled: true, SSEType: 'KMS' }, stated('encryptionKey'),
      // Without a key of the customer's own there must be none, of which nobody has granted the use.
      (found, value) => (value === undefined ? !(found as { KMSMasterKeyId?: unknown } | undefined)?.KMSMasterKeyId : hasMembers(found, value)),
    ],
    'Properties.DeletionProtectionEnabled': [deletionProtection, stated('deletionProtection'), (found, value) => found === true || value !== true],
  });
}

function pipeValues(jobs: PollingStatusApi, props: PollingStatusApiProps, { plan, engine, pipeRole, logRetention }: JobParts): DerivedValue[] {
  const { pipe, table, deadLetterQueue } = jobs;
  const { encryptionKey, pipeLogs = true } = props;
  const expected = jobPipeProps({ role: pipeRole, table, engine, timeout: plan.timeout, deadLetterQueue, encryptionKey, logRetention });
  const { filterCriteria, dynamoDbStreamParameters: stream } = expected.sourceParameters;
  const { inputTemplate, ...ofEngine } = expected.targetParameters;
  const inTime = 'a job is tried for as long as it could still be done';
  const byEngine = 'say it in what bind of the engine gives';
  const at = 'Properties.SourceParameters.DynamoDBStreamParameters';
  const logGroup = pipeLogs ? jobs.node.findChild(pipeLogsId(pipe.node.id)) as logs.LogGroup : undefined;
  return [
    ...valuesIn(pipe, {
      'Properties.RoleArn': [expected.roleArn, 'change what that role may do'],
      'Properties.Source': [expected.source, 'the pipe reads the stream of the table'],
      'Properties.SourceParameters.FilterCriteria.Filters': [filterCriteria.filters.map(({ pattern }) => ({ Pattern: pattern })), 'each new job, and nothing else, starts work'],
      [`${at}.StartingPosition`]: [stream.startingPosition, 'from another position, jobs of the first minutes would start no work'],
      [`${at}.BatchSize`]: [stream.batchSize, byEngine],
      [`${at}.MaximumBatchingWindowInSeconds`]: [undefined, 'jobs wait for nothing'],
      [`${at}.ParallelizationFactor`]: [stream.parallelizationFactor, 'a job that fails would hold up more of the others'],
      [`${at}.OnPartialBatchItemFailure`]: [stream.onPartialBatchItemFailure, 'a job that fails would take the others of its batch with it'],
      [`${at}.MaximumRecordAgeInSeconds`]: [stream.maximumRecordAgeInSeconds, `${inTime}; ${stated('timeout')}`],
      [`${at}.MaximumRetryAttempts`]: [undefined, inTime, (found) => found === undefined || found === -1],
      [`${at}.DeadLetterConfig.Arn`]: [stream.deadLetterConfig.arn, 'its alarms watch this queue'],
      'Properties.Enrichment': [undefined, 'the engine gets the key of each job as it is'],
      'Properties.Target': [expected.target, 'give another engine'],
      'Properties.TargetParameters.InputTemplate': [inputTemplate, 'the engine gets the key of each job as it is'],
      ...Object.fromEntries(Object.entries(ofEngine).map(([name, value]) => [`Properties.TargetParameters.${capitalized(name)}`, [value, byEngine, isSameButForCase]])),
      'Properties.DesiredState': [undefined, 'a pipe that stands still starts no job; stop it by hand while that is meant', (found) => found === undefined || found === 'RUNNING'],
      ...logGroup ? {
        'Properties.LogConfiguration.Level': ['ERROR', stated('pipeLogs'), (found) => ['ERROR', 'INFO', 'TRACE'].includes(found as string)],
        'Properties.LogConfiguration.IncludeExecutionData': [undefined, 'the keys of jobs must not get into the logs'],
        'Properties.LogConfiguration.CloudwatchLogsLogDestination.LogGroupArn': [logGroup.logGroupArn, stated('logRetention')],
      } : {},
    }),
    ...logGroup ? logGroupValues(logGroup, logRetention, vendedLogGroupName(jobs, logGroup.node.id, 'pipes')) : [],
    ...roleValues(pipeRole, 'pipes.amazonaws.com', [
      { actions: STREAM_ACTIONS, resource: streamArnOf(table) },
      { actions: ['dynamodb:ListStreams'], resource: '*' },
      { actions: ['sqs:SendMessage'], resource: deadLetterQueue.queueArn },
      ...keyPermissions(jobs, encryptionKey),
    ], 'the pipe reads the stream and sets aside as this role; add other statements to these'),
  ];
}

/** CloudFormation writes the names of properties with a capital. */
function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** The parameters of an engine are in the words of the CDK. */
function isSameButForCase(found: unknown, value: unknown): boolean {
  return JSON.stringify(lowered(found)) === JSON.stringify(lowered(value));
}

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(lowered);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return sortedByKey(Object.fromEntries(Object.entries(value).map(([name, member]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, lowered(member)])));
}
