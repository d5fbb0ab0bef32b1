import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, REGIONS, RESOURCE_SCHEMAS, SERVICE_REQUESTS, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/alarms/alarms.test.ts');
const runbooks = testsIn('test/alarms/runbooks.test.ts');
const twoCopies = testsIn('test/alarms/two-copies.test.ts');
const everyPattern = testsIn('test/patterns/check-pattern.ts');
const findings = testsIn('test/rigs/findings.test.ts');
const nag = testsIn('test/operations/nag-acknowledgements.test.ts');
const upgrade = testsIn('test/rigs/upgrade.test.ts');
const alarmSupplement = testsIn('emulator/test/test_encrypted_destinations.py');

/** What holds for every pattern, and the alarms that they share. */
export const allPatterns: PagePromises = {
  name: 'All patterns',
  page: 'docs/alarms.md',
  promises: [
    {
      id: 'setting-aside-works',
      says: 'The permissions and key grants that setting aside takes are made, none is missing and none is there for nothing',
      section: '../README.md#the-delivery-contract',
      tests: [DELIVERIES_ALLOWED, STATEMENTS_NEEDED, IAM_ACTIONS],
    },
    {
      id: 'templates-valid',
      says: 'What is synthesized is what CloudFormation and the services take, without findings that are not acknowledged',
      section: '../README.md#the-delivery-contract',
      tests: [
        findings('cdk-nag, packs AwsSolutions and Serverless › finds nothing that is not acknowledged'),
        findings('cfn-lint › finds nothing that is not acknowledged'),
        RESOURCE_SCHEMAS,
        SERVICE_REQUESTS,
        REGIONS,
      ],
    },
    {
      id: 'late-changes',
      says: 'What an aspect, an override or a property injector changes of a value that others depend on stops the synthesis, with the value that it '
        + 'must be and the prop that states it',
      section: 'late-changes.md#aspects-overrides-and-property-injectors',
      tests: [
        { file: 'test/alarms/late-changes.test.ts' },
        { file: 'test/messaging/queue-fed-function.late-changes.test.ts' },
        { file: 'test/messaging/topic-fan-out.late-changes.test.ts' },
        { file: 'test/functions/canary-function.late-changes.test.ts' },
        { file: 'test/storage/claim-check-bucket.late-changes.test.ts' },
        { file: 'test/jobs/polling-status-api.late-changes.test.ts' },
      ],
    },
    {
      id: 'nag-acknowledgements',
      says: '`NagAcknowledgements` leaves no finding of cdk-nag on the resources of a pattern, and those on others as they are',
      section: 'cdk-nag.md#what-is-acknowledged',
      tests: [
        findings('cdk-nag, packs AwsSolutions and Serverless › finds nothing that is not acknowledged'),
        findings('cdk-nag, packs AwsSolutions and Serverless › still finds all that NagAcknowledgements acknowledges'),
        nag('what is left to its owner › another resource in the scope'),
        nag('cdk-nag 3 › reads the acknowledgements of the CDK'),
      ],
    },
    {
      id: 'no-custom-resource',
      says: 'No Lambda-backed custom resource, no physical name',
      section: '../CONTRIBUTING.md#house-style',
      tests: [everyPattern('has no custom resource'), everyPattern('names nothing')],
    },
    {
      id: 'placement',
      says: 'Every pattern works twice in a stack, in nested stacks and in stages',
      section: '../CONTRIBUTING.md#adding-a-pattern',
      tests: [everyPattern('two in one stack'), everyPattern('in a nested stack'), everyPattern('inside a stage')],
    },
    {
      id: 'defaults-documented',
      says: 'Every default is on the pattern\'s page, with its reason and its source',
      section: '../CONTRIBUTING.md#house-style',
      tests: [everyPattern('state each default with its reason and its source'), everyPattern('list the default of $name')],
    },
    {
      id: 'stable',
      says: 'Ids, defaults and alarms do not change within a major version',
      section: '../CONTRIBUTING.md#stability',
      tests: [
        upgrade('since the last recorded release › nothing breaking came that is not acknowledged'),
        everyPattern('keeps its tree and its template'),
      ],
    },
    {
      id: 'alarms-described',
      says: 'Every alarm is on a metric that AWS has, says what to do first, and names its runbook',
      section: 'alarms',
      tests: [everyPattern('say what to do first and name a runbook that exists'), ALARM_METRICS],
    },
    {
      id: 'notify',
      says: '`Alarms.of(scope).notify` reaches all alarms in and below its scope, whether made before or after, and no others',
      section: 'alarms',
      tests: [alarms('a route › made %s the alarms reaches them all'), alarms('a route › does not reach alarms of others')],
    },
    {
      id: 'notified',
      says: 'Those on call hear an alarm by their topic',
      section: 'alarms',
      tests: [testsIn('integ/integ.queue-fed-function-alarms.ts')('Alarms.of(stack).notify(new SnsAction(ledger.onCall))')],
    },
    {
      id: 'by-severity',
      says: '`notifyOf` reaches the alarms of its severity only',
      section: 'by-severity',
      tests: [alarms('a route › of severity %s reaches only those alarms')],
    },
    {
      id: 'encrypted-topic',
      says: 'CloudWatch is granted the customer-managed key of an alarm topic; the AWS-managed key is an error',
      section: 'encrypted-topics',
      tests: [
        alarms('a topic as an action › with a customer key: CloudWatch is granted the key, once'),
        alarms('a topic as an action › with the AWS-managed key, %s, is refused: CloudWatch may not use it'),
        DELIVERIES_ALLOWED, alarmSupplement('test_an_alarm_needs_the_key_of_its_topic'),
      ],
    },
    {
      id: 'topic-with-policy',
      says: 'A topic with a policy lets CloudWatch publish, whichever comes first',
      section: 'topics-with-a-policy',
      tests: [
        alarms('a topic as an action › with a policy lets CloudWatch publish, once for all alarms and syntheses'),
        alarms('a topic as an action › with a policy that is made after the route lets CloudWatch publish'),
        alarmSupplement('test_an_alarm_needs_the_policy_of_its_topic'),
      ],
    },
    {
      id: 'nobody-notified',
      says: 'An app in which no alarm, or only some, notify anybody gets one warning',
      section: 'when-nobody-is-notified',
      tests: [
        alarms('alarms that notify nobody › are one warning for the app'),
        alarms('alarms that notify nobody › while others of the app do › are one warning that names them: %s'),
        alarms('alarms that notify nobody › can be acknowledged %s'),
      ],
    },
    {
      id: 'other-accounts-and-regions',
      says: 'A topic of another account lets the alarms of each account publish, and one of another region is an error',
      section: 'other-accounts-and-regions',
      tests: [
        alarms('a topic as an action › of another account › of this app lets the alarms of each account publish, with enforceSSL: %s'),
        alarms('a topic as an action › of another account › that is imported is notified, with a warning that says what its policy must allow'),
        alarms('a topic as an action › of another region, %s, is an error at synthesis, once for a stack'),
      ],
    },
    {
      id: 'ok-actions',
      says: 'Alarms that are over run the actions for OK',
      section: 'when-it-is-over',
      tests: [alarms('a route › for OK runs its actions when the alarms are over')],
    },
    {
      id: 'own-runbooks',
      says: 'Descriptions link to the runbooks of the release, or to those of the organisation',
      section: 'runbooks-of-your-own',
      tests: [
        runbooks('the description of an alarm links to the runbook of this release'),
        runbooks('an organisation has its own runbooks, a scope its own again, whichever is said first'),
      ],
    },
    {
      id: 'one-library',
      says: 'Two copies of the library in one app share a handler\'s alarms, and both are routed',
      section: 'alarms',
      tests: [twoCopies('two copies of the library have one set of alarms for a handler, and route all of them')],
    },
    {
      id: 'runbooks',
      says: 'The commands of the runbooks work',
      section: 'runbooks/queue-fed.md#dead-letters',
      tests: [],
      untested: 'that each alarm names a section that is there is tested; no test runs the commands in it',
    },
    {
      id: 'costs',
      says: 'Alarms and a million messages cost what the pages say',
      section: 'cost',
      tests: [],
      untested: 'it is arithmetic with prices as they were commonly stated',
    },
    {
      id: 'composite',
      says: 'Composite alarms and dashboards take `alarms` as they are',
      section: 'composite-alarms-and-dashboards',
      tests: [],
      untested: 'the snippet is compiled and synthesized; nothing looks at what it shows',
    },
    {
      id: 'languages',
      says: 'The same app in TypeScript, Python, Java and Go makes the same template',
      section: '../README.md#install',
      tests: [testsIn('examples/languages/check.ts')('make the same template')],
    },
    {
      id: 'csharp',
      says: 'The C# package works',
      section: '../README.md#install',
      tests: [],
      untested: 'its sources are generated and not compiled',
    },
  ],
};
