import { Stack } from 'aws-cdk-lib';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Moves the message of an execution that did not succeed to the dead-letter queue, as it was sent. The execution is asked for it: the event leaves it out where it is large, and always where the state machine is
 * encrypted with a customer-managed key. Executions that the queue did not start are none of its business.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function setAsideDefinition(scope: Construct, queue: sqs.IQueue, deadLetterQueue: sqs.IQueue, fifo: boolean): object {
  return {
    QueryLanguage: 'JSONata',
    StartAt: 'FindMessage',
    TimeoutSeconds: 86_400,
    States: {
      FindMessage: {
        ...task(scope, 'aws-sdk:sfn:describeExecution', { ExecutionArn: '{% $states.input.detail.executionArn %}' }),
        Assign: { executionArn: '{% $states.input.detail.executionArn %}' },
        Output: '{% $parse($states.result.Input) %}',
        Next: 'IsOfQueue',
      },
      IsOfQueue: {
        Type: 'Choice',
        Choices: [{ Condition: `{% $type($states.input) = 'object' and $states.input.eventSourceARN = '${queue.queueArn}' %}`, Next: 'SetAside' }],
        Default: 'StartedOtherwise',
      },
      SetAside: {
        ...task(scope, 'sqs:sendMessage', {
          QueueUrl: deadLetterQueue.queueUrl,
          MessageBody: '{% $states.input.body %}',
          MessageAttributes: `{% ${ATTRIBUTES} %}`,
          ...fifo && {
            MessageGroupId: '{% $states.input.attributes.MessageGroupId %}',
            MessageDeduplicationId: '{% $states.input.messageId %}',
          },
        }),
        Output: {},
        End: true,
      },
      StartedOtherwise: { Type: 'Succeed', Output: {} },
    },
  };
}

/** Beside those that it was sent with, unless it has the most that SQS takes, the message names the execution. */
const ATTRIBUTES = '($own := $merge([{}, $each($states.input.messageAttributes, function($value, $name) {' +
  "{$name: {'DataType': $value.dataType, 'StringValue': $value.stringValue, 'BinaryValue': $value.binaryValue}}})]); " +
  "$count($keys($own)) < 10 ? $merge([$own, {'ExecutionArn': {'DataType': 'String', 'StringValue': $executionArn}}]) : $own)";

/** For a day: nobody waits for it, and a message that is not set aside is lost as one. */
function task(scope: Construct, service: string, args: object): object {
  return {
    Type: 'Task',
    Resource: `arn:${Stack.of(scope).partition}:states:::${service}`,
    Arguments: args,
    Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 2, MaxAttempts: 60, BackoffRate: 2, MaxDelaySeconds: 900, JitterStrategy: 'FULL' }],
  };
}
