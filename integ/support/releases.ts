import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateDescribeAlarmHistory } from '@aws-sdk/client-cloudwatch';

const cloudformation = new CloudFormationClient({});
const cloudwatch = new CloudWatchClient({});

/** The template with which a stack was deployed last. */
export async function currentTemplate(stack: string): Promise<string> {
  const { TemplateBody } = await cloudformation.send(new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' }));
  // Without the spaces, because a body may have 51,200 bytes.
  return JSON.stringify(JSON.parse(TemplateBody!));
}

/** Whether an alarm has fired at any time. */
export async function hasRung(alarmName: string): Promise<boolean> {
  for await (const { AlarmHistoryItems = [] } of paginateDescribeAlarmHistory({ client: cloudwatch }, { AlarmName: alarmName, HistoryItemType: 'StateUpdate' })) {
    const states = AlarmHistoryItems.map(({ HistoryData }) => (JSON.parse(HistoryData!) as { newState: { stateValue: string } }).newState.stateValue);
    if (states.includes('ALARM')) {
      return true;
    }
  }
  return false;
}
