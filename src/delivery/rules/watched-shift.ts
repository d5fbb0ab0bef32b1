import type { Rule } from './rule';

/** What is known of what shifts traffic to a new version, and of the alarms that stop it. */
export interface WatchedShiftFacts {
  /** The deployment group, or whatever else shifts the traffic, as in `deployment group 'Shop/Group'`. */
  readonly name: string;
  /** The property that lists the alarms. */
  readonly property: string;
  /** The property that says how traffic is shifted, with what makes it shift at once. */
  readonly atOnce: string;
  /** Whether traffic goes to both versions for some time. */
  readonly shifts?: boolean | undefined;
  /** How many alarms it has. */
  readonly alarms?: number | undefined;
  readonly alarmsDisabled?: boolean | undefined;
  /** Alarms that are named by their ARNs. */
  readonly namedByArn?: readonly string[] | undefined;
  /** Whether one of the alarms looks at the new version alone. Undefined: not known, or none looks at the function at all. */
  readonly watchesNewVersion?: boolean | undefined;
}

const ALARMS_PAGE = 'https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html';

/**
 * What is true of a shift in steps that something stops.
 */
export const WATCHED_SHIFT_RULES: readonly Rule<WatchedShiftFacts>[] = [
  {
    id: 'shiftWithoutAlarms',
    severity: 'warning',
    why: 'A shift in steps is of use only if something stops it.',
    source: ALARMS_PAGE,
    finding: ({ name, property, atOnce, shifts, alarms, alarmsDisabled }) => (
      !shifts || alarms !== 0 || alarmsDisabled ? undefined : {
        what: `${name} shifts traffic in steps, but ${property} has no alarm, so nothing stops a version that fails`,
        fix: `set ${property} to alarms on the new version, or ${atOnce}`,
      }
    ),
  },
  {
    id: 'shiftAlarmsDisabled',
    severity: 'warning',
    why: 'A deployment that ignores alarms is stopped by none of them.',
    source: 'https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_AlarmConfiguration.html',
    finding: ({ name, shifts, alarmsDisabled }) => (
      !shifts || !alarmsDisabled ? undefined : {
        what: `${name} shifts traffic in steps, but has AlarmConfiguration.Enabled false, so nothing stops a version that fails`,
        fix: 'set AlarmConfiguration.Enabled to true',
      }
    ),
  },
  {
    id: 'shiftAlarmNamedByArn',
    severity: 'warning',
    why: 'What shifts traffic looks an alarm up by its name.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-stepfunctions-statemachinealias-deploymentpreference.html',
    finding: ({ name, property, shifts, namedByArn }) => (
      !shifts || namedByArn === undefined || namedByArn.length === 0 ? undefined : {
        what: `${name} names an alarm in ${property} by its ARN (${namedByArn.join(', ')}), under which none is found, so it stops nothing`,
        fix: `set ${property} to the names of the alarms, such as their Ref`,
      }
    ),
  },
  {
    id: 'shiftAlarmsOfAliasOnly',
    severity: 'note',
    why: 'The metrics of an alias mix both versions, so that the failures of a tenth of the traffic hardly show in a rate, and those of the old version stop the new one.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html',
    finding: ({ name, shifts, watchesNewVersion }) => (
      !shifts || watchesNewVersion !== false ? undefined : {
        what: `the alarms of ${name} look at both versions together while traffic is shifted, so that they cannot tell the new one from the old`,
        fix: 'add an alarm with the dimensions FunctionName, Resource and ExecutedVersion, the version that FunctionVersion of the alias names',
      }
    ),
  },
];
