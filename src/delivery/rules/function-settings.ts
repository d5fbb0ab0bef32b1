import type { Rule } from './rule';

/** What is known of the settings of a function. */
export interface FunctionSettingsFacts {
  readonly path: string;
  /** Whether it has the timeout that Lambda gives it if none is stated. */
  readonly hasDefaultTimeout?: boolean | undefined;
  /** What feeds it and waits for nobody, such as `event source 'Shop/Orders'`. */
  readonly fedBy?: string | undefined;
  /** Whether somebody made its log group, and not Lambda when it first logs. */
  readonly hasLogGroup?: boolean | undefined;
  /** An environment variable with a secret as its value. */
  readonly secretVariable?: string | undefined;
}

/**
 * What is true of a function that can do its work, and tells nobody what it should not.
 */
export const FUNCTION_SETTINGS_RULES: readonly Rule<FunctionSettingsFacts>[] = [
  {
    id: 'functionTimeoutUnset',
    severity: 'warning',
    why: 'The default timeout of three seconds is short for an event or a batch, and a function that is stopped has handled only a part of it.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html',
    finding: ({ path, hasDefaultTimeout, fedBy }) => (
      !hasDefaultTimeout || fedBy === undefined ? undefined
        : {
          what: `Timeout of function '${path}' is not set, so Lambda stops it after 3 seconds in the middle of what ${fedBy} gives it`,
          fix: 'set Timeout to longer than the slowest event or batch takes, such as 30',
        }
    ),
  },
  {
    id: 'secretInEnvironment',
    severity: 'warning',
    why: 'CloudFormation writes the value of a dynamic reference into the configuration of the function, where all who may read it see the secret, and where it stays as it was after a rotation.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html',
    finding: ({ path, secretVariable }) => (
      secretVariable === undefined ? undefined
        : {
          what: `environment variable ${secretVariable} of function '${path}' is a dynamic reference to a secret, whose value everybody can read who may see the function`,
          fix: `set ${secretVariable} to the ARN or the name of the secret, and let the function read it while it runs`,
        }
    ),
  },
  {
    id: 'functionLogGroupImplicit',
    severity: 'note',
    why: 'A log group that Lambda makes keeps its logs for ever and outlives the stack.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html',
    finding: ({ path, hasLogGroup }) => (
      hasLogGroup !== false ? undefined
        : {
          what: `function '${path}' has no log group in this app, so Lambda makes one that keeps its logs for ever`,
          fix: 'add an AWS::Logs::LogGroup with RetentionInDays, and name it in LoggingConfig.LogGroup of the function',
        }
    ),
  },
];
