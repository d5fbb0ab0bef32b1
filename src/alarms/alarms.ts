import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { AlarmRoutes } from '../private/alarms/alarm-routes';
import { useRunbooksAt } from '../private/alarms/runbook';

/**
 * How soon somebody should look at an alarm.
 */
export enum AlarmSeverity {
  /**
   * Messages or requests are failing or waiting now: work was moved to a dead-letter queue, grows old, or is refused. Worth waking somebody for.
   */
  CRITICAL = 'CRITICAL',

  /**
   * Retries still cope, but something is wrong: errors, throttles, invocations near their timeout. Worth a look in working hours.
   */
  WARNING = 'WARNING',
}

/**
 * Says who is notified of the alarms of this library's patterns in and below a scope: an app, a stage, a stack or a single construct.
 *
 * Alarms made before and after are routed alike, so the call can stand anywhere in the app's code.
 */
export class Alarms {
  /**
   * The alarms of all patterns in and below `scope`. Those of a pattern include the alarms on its handler's function, wherever that stands.
   *
   * @param scope the app, stage, stack or construct whose alarms are meant
   */
  public static of(scope: IConstruct): Alarms {
    return new Alarms(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Runs these actions for every alarm that fires, for instance `new SnsAction(topic)`.
   *
   * The topic must be in the region of the alarms. It must not be encrypted with the AWS-managed key `alias/aws/sns`: CloudWatch cannot publish to it, and this throws. On a
   * customer-managed key of this app, CloudWatch is granted what it needs; so are alarms of other accounts of this app in the topic's policy. A `LambdaAction` needs
   * `useUniquePermissionId: true`, as it serves many alarms.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
   *
   * @param actions what every alarm does when it fires
   */
  public notify(...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, actions });
  }

  /**
   * Runs these actions only for alarms of this severity.
   *
   * @param severity how soon somebody should look
   * @param actions what these alarms do when they fire
   */
  public notifyOf(severity: AlarmSeverity, ...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, severity, actions });
  }

  /**
   * Runs these actions for every alarm that returns to OK, for instance to close an incident.
   *
   * @param actions what every alarm does when it is over
   */
  public notifyOk(...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, ok: true, actions });
  }

  /**
   * Makes the descriptions of the alarms link to runbooks of your own, for instance to `https://wiki.example.com/runbooks/queue-fed#dead-letters` for the page `queue-fed` and its section `dead-letters`.
   * Pages and sections have the names of this library's runbooks. Where several scopes set a base URL, the innermost applies.
   *
   * @param baseUrl where the pages are, beginning with `https://`
   */
  public useRunbooks(baseUrl: string): void {
    if (!/^https?:\/\/[^\s#?]+$/.test(baseUrl)) {
      throw new Error(`baseUrl is '${baseUrl}', but must be a URL without query and fragment that begins with https://, for example https://wiki.example.com/runbooks`);
    }
    useRunbooksAt(this.scope, baseUrl);
  }
}
