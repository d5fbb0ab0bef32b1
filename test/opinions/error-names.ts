import * as fs from 'node:fs';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Definition } from './state-machine';
import { integrationOf } from './state-machine';
import { inPythonEnvironment } from '../../emulator/python';

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-representation */
const STATES_ERRORS = [
  'ALL', 'BranchFailed', 'DataLimitExceeded', 'ExceedToleratedFailureThreshold', 'HeartbeatTimeout', 'Http.Socket', 'IntrinsicFailure',
  'ItemReaderFailed', 'NoChoiceMatched', 'ParameterPathFailure', 'Permissions', 'QueryEvaluationError', 'ResultPathMatchFailure',
  'ResultWriterFailed', 'Runtime', 'TaskFailed', 'Timeout',
].map((name) => `States.${name}`);

/** Which errors a service integration can report. */
interface Integration {
  /** What the names of its errors begin with. */
  readonly prefix: string;
  /** The name of every error that the API does not model: that of the exception of the SDK's client. */
  readonly unmodelled: string;
  /** Where botocore describes the API, and the operations that the integration calls. */
  readonly service: string;
  readonly operations: readonly string[];
  /** Errors that no API models, but a page of AWS names. */
  readonly documented?: readonly string[];
}

/**
 * The names of optimized integrations are those of the SDK for Java 1, the names of SDK integrations those of version 2.
 * https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
 */
const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  'lambda:invoke': {
    prefix: 'Lambda',
    unmodelled: 'AWSLambdaException',
    service: 'lambda',
    operations: ['Invoke'],
    // https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
    documented: ['ClientExecutionTimeoutException'],
  },
  'aws-sdk:lambda:invoke': { prefix: 'Lambda', unmodelled: 'LambdaException', service: 'lambda', operations: ['Invoke'] },
  'dynamodb:updateItem': { prefix: 'DynamoDB', unmodelled: 'AmazonDynamoDBException', service: 'dynamodb', operations: ['UpdateItem'] },
  'states:startExecution': { prefix: 'StepFunctions', unmodelled: 'AWSStepFunctionsException', service: 'stepfunctions', operations: ['StartExecution'] },
  'states:startExecution.sync': {
    prefix: 'StepFunctions',
    unmodelled: 'AWSStepFunctionsException',
    service: 'stepfunctions',
    operations: ['StartExecution', 'DescribeExecution'],
  },
  'aws-sdk:sfn:startSyncExecution': {
    prefix: 'Sfn',
    unmodelled: 'SfnException',
    service: 'stepfunctions',
    operations: ['StartSyncExecution'],
  },
  'aws-sdk:sfn:describeExecution': {
    prefix: 'Sfn',
    unmodelled: 'SfnException',
    service: 'stepfunctions',
    operations: ['DescribeExecution'],
  },
};

/** The folder in which botocore, which comes with the emulator, describes the APIs; undefined if it is not installed. */
export function botocoreData(): string | undefined {
  const lib = inPythonEnvironment('lib');
  return lib && fs.readdirSync(lib)
    .map((python) => path.join(lib, python, 'site-packages', 'botocore', 'data'))
    .find((folder) => fs.existsSync(folder));
}

/** The error names in retries and catches that nothing can report, as `state: name`; and how many were looked at. */
export function unknownErrorNames({ States }: Definition, data: string): { readonly unknown: string[]; readonly looked: number } {
  const named = Object.entries(States).flatMap(([name, state]) => (
    [...state.Retry ?? [], ...state.Catch ?? []].flatMap(({ ErrorEquals }) => ErrorEquals).map((error) => ({ name, state, error }))
  ));
  const unknown = named
    .filter(({ error }) => !STATES_ERRORS.includes(error))
    // A function names its own errors.
    .filter(({ state, error }) => integrationOf(state) !== 'lambda:invoke' || error.includes('.'))
    .filter(({ state, error }) => !namesOf(integrationOf(state), data).includes(error));
  return { unknown: unknown.map(({ name, error }) => `${name}: ${error}`), looked: named.length };
}

function namesOf(integration: string, data: string): string[] {
  const known = INTEGRATIONS[integration];
  if (!known) {
    throw new Error(`the errors of ${integration} are not known: add it to INTEGRATIONS`);
  }
  const { prefix, unmodelled, service, operations, documented = [] } = known;
  const modelled = operations.flatMap((operation) => modelledErrors(data, service, operation));
  return [unmodelled, 'SdkClientException', ...documented, ...modelled].map((name) => `${prefix}.${name}`);
}

interface ServiceModel {
  readonly operations: Readonly<Record<string, { readonly errors?: readonly { readonly shape: string }[] }>>;
}

const models = new Map<string, ServiceModel>();

/** As Step Functions writes them: with the suffix even where the API has none. */
function modelledErrors(data: string, service: string, operation: string): string[] {
  const { operations } = models.get(service) ?? read(data, service);
  const called = operations[operation];
  if (!called) {
    throw new Error(`${service} has no operation ${operation}`);
  }
  return (called.errors ?? []).map(({ shape }) => `${shape.replace(/Exception$/, '')}Exception`);
}

function read(data: string, service: string): ServiceModel {
  const versions = fs.readdirSync(path.join(data, service)).filter((name) => /^\d/.test(name)).sort();
  const file = path.join(data, service, versions.at(-1) ?? '', 'service-2.json.gz');
  const model = JSON.parse(gunzipSync(fs.readFileSync(file)).toString()) as ServiceModel;
  models.set(service, model);
  return model;
}
