import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import { AlarmRoutes } from '../private/alarms/alarm-routes';

/**
 * How soon somebody should look at an alarm.
 */
export enum AlarmSeverity {
  /**
   * Work is failing or waiting: messages are set aside or grow old. Worth waking somebody for.
   */
  ACT_NOW = 'ACT_NOW',

  /**
   * Retries still cope, but something is wrong: errors, throttles, invocations near their timeout. Worth a look in working hours.
   */
  LOOK_SOON = 'LOOK_SOON',
}

/**
 * Says who hears the alarms of this library's patterns below a scope: an app, a stage, a stack or a single construct.
 *
 * Alarms made before and after are routed alike, so the call can stand anywhere in the app's code.
 */
export class Alarms {
  /**
   * The alarms of all patterns in and below `scope`.
   *
   * @param scope the app, stage, stack or construct whose alarms are meant
   */
  public static of(scope: IConstruct): Alarms {
    return new Alarms(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * Sends every alarm to these actions when it fires, for instance `new SnsAction(topic)`.
   *
   * The topic must not be encrypted with the AWS-managed key `alias/aws/sns`: CloudWatch cannot publish to it, and this throws. On a customer-managed key
   * of this app, CloudWatch is granted what it needs. A `LambdaAction` needs `useUniquePermissionId: true`, as it serves many alarms.
   *
   * A handler's alarms are in the handler's stack, which comes to depend on that of the topic: best give the topic a stack that depends on no other.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
   *
   * @param actions what every alarm does when it fires
   */
  public notify(...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, actions });
  }

  /**
   * Sends only the alarms of this severity to these actions when they fire.
   *
   * @param severity how soon somebody should look
   * @param actions what these alarms do when they fire
   */
  public notifyOf(severity: AlarmSeverity, ...actions: cloudwatch.IAlarmAction[]): void {
    AlarmRoutes.of(this.scope).addRoute({ scope: this.scope, severity, actions });
  }
}
