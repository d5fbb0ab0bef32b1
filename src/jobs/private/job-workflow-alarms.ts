import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { JobWorkflowAlarmOptions } from '../../alarms/alarm-options';
import { AlarmSeverity } from '../../alarms/alarms';
import type { AlarmRow } from '../../private/alarms/alarm-table';
import { AlarmTable, ANY } from '../../private/alarms/alarm-table';

interface WorkflowSubject {
  /** The path of the engine. */
  readonly path: string;
  readonly workflow: sfn.StateMachine;
}

/** An alarm on a number of executions. */
function executionsRow(row: Pick<AlarmRow<object, WorkflowSubject>, 'id' | 'metric' | 'severity' | 'meaning' | 'firstStep'>, section: string): AlarmRow<object, WorkflowSubject> {
  return { ...row, ...ANY, runbook: { page: 'polling-status-api', section } };
}

/** The alarms on the workflow that runs the jobs of a PollingStatusApi. */
export const JOB_WORKFLOW_ALARMS = new AlarmTable<keyof JobWorkflowAlarmOptions, object, WorkflowSubject>({
  failed: executionsRow({
    id: 'FailedAlarm',
    metric: ({ workflow }, period) => workflow.metricFailed({ period }),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Jobs of ${path} failed or did not end in time.`,
    firstStep: 'open the newest failed execution and read the error of its state Work.',
  }, 'failed-jobs'),
  timedOut: executionsRow({
    id: 'TimedOutAlarm',
    metric: ({ workflow }, period) => workflow.metricTimedOut({ period }),
    severity: AlarmSeverity.CRITICAL,
    meaning: ({ path }) => `Executions of ${path} hung around the work itself, and were ended.`,
    firstStep: 'open one and see which state it hung in.',
  }, 'workflow-timed-out'),
  aborted: executionsRow({
    id: 'AbortedAlarm',
    metric: ({ workflow }, period) => workflow.metricAborted({ period }),
    severity: AlarmSeverity.WARNING,
    meaning: ({ path }) => `Executions of ${path} were stopped by somebody; their jobs read as failed.`,
    firstStep: 'find in CloudTrail who called StopExecution.',
  }, 'workflow-aborted'),
});
