import { ALARM_METRICS, DELIVERIES_ALLOWED, IAM_ACTIONS, SERVICE_REQUESTS, STATEMENTS_NEEDED } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const alarms = testsIn('test/functions/canary-function.alarms.test.ts');
const checks = testsIn('test/functions/canary-function.checks.test.ts');
const defaults = testsIn('test/functions/canary-function.defaults.test.ts');
const codedeploy = testsIn('emulator/test/test_codedeploy.py');
const hooks = testsIn('test/functions/canary-function.hooks.test.ts');
const derivedValues = testsIn('test/late-changes.ts');
const lateChanges = testsIn('test/functions/canary-function.late-changes.test.ts');
const owners = testsIn('test/functions/canary-function.owners.test.ts');
const versions = testsIn('test/functions/canary-function.versions.test.ts');
const drill = testsIn('integ/integ.canary-function.ts');
const parameters = testsIn('integ/integ.canary-function-parameters.ts');
const allAtOnce = testsIn('integ/integ.canary-function-all-at-once.ts');
const rollbacks = testsIn('integ/integ.canary-function-rollbacks.ts');
const repair = testsIn('integ/integ.canary-function-repair.ts');
const permissionDrill = testsIn('integ/integ.canary-function-permissions.ts');

export const canaryFunction: PagePromises = {
  name: 'CanaryFunction',
  page: 'docs/canary-function.md',
  promises: [
    {
      id: 'shift',
      says: 'A new version gets 10 % of the invocations for 5 minutes, then all of them',
      section: 'minimal',
      tests: [
        defaults('a deployment › gives the new version 10 % for 5 minutes'),
        SERVICE_REQUESTS,
        drill('release(\'two\', { version: \'1\', weights: { 3: 0.1 } })'),
      ],
    },
    {
      id: 'stopped-by-alarm',
      says: 'A version that fails loses its traffic again, and the stack rolls back',
      section: 'minimal',
      tests: [
        defaults('a deployment › is stopped by the alarms on the new version and by no others'),
        defaults('a deployment › is rolled back when it fails, when it is stopped and when an alarm fires'),
        drill('deployment: { status: \'Stopped\', error: \'ALARM_ACTIVE\' }'),
      ],
    },
    {
      id: 'each-change',
      says: 'Each change of the code and of a setting is another version, whenever and by whatever it is made',
      section: 'which-changes-are-released',
      tests: [
        versions('each property of a function › %s is part of the version'),
        versions('each property of a function › one that an aspect changes after everything was made is part of the version'),
        versions('with the context %j › another content of a layer that is %s is another version'),
        versions('a resource that the function refers to › and that %s, so that it is replaced, makes another version'),
      ],
    },
    {
      id: 'each-deployment-value',
      says: 'So is each change of what only the deployment knows, such as the value of a parameter; what cannot be is an error',
      section: 'which-changes-are-released',
      tests: [
        versions('what only the deployment knows is part of the description › %s'),
        versions('what can be in no description is an error › a parameter with NoEcho'),
        parameters('The new value gets its tenth, fails, and the old one has all traffic again.'),
      ],
    },
    {
      id: 'late-changes',
      says: 'A derived value that an aspect, an injector or an override changes is an error at synthesis, which says how to state it',
      section: 'what-is-checked',
      tests: [
        derivedValues('changed by an override'),
        derivedValues('changed by an aspect'),
        lateChanges('an injector of the CDK\'s own constructs › changes %s'),
      ],
    },
    {
      id: 'two-owners',
      says: 'A second alias of the same name is an error, whoever makes it, and wherever',
      section: 'what-is-checked',
      tests: [
        owners('a second alias of the name › that is there already is an error: %s'),
        owners('a second alias of the name › that comes later is an error at synthesis: %s'),
      ],
    },
    {
      id: 'hook-elsewhere',
      says: 'A hook may stand in another stack; one whose role cannot be changed is warned of',
      section: 'hooks',
      tests: [
        hooks('a hook of another stack › has its policy in the stack of the canary, so that the stacks make no cycle (made first: %s)'),
        hooks('an imported hook › with a role that must not be changed is warned of'),
      ],
    },
    {
      id: 'nothing-lost',
      says: 'Behind a queue no message is lost or set aside while a bad version has its tenth of the traffic',
      section: 'what-callers-must-do',
      tests: [drill('A tenth of the traffic finds out, and no more comes to harm than tries again.')],
    },
    {
      id: 'rings-new-version-errors',
      says: '`newVersionErrors` stops a deployment for an error of the new version',
      section: 'alarms',
      tests: [alarms('$prop'), ALARM_METRICS, drill('rang: Match.arrayWith([\'NewVersionErrorsAlarm\'])', 'cloudwatch_lambda_metrics')],
    },
    {
      id: 'rings-new-version-error-rate',
      says: '`newVersionErrorRate` alone stops a version that fails more often than the old one',
      section: 'alarms',
      tests: [
        alarms('$prop'),
        ALARM_METRICS,
        rollbacks('so that the rate alone has to tell', 'cloudformation_metric_math_alarm', 'cloudwatch_lambda_metrics'),
      ],
    },
    {
      id: 'rings-new-version-duration',
      says: '`newVersionDuration` alone stops a version that is too slow',
      section: 'alarms',
      tests: [alarms('$prop'), ALARM_METRICS, rollbacks('rang: [\'NewVersionDurationAlarm\']', 'cloudwatch_lambda_metrics')],
    },
    {
      id: 'rings-alias',
      says: '`errors` and `duration` of the alias tell those on call; the alarms on the new version tell nobody',
      section: 'alarm-notifications',
      tests: [
        alarms('who hears them › people hear those on the alias, which can wait until working hours'),
        alarms('who hears them › those on the new version are for CodeDeploy alone'),
        allAtOnce('untilHeard([\'DurationAlarm\', \'ErrorsAlarm\'])', 'cloudwatch_alarm_actions', 'cloudwatch_lambda_metrics'),
      ],
    },
    {
      id: 'own-alarms',
      says: 'Alarms of your own stop a deployment too, at most ten in all',
      section: 'alarms-of-your-own-that-stop-a-deployment',
      tests: [
        defaults('a deployment › is stopped by alarms that are given, too'),
        checks('rollbackAlarms › are at most ten with those that are made here'),
        lateChanges('the alarms of the deployment group › are at most ten, those that are added included'),
        repair('canary.deploymentGroup.addAlarm(recentErrors)'),
      ],
    },
    {
      id: 'canary-without-alarms',
      says: 'A canary that no alarm could stop is an error',
      section: 'what-is-checked',
      tests: [checks('alarms › a shift that nothing would stop is an error')],
    },
    {
      id: 'all-at-once',
      says: 'All at once, nothing is stopped, those on call hear of it, and no message is lost until the repair',
      section: 'all-at-once',
      tests: [
        defaults('a deployment › all at once has nothing that an alarm could stop'),
        allAtOnce('{ accepted: 40, effects: 40, setAside: [], inFlight: 0, lost: 0, unexplained: 0 }'),
      ],
    },
    {
      id: 'pre-hook',
      says: 'A `preHook` that reports `Failed` keeps the new version from any traffic',
      section: 'hooks',
      tests: [defaults('a deployment › calls the hooks, which may report'), rollbacks('Refused: it never gets traffic.')],
    },
    {
      id: 'post-hook',
      says: 'A `postHook` that reports `Failed` brings the traffic back to the old version',
      section: 'hooks',
      tests: [codedeploy('test_a_hook_that_reports_a_failure_brings_the_old_version_back')],
    },
    {
      id: 'mute-hook',
      says: 'For a hook that cannot report CodeDeploy waits for an hour; its errors tell, and the deployment can be stopped by hand',
      section: 'hooks',
      tests: [
        codedeploy('test_a_hook_that_does_not_report_within_an_hour_fails_the_deployment'),
        permissionDrill('A hook that may not report fails three times, and the release waits; it is stopped by hand.'),
      ],
    },
    {
      id: 'snippet-hook',
      says: 'The hook on the page reports in every case',
      section: 'hooks',
      tests: [testsIn('rosetta/hook.ts-fixture')('The hook must report in every case')],
    },
    {
      id: 'repair-refused',
      says: 'While an alarm of the group fires, every deployment is stopped, that of the repair too',
      section: 'shipping-the-fix-while-an-alarm-is-firing',
      tests: [repair('The repair is stopped before it gets any traffic.')],
    },
    {
      id: 'repair-ignoring-alarms',
      says: 'With `ignoreAlarms` the repair is shifted in steps, and the next deployment is watched again',
      section: 'shipping-the-fix-while-an-alarm-is-firing',
      tests: [
        defaults('a deployment › goes on whatever alarms fire, if so stated'),
        checks('warnings › rollbackAlarmsIgnored: ignoreAlarms is set'),
        repair('With ignoreAlarms it goes its way, step by step, and the messages that failed are done.'),
        repair('When all is quiet, deployments without it are watched again.'),
      ],
    },
    {
      id: 'stop-by-hand',
      says: 'A deployment that is stopped by hand is rolled back',
      section: 'shipping-the-fix-while-an-alarm-is-firing',
      tests: [repair('error: \'MANUAL_STOP\'')],
    },
    {
      id: 'release-event',
      says: 'A rule on CodeDeploy\'s event hears of every deployment that fails or is stopped',
      section: 'alarm-notifications',
      tests: [permissionDrill('untilTold(1)')],
    },
    {
      id: 'failure-elsewhere',
      says: 'When something else in the deployment fails, as the shift of another alias, the stack rolls back and the alias with it',
      section: 'prod-test-and-dev-aliases',
      tests: [codedeploy('test_a_failure_elsewhere_in_the_update_moves_the_alias_back')],
    },
    {
      id: 'codedeploy-permissions',
      says: 'CodeDeploy and the hooks work with what they are granted; a deployment without one of the grants goes back',
      section: 'permissions',
      tests: [
        DELIVERIES_ALLOWED,
        STATEMENTS_NEEDED,
        IAM_ACTIONS,
        permissionDrill('...faultWindow(integ, ledger, lost.invoke, [', 'iam_managed_policies'),
      ],
    },
    {
      id: 'caller-permissions',
      says: 'A caller may invoke the alias, and neither the function nor a version',
      section: 'permissions',
      tests: [permissionDrill('{ alias: \'allowed\', fn: \'refused\', version: \'refused\' }')],
    },
    {
      id: 'long-timeouts',
      says: 'Alarms on invocations that take minutes look back as long as these may take',
      section: 'invocations-that-take-minutes',
      tests: [alarms('where invocations may outlast a period › $prop › looks back as long as the timeout of %i seconds')],
    },
    {
      id: 'versions-kept',
      says: 'A superseded version is kept; that of a failed deployment goes with the rollback',
      section: 'defaults',
      tests: [defaults('a version › is kept when a newer one takes its place, and goes when its deployment failed')],
    },
    {
      id: 'stable-ids',
      says: 'Ids of alias, group and alarms do not change with the code',
      section: 'stacks-keys-and-deletion',
      tests: [defaults('the alias › keeps its id, and those of group and alarms, when the code changes')],
    },
    {
      id: 'from-a-plain-function',
      says: 'A plain function becomes a canary without being replaced, and its queue moves to the alias in place',
      section: 'from-a-plain-function',
      tests: [
        defaults('a plain function that becomes a canary › stays as it is, and so does whoever invokes it'),
        defaults('a plain function that becomes a canary › keeps what feeds it when that moves to the alias'),
      ],
    },
    {
      id: 'handler-checked',
      says: 'An imported handler, an alias, a version, or a function of another stack is an error',
      section: 'what-is-checked',
      tests: [checks('the handler › must not be imported'), checks('the handler › must be made in the same stack')],
    },
    {
      id: 'provisioned-concurrency',
      says: 'Provisioned concurrency belongs to the alias, and follows its use',
      section: 'provisioned-concurrency',
      tests: [defaults('provisioned concurrency › follows its use, on the alias'), SERVICE_REQUESTS],
    },
    {
      id: 'provisioned-concurrency-in-a-shift',
      says: 'A shift leaves provisioned concurrency as it is, and Lambda divides it between the two versions',
      section: 'provisioned-concurrency',
      tests: [],
      untested: 'provisioned concurrency is a record on the emulator',
    },
    {
      id: 'taken-out',
      says: 'When the construct is taken out, the versions stay and callers of the alias fail',
      section: 'stacks-keys-and-deletion',
      tests: [],
      untested: 'no test deploys a stack without it afterwards',
    },
  ],
};
