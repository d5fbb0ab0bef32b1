import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * A construct that has alarms, such as every pattern of this library, for dashboards and composite alarms.
 */
export interface IAlarmed {
  /**
   * All alarms of this construct, without those that are switched off. A copy: changing it changes nothing.
   */
  readonly allAlarms: cloudwatch.Alarm[];
}
