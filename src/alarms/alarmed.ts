import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * A construct with alarms of its own, such as every pattern of this library. Dashboards and composite alarms can be made from it.
 */
export interface IAlarmed {
  /**
   * All alarms of this construct, without those that are switched off. A copy: changing it changes nothing.
   */
  readonly allAlarms: cloudwatch.Alarm[];
}
