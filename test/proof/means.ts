import type { DocumentedPromise, TestReference } from './promise';

/** By what a promise is shown. It follows from where a test stands, and is never stated. */
export const MEANS = {
  emulated: 'deployed through CloudFormation to the [local emulator](test-bed.md) and driven there with faults; what is seen is how the '
    + 'emulator itself behaves',
  patched: 'the same, but what is seen is, at least in part, the work of [supplements](test-bed.md#what-the-supplements-mend) that this '
    + 'project wrote from AWS\'s documentation',
  engine: 'done by an engine that others wrote: Apache Velocity, JSONata\'s reference implementation, asl-validator, dynoxide',
  policy: 'each delivery evaluated, by an evaluator of this project, against the policies in the template, with and without the statement that allows it',
  schema: 'compared with descriptions that AWS publishes: the service specification, resource schemas, botocore\'s models, the service '
    + 'authorization reference, the region data of cfn-lint',
  run: 'code that runs in a function or on the command line, or a mapping template, run by a unit test against substitutes',
  static: 'read from the synthesized template, or from what synthesis says',
} as const;

export type Means = keyof typeof MEANS;

/** Where tests stand, and which means they are. The first that fits counts. */
const BY_PLACE: readonly (readonly [place: RegExp, means: Means])[] = [
  // It needs no supplement: AWS's own client for Python, and S3 as the emulator has it.
  [/^emulator\/test\/test_claim_check_interop\.py/, 'emulated'],
  [/^emulator\/test\/test_python_(job|worker)\.py/, 'emulated'],
  // Processes of the worker loop, and SQS as the emulator has it.
  [/^emulator\/test\/worker\.test\.ts/, 'emulated'],
  [/^emulator\/test\//, 'patched'],
  [/^test\/opinions\/state-machines\.test\.ts › botocore/, 'schema'],
  [/^test\/opinions\/(state-machines|mapping-templates|test_dynamodb_expressions)/, 'engine'],
  [/^test\/opinions\/test_deliveries/, 'policy'],
  [/^test\/opinions\/(alarms|cloudformation-validate|test_service_requests|test_iam_actions|test_regions)/, 'schema'],
  [/^test\/(runtime|examples|cli\/replay)\/|^test\/jobs\/job-templates\.test\.ts|^rosetta\//, 'run'],
  [/^(test|examples|src)\//, 'static'],
];

/** The supplements that every drill of a kind depends on. */
const BY_DRILL: readonly (readonly [drill: RegExp, supplements: readonly string[]])[] = [
  [/-alarms\.ts$|\/integ\.failure-bucket\.ts$/, ['cloudwatch_alarm_evaluation', 'cloudwatch_alarm_actions']],
  [/-permissions\.ts$/, ['loopback_is_secure_transport']],
  [/\/integ\.canary-function/, ['codedeploy', 'codedeploy_lambda_alias_update', 'lambda_weighted_alias', 'cloudwatch_alarm_evaluation']],
  [/\/integ\.polling-status-api/, ['api_gateway_integrations', 'pipes_delivery']],
  [/\/integ\.topic-fan-out/, ['sns_dead_letter_queue']],
  [/\/integ\.event-router/, ['cloudformation_types_by_api', 'cloudformation_event_bus_properties']],
  [/\/integ\.bucket-delivery/, ['firehose_delivery']],
  [/\/integ\.(queue-fed-service|polling-status-api-queue)/, ['ecs_tasks', 'ecs_task_protection', 'application_auto_scaling', 'cloudwatch_sqs_metrics']],
  [/\/integ\.queue-fed-workflow/, ['pipes_delivery', 'pipes_parameters', 'pipes_queue_source', 'step_functions_nested_executions', 'step_functions_status_events']],
  [/\/integ\.(stream|table)-fed-function/, ['lambda_stream_delivery', 'lambda_stream_destination']],
];

/** What runs the behaviour that is promised, by code of others or by AWS's own documents; the rest looks at templates only. */
const RUNNING: readonly Means[] = ['emulated', 'engine', 'policy', 'run'];

export function isDrill(file: string): boolean {
  return file.startsWith('integ/');
}

/** The supplements of the emulator that a drill depends on, to show this. */
export function supplementsOf({ file, supplements = [] }: TestReference): string[] {
  const common = BY_DRILL.filter(([drill]) => drill.test(file)).flatMap(([, names]) => names);
  return isDrill(file) ? [...new Set([...common, ...supplements])] : [];
}

/** @throws Error for a test whose place says nothing of its means */
export function meansOf(test: TestReference): Means {
  if (isDrill(test.file)) {
    return supplementsOf(test).length > 0 ? 'patched' : 'emulated';
  }
  const [, means] = BY_PLACE.find(([place]) => place.test(`${test.file} › ${test.name ?? ''}`)) ?? [];
  if (means === undefined) {
    throw new Error(`${test.file}: say in test/proof/means.ts what a test there shows`);
  }
  return means;
}

/** All means by which a promise is shown, in the order of `MEANS`. */
export function meansFor({ tests }: DocumentedPromise): Means[] {
  const found = new Set(tests.map(meansOf));
  return (Object.keys(MEANS) as Means[]).filter((means) => found.has(means));
}

/** How far a promise rests on the supplements: on nothing else, or for all but the template. */
export function restsOnSupplements(promise: DocumentedPromise): 'alone' | 'when run' | undefined {
  const means = meansFor(promise);
  if (!means.includes('patched') || means.some((one) => RUNNING.includes(one))) {
    return undefined;
  }
  return means.length === 1 ? 'alone' : 'when run';
}
