import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { AlarmRoutes } from '../private/alarms/alarm-routes';
import { useRunbooksAt } from '../private/alarms/runbook';

/**
 * How urgent an alarm is.
 */
export enum AlarmSeverity {
  /**
   * Messages or requests are failing or delayed now: they were moved to a dead-letter queue, are not being processed, or are rejected. Page
   * someone.
   */
  CRITICAL = 'CRITICAL',

  /**
   * Retries still compensate, but something is wrong: errors, throttles, durations near the timeout. Look at it during working hours.
   */
  WARNING = 'WARNING',
}

/**
 * Configures who is notified by the alarms of this library's patterns within a scope: an app, a stage, a stack or a single construct.
 *
 * It applies to alarms created before and after the call, so the call can be anywhere in the app.
 */
export class Alarms {
  /**
   * The alarms of all patterns within `scope`. Those of a pattern include the alarms on its handler's function, in whichever stack that is.
   *
   * @param scope the app, stage, stack or construct
   */
  public static of(scope: IConstruct): Alarms {
    return new Alarms(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Adds actions for when an alarm fires, for example `new SnsAction(topic)`.
   *
   * A topic must be in the region of the alarms. A topic that is encrypted with the AWS-managed key `alias/aws/sns` is an error, because
   * CloudWatch cannot publish to it. If the topic is encrypted with a customer-managed key of this app, CloudWatch is granted access to the
   * key. Alarms in other accounts of this app are allowed in the topic's policy. A `LambdaAction` needs `useUniquePermissionId: true`,
   * because it serves many alarms.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
   *
   * @param actions the actions of every alarm
   */
  public notify(...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, actions });
  }

  /**
   * Adds actions for when an alarm of this severity fires.
   *
   * @param severity the severity of the alarms
   * @param actions the actions of these alarms
   */
  public notifyOf(severity: AlarmSeverity, ...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, severity, actions });
  }

  /**
   * Adds actions for when an alarm returns to OK, for example to close an incident.
   *
   * @param actions the OK actions of every alarm
   */
  public notifyOk(...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, ok: true, actions });
  }

  /**
   * Links the descriptions of the alarms to your own runbooks, for example to `https://wiki.example.com/runbooks/queue-fed#dead-letters`
   * for the section `dead-letters` of the page `queue-fed`. Pages and sections are named like those of this library's runbooks. If several
   * scopes set a base URL, the innermost applies.
   *
   * @param baseUrl the URL of the folder of the pages, beginning with `https://`
   */
  public useRunbooks(baseUrl: string): void {
    if (!/^https?:\/\/[^\s#?]+$/.test(baseUrl)) {
      throw new Error(`baseUrl is '${baseUrl}', but must be a URL without query and fragment that begins with https://, for example https://wiki.example.com/runbooks`);
    }
    useRunbooksAt(this.scope, baseUrl);
  }
}
