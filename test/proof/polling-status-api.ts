import {
  ALARM_METRICS, DEFINITIONS_VALID, DELIVERIES_ALLOWED, DYNAMODB, ERROR_NAMES, EXPRESSIONS_HOLD, IAM_ACTIONS, REGIONS, RESULTS_ARE_JSON,
  SERVICE_REQUESTS, STATEMENTS_NEEDED, VELOCITY,
} from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/jobs/polling-status-api.alarms.test.ts');
const api = testsIn('test/jobs/polling-status-api.api.test.ts');
const checks = testsIn('test/jobs/polling-status-api.checks.test.ts');
const composition = testsIn('test/jobs/polling-status-api.composition.test.ts');
const defaults = testsIn('test/jobs/polling-status-api.defaults.test.ts');
const deployment = testsIn('test/jobs/polling-status-api.deployment.test.ts');
const engines = testsIn('test/jobs/job-engines.test.ts');
const lateChanges = testsIn('test/jobs/polling-status-api.late-changes.test.ts');
const templates = testsIn('test/jobs/job-templates.test.ts');
const drill = testsIn('integ/integ.polling-status-api.ts');
const alarmDrill = testsIn('integ/integ.polling-status-api-alarms.ts');
const permissionDrill = testsIn('integ/integ.polling-status-api-permissions.ts');
const queueDrill = testsIn('integ/integ.polling-status-api-queue.ts');
const workers = testsIn('test/runtime/job.test.ts');
const expressDrill = testsIn('integ/integ.polling-status-api-express.ts');
const expressPermissionDrill = testsIn('integ/integ.polling-status-api-express-permissions.ts');
const costs = testsIn('test/docs/workflow-costs.test.ts');

const rings = (id: string, says: string, rung: string, metrics: string) => ({
  id, says, section: 'alarms', tests: [alarms('$prop › is on, with its defaults'), ALARM_METRICS, alarmDrill(rung, metrics)],
});

export const pollingStatusApi: PagePromises = {
  name: 'PollingStatusApi',
  page: 'docs/polling-status-api.md',
  promises: [
    {
      id: 'accepted-once',
      says: 'A job is accepted by one conditional write; sent again with its key, even at the same time, it is the same job',
      section: 'idempotency-keys',
      tests: [
        templates('the request that accepts a job › is one conditional UpdateItem that changes nothing the second time'),
        VELOCITY,
        DYNAMODB,
        drill('submitted three times at once.'),
      ],
    },
    {
      id: 'other-body-refused',
      says: 'The same key with another body is refused with 422',
      section: 'idempotency-keys',
      tests: [
        templates('the answer to a job that was not accepted › says what to do about a key (%#)'),
        VELOCITY,
        DYNAMODB,
        drill('runs.flatMap(([run, plan]) => [client.submit(run, plan)'),
      ],
    },
    {
      id: 'hostile-input',
      says: 'A body is kept byte by byte, and no body, key, id or owner breaks a request or an answer',
      section: 'the-methods',
      tests: [
        templates('the request that accepts a job › keeps a body with %s as it is, and as a text'),
        templates('the request that accepts a job › makes an id for a path of a key with %s'),
        VELOCITY,
      ],
    },
    {
      id: 'starts-work',
      says: 'What is accepted starts the work: the pipe gives each new job, and nothing else, to the engine',
      section: 'defaults',
      tests: [
        defaults('the pipe › gives each new job to the engine for as long as it could be done, and sets aside what it cannot'),
        SERVICE_REQUESTS,
        DELIVERIES_ALLOWED,
        drill('functions: { none: 40, fail: 6, big: 1, hang: 2, abort: 3, crash: 2, cancel: 2 }'),
      ],
    },
    {
      id: 'every-job-ends',
      says: 'Every accepted job comes to the end that its fault leads to: failed, crashed, hung, stopped, vanished, late, too large',
      section: 'pollingstatusapi',
      tests: [drill('Every job that was accepted ends, as its fault leads to, and never otherwise.')],
    },
    {
      id: 'final',
      says: 'A final status never changes; what a worker records after the deadline is refused by the table',
      section: 'get-jobsid',
      tests: [engines('the end of a workflow that could not record it › overwrites no end'), DYNAMODB, drill('vanish: 4, late: 1')],
    },
    {
      id: 'cancelled',
      says: 'The owner of a job that has not ended cancels it by one conditional write, as often as it is sent; one that has ended otherwise stays as it is (409)',
      section: 'post-jobsidcancel',
      tests: [
        templates('the request that cancels a job › is one conditional UpdateItem that changes nothing the second time'),
        templates('the answer to a job that was not cancelled › is 409 for one that has ended, or is past its deadline (%s)'),
        VELOCITY,
        DYNAMODB,
        queueDrill('owner.cannotCancel(\'done\', plans.done)'),
      ],
    },
    {
      id: 'cancelled-pending',
      says: 'A job that is cancelled while it waits is never begun',
      section: 'post-jobsidcancel',
      tests: [
        workers('taking a job › gives nothing for a job that is %s'),
        DYNAMODB,
        queueDrill('owner.traces(\'waiting\', plans.waiting, { begun: 0, results: 0 })'),
      ],
    },
    {
      id: 'cancelled-running',
      says: 'What is recorded of a job after it was cancelled is refused, and its worker is told at its next report',
      section: 'post-jobsidcancel',
      tests: [
        workers('a job that is not wanted any more › because it was cancelled refuses %s, and says why'),
        testsIn('emulator/test/test_python_job.py')('test_a_report_of_a_job_that_has_ended_is_refused'),
        DYNAMODB,
        queueDrill('owner.traces(\'running\', plans.running, { begun: 1, results: 0 })'),
      ],
    },
    {
      id: 'cancelled-no-failure',
      says: 'A cancelled job is no failure: its workflow succeeds, however the work ends, and no alarm rings',
      section: 'post-jobsidcancel',
      tests: [
        engines('the workflow around the work › takes the job once, works within its time, and records how it ended'),
        DEFINITIONS_VALID,
        DYNAMODB,
        drill('client.untilCancelledWithoutFailure(\'functions\', plans.functions)'),
        alarmDrill('client.untilCancelledWithoutFailure(\'silent\', { cancel: 1 })', 'cloudwatch_states_metrics'),
      ],
    },
    {
      id: 'cancel-own-only',
      says: 'Nobody cancels another\'s job, whatever id they ask for',
      section: 'get-jobsid',
      tests: [
        templates('the owner of a job › is %s'),
        VELOCITY,
        permissionDrill('bob.peeks(\'functions\', plans.functions, { read: 404, submission: 202 })'),
      ],
    },
    {
      id: 'workflow-broken',
      says: 'Where the workflow itself breaks or is stopped, a second one records the failure',
      section: 'engines',
      tests: [
        engines('the end of a workflow that could not record it › is recorded by another, whether it failed, hung or was stopped'),
        DEFINITIONS_VALID,
        drill('abort: 3', 'step_functions_status_events'),
      ],
    },
    {
      id: 'express-ends',
      says: 'With an Express workflow too, every accepted job comes to the end that its fault leads to: failed, crashed, hung, too large, throttled',
      section: 'standard-or-express',
      tests: [
        engines('an Express workflow › does what a Standard one does, within the five minutes that it has'),
        DEFINITIONS_VALID,
        EXPRESSIONS_HOLD,
        expressDrill('Every job that was accepted ends, as its fault leads to, and never otherwise;'),
      ],
    },
    {
      id: 'express-broken',
      says: 'A job whose Express workflow breaks reads as `TIMEOUT` from its deadline on, and `failed` or `timedOut` rings',
      section: 'standard-or-express',
      tests: [
        engines('an Express workflow › has alarms on how its executions end, which nobody can stop'),
        expressDrill('hung: [\'TimedOutAlarm\']', 'cloudwatch_states_metrics'),
        expressPermissionDrill('broken: [\'FailedAlarm\']', 'cloudwatch_states_metrics'),
      ],
    },
    {
      id: 'express-not-waited-for',
      says: 'The pipe starts an Express workflow and does not wait for it, so that no job waits for another',
      section: 'standard-or-express',
      tests: [engines('an Express workflow › is started by the pipe, which does not wait for it'), SERVICE_REQUESTS, DELIVERIES_ALLOWED],
    },
    {
      id: 'express-permissions',
      says: 'An Express workflow may write the job and do the work; nothing else is made that EventBridge would have to start',
      section: 'permissions',
      tests: [
        engines('an Express workflow › has nothing that would hear of its end, of which there is no event'),
        engines('an Express workflow › has its data encrypted by the key of the customer, which EventBridge need not use'),
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
        expressPermissionDrill('functions: { none: 4 }, machines: { none: 4 }', 'step_functions_role'),
      ],
    },
    {
      id: 'express-refused',
      says: 'Where an Express workflow could not work, it is refused: jobs of more than 4 minutes, a Standard machine, an alarm on stopped executions',
      section: 'what-is-checked',
      tests: [engines('an Express workflow › is refused, with all that is wrong at once, for %s')],
    },
    {
      id: 'workflow-costs',
      says: 'What a job costs with a Standard and with an Express workflow is computed from stated prices',
      section: 'cost',
      tests: [costs('the table is the one that the prices lead to'), costs('a job that is done takes as many transitions as are counted')],
    },
    {
      id: 'taken-once',
      says: 'Only one of two workflows for the same job goes on',
      section: 'engines',
      tests: [
        engines('the workflow around the work › takes the job once, works within its time, and records how it ended'),
        DEFINITIONS_VALID,
        DYNAMODB,
      ],
    },
    {
      id: 'workflow-sound',
      says: 'The workflow\'s expressions have a value for every body and every result',
      section: 'engines',
      tests: [DEFINITIONS_VALID, EXPRESSIONS_HOLD],
    },
    {
      id: 'result-is-json',
      says: 'What the function, machine or worker returns is the `result`, byte for byte, and writes nothing else into the answer',
      section: 'engines',
      tests: [
        templates('the answer with a job › has the result %j byte for byte, and nothing is added by it'),
        RESULTS_ARE_JSON,
        VELOCITY,
        drill('functions: { none: 40, fail: 6, big: 1, hang: 2, abort: 3, crash: 2, cancel: 2 }', 'step_functions_lambda_sdk'),
      ],
    },
    {
      id: 'retried',
      says: 'What Lambda or Step Functions could not do, throttling included, is tried again for as long as the job may take',
      section: 'defaults',
      tests: [engines('the workflow around the work › that takes up to %s is tried again %d times'), ERROR_NAMES],
    },
    {
      id: 'set-aside',
      says: 'A job that cannot be given to the engine is set aside in the dead-letter queue for 14 days',
      section: 'defaults',
      tests: [
        defaults('the pipe › sets aside in a queue that keeps for 14 days'),
        drill('runs.map(([run]) => client.untilSetAside(run, run === \'forsaken\'))'),
      ],
    },
    {
      id: 'problems',
      says: 'Every error is a problem (`application/problem+json`) that tells no more than it must, API Gateway\'s own included',
      section: 'errors',
      tests: [
        templates('the answer to a job that was not accepted › is for %s a problem that tells no more than it must'),
        defaults('the API › answers its own errors as problems too'),
        VELOCITY,
        drill('client.refuses(\'queue\')', 'api_gateway_gateway_responses'),
      ],
    },
    {
      id: 'body-checked',
      says: 'A body that does not match the schema, or is too large, is refused before anything is written',
      section: 'large-bodies',
      tests: [
        defaults('the methods › check the body before anything is written'),
        checks('numbers are held to what can work › a queue takes bodies of up to 256 KiB'),
        drill('client.refuses(\'queue\')', 'cloudformation_request_validators'),
      ],
    },
    {
      id: 'own-jobs-only',
      says: 'Nobody reads another\'s job, whatever id they ask for; another caller\'s equal key is another job',
      section: 'get-jobsid',
      tests: [
        templates('the owner of a job › is %s'),
        VELOCITY,
        permissionDrill('bob.peeks(\'functions\', plans.functions, { read: 404, submission: 202 })'),
      ],
    },
    {
      id: 'authorizers',
      says: 'The owner is the role, the Cognito `sub` or the authorizer\'s `principalId`; an authorizer that tells no owner is an error',
      section: 'get-jobsid',
      tests: [
        templates('the owner of a job › is %s'),
        checks('authorization › an authorizer that tells no owner (%j) is refused'),
        alarmDrill('newApiWithAuthorizer(\'silent\', \'Silent\''),
      ],
    },
    {
      id: 'cognito',
      says: 'Users of a Cognito user pool submit and read their jobs from a browser',
      section: 'users-of-a-cognito-user-pool-from-a-browser',
      tests: [
        checks('authorization › a Cognito authorizer may have scopes'),
        api('CORS › lets the pages of %j call, and read where the job is'),
      ],
    },
    {
      id: 'origins',
      says: 'Of several origins each answer allows the caller\'s, if it is one of them, and never a cookie',
      section: 'users-of-a-cognito-user-pool-from-a-browser',
      tests: [
        api('CORS › for several origins › every answer to %j allows %s'),
        api('CORS › lets the pages of %j call, and read where the job is'),
        drill('for pages of two origins of which the client is the second.'),
      ],
    },
    {
      id: 'existing-api',
      says: 'The methods can be added to an existing API, which is deployed again, watched, and otherwise left as it is',
      section: 'an-existing-api-and-another-path',
      tests: [
        api('an API that is given › gets the methods, and no other API is made'),
        api('an API that is given › has its stage watched'),
        api('an API that is given › is deployed again when a model changes'),
        drill('In the API of the others, at a path of its own'),
      ],
    },
    {
      id: 'public-url',
      says: '`publicUrl` begins the `Location` of each job',
      section: 'a-custom-domain-name-cloudfront',
      tests: [api('publicUrl › begins the Location of each job')],
    },
    {
      id: 'private-api',
      says: 'A private API has its resource policy, without which it is refused',
      section: 'a-private-api',
      tests: [api('the endpoint › may be private, with a resource policy'), api('the endpoint › that is private needs a resource policy')],
    },
    {
      id: 'late-changes',
      says: 'A later change of what was derived fails the synthesis with the place, both values and the prop to state instead',
      section: 'what-is-checked',
      tests: [
        lateChanges('the error names the construct, the value, what it should be, and how to say it'),
        lateChanges('an injector of the CDK\'s own constructs › changes %s'),
        lateChanges('a role that may no longer do › what %s does'),
        lateChanges('what may change › %s'),
      ],
    },
    {
      id: 'no-cache',
      says: 'A cache of the stage that would answer one caller with jobs of another is refused',
      section: 'what-is-checked',
      tests: [lateChanges('a cache › must not answer with jobs'), lateChanges('a cache › may answer other requests')],
    },
    {
      id: 'worker-duty',
      says: 'The worker on the page takes a job, and reports its result, its failure, or nothing after the job was cancelled or its deadline',
      section: 'what-a-worker-must-do',
      tests: [
        testsIn('rosetta/job-worker.ts-fixture')('Drives the worker: a job that is done, one that failed, one that is too late, one that is cancelled meanwhile.'),
        workers('a report › of the result %j is its JSON'),
        drill('queue: { none: 45, fail: 5, vanish: 4, late: 1, poison: 1 }'),
        queueDrill('owner.untilEnded(\'done\', plans.done)'),
      ],
    },
    rings(
      'rings-server-errors',
      '`serverErrors` rings when the API cannot reach its table',
      'broken: [\'ServerErrorsAlarm\']',
      'cloudwatch_api_gateway_metrics',
    ),
    rings('rings-latency', '`latency` rings for slow requests', 'slow: [\'LatencyAlarm\']', 'cloudwatch_api_gateway_metrics'),
    rings(
      'rings-dead-letters',
      '`deadLetters` and `moreDeadLetters` ring for a queue that is gone, the latter again for more',
      'forsaken: [\'DeadLettersAlarm\', \'MoreDeadLettersAlarm\']',
      'cloudwatch_sqs_metrics',
    ),
    rings('rings-pipe-failed', '`pipeFailed` rings for a pipe that cannot deliver', 'forsakenPipe: [\'PipeFailedAlarm\']', 'cloudwatch_pipes_metrics'),
    {
      id: 'rings-pipe-throttled',
      says: '`pipeThrottled` rings for a pipe that is throttled',
      section: 'alarms',
      tests: [alarms('$prop › is on, with its defaults'), ALARM_METRICS],
    },
    rings('rings-failed', '`failed` rings for a job that fails', 'failing: [\'FailedAlarm\']', 'cloudwatch_states_metrics'),
    rings('rings-aborted', '`aborted` rings for an execution that is stopped', 'stopped: [\'AbortedAlarm\']', 'cloudwatch_states_metrics'),
    rings('rings-timed-out', '`timedOut` rings for a workflow that hangs', 'hung: [\'TimedOutAlarm\']', 'cloudwatch_states_metrics'),
    {
      id: 'silence',
      says: 'No alarm rings for good jobs and bad requests, and all are OK after the faults',
      section: 'alarms',
      tests: [alarmDrill('Nothing is wrong with these two. They get jobs, of which one is cancelled, and requests that are refused for what the client did wrong.')],
    },
    {
      id: 'permissions',
      says: 'API, pipe, workflow, rule and worker have the permissions that they need, and no more',
      section: 'permissions',
      tests: [
        defaults('permissions › the API may write and read a job, and no more'),
        engines('the workflow around the work › may write the job and do the work'),
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
        IAM_ACTIONS, permissionDrill('...runs.map(([run, plan]) => alice.untilEnded(run, plan))', 'step_functions_role'),
      ],
    },
    {
      id: 'grant-submit',
      says: 'Without `grantSubmit`, and for an unsigned request, the answer is 403',
      section: 'permissions',
      tests: [
        defaults('permissions › grantSubmit allows the three methods'),
        permissionDrill('mallory.peeks(\'functions\', plans.functions, { unsigned: true, read: 403, submission: 403 })'),
      ],
    },
    {
      id: 'lost-table',
      says: 'When the API may no longer use its table, clients are told 500 and no more, and `serverErrors` rings until the repair',
      section: 'errors',
      tests: [
        templates('the answer to a read that failed › is for %s %d'),
        permissionDrill('{ status: 500, title: \'Internal Server Error\', alarm: \'ALARM\' }', 'cloudwatch_api_gateway_metrics'),
      ],
    },
    {
      id: 'key',
      says: 'With a customer-managed key all that need it may use it, EventBridge too',
      section: 'permissions',
      tests: [
        composition('a customer-managed key › can be used by all who need it'),
        composition('a customer-managed key › lets EventBridge set aside'),
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
      ],
    },
    {
      id: 'throttled',
      says: 'The API takes 100 requests a second, 200 at once, and answers more with 429 and `Retry-After`',
      section: 'defaults',
      tests: [
        defaults('the API › takes 100 requests a second, and 200 at once'),
        defaults('the API › answers its own errors as problems too'),
      ],
    },
    {
      id: 'expires',
      says: 'A job is readable until it expires, and 404 from then on, though it may still be in the table',
      section: 'idempotency-keys',
      tests: [
        templates('the answer with a job › is 404 for one that expired %d seconds ago and is still in the table'),
        templates('the answer to an accepted job › is 422 for a key whose job expired %d seconds ago and is still in the table'), VELOCITY,
      ],
    },
    {
      id: 'deletion',
      says: 'When the stack is deleted, the table stays, restorable to any second of 35 days; when a first deployment fails, it goes',
      section: 'stacks-keys-and-deletion',
      tests: [
        defaults('the table › with the removal policy %s'),
        defaults('the table › with %j is protected from deletion: %s'),
        defaults('the table › is on demand, can be restored, forgets jobs, and tells of new ones by their key'),
      ],
    },
    {
      id: 'redeployed',
      says: 'Every change of what the API is made of makes a new deployment, an authorizer\'s and an override\'s too',
      section: 'stacks-keys-and-deletion',
      tests: [deployment('another %s makes another deployment'), deployment('what becomes of it afterwards › %s makes another deployment')],
    },
    {
      id: 'vended-logs',
      says: 'The logs of pipe and workflows take no room in the account\'s resource policy',
      section: 'defaults',
      tests: [
        defaults('the pipe › logs its errors, without the data of jobs, in a group that needs no entry in the resource policy of the account'),
        engines('the workflow around the work › is Standard, traced, and logs its errors without their data for a month'),
      ],
    },
    {
      id: 'logging-account-warned',
      says: 'Access logs without a logging role of the account in the app are warned of',
      section: 'minimal',
      tests: [
        composition('the role of the account that API Gateway logs with › is warned of while nothing in the app makes it'),
        composition('the role of the account that API Gateway logs with › is not warned of where it is made %s'),
      ],
    },
    {
      id: 'history-encrypted',
      says: 'Bodies and results in the histories of the workflows are encrypted with the customer\'s key',
      section: 'permissions',
      tests: [composition('a customer-managed key › encrypts the workflows and their histories')],
    },
    {
      id: 'other-places',
      says: 'Machines, functions and queues of other accounts and regions are refused or warned of; aliases and versions work',
      section: 'engines',
      tests: [
        engines('what does the work in another place › is refused: a %s of another %s, and nothing of the API is left'),
        engines('what does the work in another place › is a warning for a function of account %s: %d'),
        engines('StateMachineEngine › starts %san imported machine, and is allowed to by the name of the machine'),
      ],
    },
    {
      id: 'unknown-owner',
      says: 'A caller that the authorizer does not name is refused with 403',
      section: 'errors',
      tests: [
        templates('the owner of a job › that is not known (%s) › submits no job, and is told why'),
        templates('the owner of a job › that is not known (%s) › reads no job, and is told why'),
        VELOCITY,
      ],
    },
    {
      id: 'other-stacks',
      says: 'The worker may stand in another stack, which does not come to depend on this one, also not by `grantReport`',
      section: 'stacks-keys-and-deletion',
      tests: [
        composition('a worker in another stack › may report%s, and its stack waits for nothing'),
        composition('a queue whose key is in another stack makes that stack wait for nothing'),
      ],
    },
    {
      id: 'own-engine',
      says: 'An engine of your own is given jobs by the pipe',
      section: 'engines',
      tests: [engines('an engine of one\'s own › gets what it needs, and says where to deliver')],
    },
    {
      id: 'access-logs',
      says: 'Each request is logged for a month, without its body and its key',
      section: 'defaults',
      tests: [defaults('the API › logs each request for a month, without its body and its key')],
    },
    {
      id: 'regions',
      says: 'The regions where it cannot be deployed, because they have no EventBridge Pipes, are on the page',
      section: 'minimal',
      tests: [REGIONS],
    },
    {
      id: 'web-acl',
      says: 'A web ACL may stand before the API',
      section: 'a-web-acl',
      tests: [],
      untested: 'the snippet is compiled and synthesized; the emulator has no web ACLs',
    },
  ],
};
