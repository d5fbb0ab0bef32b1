import type { HandlerFacts } from './queue-consumer';
import type { Place, Problem, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of something that CodeDeploy looks up by its name. */
export interface LookedUpFacts extends Place {
  readonly path: string;
}

/** What is known of an alarm that stops a deployment. */
export interface RollbackAlarmFacts extends LookedUpFacts {
  readonly name?: string | undefined;
  /** Whether it is composed of other alarms. */
  readonly composite?: boolean | undefined;
}

/** What is known of a function that CodeDeploy invokes before or after the shift, without a tenant. */
export type HookFacts = LookedUpFacts & Pick<HandlerFacts, 'durable' | 'qualified' | 'tenantIsolation'>;

/** What is known of the CodeDeploy deployment group that shifts the alias to a new version. */
export interface DeploymentFacts extends Place {
  /** How long traffic goes to both versions; 0 for all at once. `'unknown'`: traffic shifts by a configuration of which only the name is known. */
  readonly shiftSeconds?: number | 'unknown' | undefined;
  readonly ignoresAlarms?: boolean | undefined;
  readonly alarms?: readonly RollbackAlarmFacts[] | undefined;
  readonly preHook?: HookFacts | undefined;
  readonly postHook?: HookFacts | undefined;
}

/** What is known of a function to whose new versions CodeDeploy shifts traffic. */
export interface TrafficShiftFacts {
  readonly handler: Pick<HandlerFacts, 'path' | 'timeoutSeconds'>;
  readonly deployment: DeploymentFacts;
}

/** Lambda reports a metric within a minute of the end of an invocation, and alarms are evaluated once a minute. */
const SECONDS_TO_ALARM = 120;

/** The quota of CodeDeploy for one deployment group. */
const MOST_ROLLBACK_ALARMS = 10;

const ALARMS_PAGE = 'https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html';
const ALARM_QUOTA_PAGE = 'https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html';
const HOOKS_PAGE = 'https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html';

const quoted = (paths: readonly string[]) => paths.map((path) => `'${path}'`).join(', ');

/**
 * What is true of a new version that gets its traffic step by step, and loses it again when it fails.
 */
export const TRAFFIC_SHIFT_RULES: readonly Rule<TrafficShiftFacts>[] = [
  {
    id: 'preHookElsewhere',
    severity: 'error',
    why: 'CodeDeploy looks a hook up by its name in the account and region of the deployment group.',
    source: HOOKS_PAGE,
    finding: hookElsewhere('preHook'),
  },
  {
    id: 'postHookElsewhere',
    severity: 'error',
    why: 'CodeDeploy looks a hook up by its name in the account and region of the deployment group.',
    source: HOOKS_PAGE,
    finding: hookElsewhere('postHook'),
  },
  {
    id: 'hookRefused',
    severity: 'error',
    why: 'Lambda refuses to invoke a function with tenant isolation without a tenant, and a durable function without a version.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ deployment: { preHook, postHook } }) => {
      const hook = [preHook, postHook].find((one) => one?.tenantIsolation || (one?.durable && one.qualified === false));
      return hook && {
        what: `hook '${hook.path}' ${hook.tenantIsolation ? 'has tenant isolation, but CodeDeploy names no tenant' : 'is a durable function, which is invoked by a version or an alias'}, ` +
          'so Lambda would refuse the invocation, and every deployment would fail',
        fix: 'give a function of its own',
      };
    },
  },
  {
    id: 'shiftShorterThanTimeout',
    severity: 'warning',
    why: 'Lambda reports an invocation when it ends, so an alarm may see a time-out only after the shift.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html',
    finding: ({ handler: { path, timeoutSeconds }, deployment: { shiftSeconds } }) => {
      if (typeof shiftSeconds !== 'number' || shiftSeconds === 0 || timeoutSeconds === undefined || timeoutSeconds + SECONDS_TO_ALARM <= shiftSeconds) {
        return undefined;
      }
      return {
        what: `handler '${path}' may run for ${timeoutSeconds} seconds, but traffic goes to both versions for ${shiftSeconds} seconds, so that an alarm may see a time-out too late`,
        fix: `state a deploymentConfig that takes at least ${timeoutSeconds + SECONDS_TO_ALARM} seconds`,
      };
    },
  },
  {
    id: 'rollbackAlarmsMissing',
    severity: 'error',
    why: 'A shift in steps is of use only if something stops it.',
    source: ALARMS_PAGE,
    finding: ({ deployment: { shiftSeconds, alarms } }) => (
      shiftSeconds === undefined || shiftSeconds === 0 || alarms?.length !== 0 ? undefined
        : {
          what: 'alarms.newVersionErrors, newVersionErrorRate and newVersionDuration are all off and rollbackAlarms is empty, so that nothing would stop a version that fails',
          fix: 'leave one of them on, give rollbackAlarms, or state deploymentConfig: LambdaDeploymentConfig.ALL_AT_ONCE',
        }
    ),
  },
  {
    id: 'rollbackAlarmsTooMany',
    severity: 'error',
    why: 'CodeDeploy takes ten alarms for one deployment group.',
    source: ALARM_QUOTA_PAGE,
    finding: ofAlarms((alarms) => (
      alarms.length <= MOST_ROLLBACK_ALARMS ? undefined
        : {
          what: `the deployment group has ${alarms.length} alarms (${quoted(alarms.map(({ path }) => path))}), but CodeDeploy takes ${MOST_ROLLBACK_ALARMS}`,
          fix: 'leave some out, or make one alarm on an expression of several metrics',
        }
    )),
  },
  {
    id: 'rollbackAlarmsRepeated',
    severity: 'error',
    why: 'CodeDeploy takes each alarm once for one deployment group.',
    source: ALARM_QUOTA_PAGE,
    finding: ofAlarms((alarms) => {
      const names = alarms.map(({ name }) => name);
      const again = alarms.filter(({ name }, index) => name !== undefined && names.indexOf(name) < index).map(({ path }) => path);
      return again.length === 0 ? undefined
        : {
          what: `the deployment group has ${quoted([...new Set(again)])} more than once, but CodeDeploy takes each alarm once`,
          fix: 'leave the others out',
        };
    }),
  },
  {
    id: 'rollbackAlarmsElsewhere',
    severity: 'error',
    why: 'CodeDeploy looks an alarm up by its name in the account and region of the deployment group, and stops every deployment if it is not there.',
    source: ALARMS_PAGE,
    finding: ofAlarms((alarms, deployment) => {
      const elsewhere = alarms.flatMap((alarm) => whereElse(alarm, deployment) ?? []);
      return elsewhere.length === 0 ? undefined
        : {
          what: `rollback alarm ${elsewhere.join(', ')}, but CodeDeploy finds only alarms of the account and region of the deployment group`,
          fix: 'give alarms of that account and region',
        };
    }),
  },
  {
    id: 'compositeRollbackAlarm',
    severity: 'warning',
    why: 'CodeDeploy documents alarms on metrics only.',
    source: ALARMS_PAGE,
    finding: ofAlarms((alarms) => {
      const composites = alarms.filter(({ composite }) => composite).map(({ path }) => path);
      return composites.length === 0 ? undefined
        : {
          what: `the deployment group has composite alarms (${quoted(composites)}), but CodeDeploy documents alarms on metrics only`,
          fix: 'try whether they stop a deployment, or give the alarms that they are composed of',
        };
    }),
  },
  {
    id: 'rollbackAlarmsIgnored',
    severity: 'warning',
    why: 'A deployment that ignores alarms is stopped by none of them.',
    source: 'https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-groups-configure-advanced-options.html',
    finding: ({ deployment: { ignoresAlarms } }) => (
      ignoresAlarms ? {
        what: 'ignoreAlarms is set, so nothing stops a version that fails',
        fix: 'take it out again with the next deployment',
      } : undefined
    ),
  },
];

function hookElsewhere(prop: 'preHook' | 'postHook'): Rule<TrafficShiftFacts>['finding'] {
  return ({ deployment }) => {
    const elsewhere = whereElse(deployment[prop], deployment);
    return elsewhere === undefined ? undefined
      : {
        what: `${prop} ${elsewhere}, but CodeDeploy finds only functions of the account and region of the deployment group`,
        fix: 'give a function of that account and region',
      };
  };
}

/** Nothing is found where the alarms are not known. */
function ofAlarms(finding: (alarms: readonly RollbackAlarmFacts[], deployment: DeploymentFacts) => Problem | undefined): Rule<TrafficShiftFacts>['finding'] {
  return ({ deployment }) => deployment.alarms && finding(deployment.alarms, deployment);
}

/** What is known to be in another region or account than the deployment group, and where. */
function whereElse(lookedUp: LookedUpFacts | undefined, deployment: Place): string | undefined {
  const at = (['region', 'account'] as const).find((part) => knownToDiffer(lookedUp?.[part], deployment[part]));
  return lookedUp && at && `'${lookedUp.path}' is in ${at} ${lookedUp[at]} rather than ${deployment[at]}`;
}
