import {
  DeleteFunctionConcurrencyCommand, GetEventSourceMappingCommand, LambdaClient, PutFunctionConcurrencyCommand, UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Entries } from '../entries';
import type { Control, Sign } from '../environment-faults';

const lambda = new LambdaClient({});
const sqs = new SQSClient({});

/** Begins and ends faults of the environment, and says whether one has been felt. */
export async function handler(event: Control | { readonly sign: Sign }): Promise<{ readonly done: true } | { readonly felt: boolean }> {
  if ('sign' in event) {
    return { felt: await isFelt(event.sign) };
  }
  await control(event);
  return { done: true };
}

async function control(event: Control): Promise<void> {
  switch (event.kind) {
    case 'concurrency':
      if (event.limit === undefined) {
        await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName: event.functionName }));
      } else {
        await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: event.functionName, ReservedConcurrentExecutions: event.limit }));
      }
      return;
    case 'policy': {
      // Loaded here, because few runs need it. An import of this form must name the compiled file.
      const { putRolePolicy } = await import('../role-policy.js');
      await putRolePolicy(event.roleName, event.policyName, event.document);
      return;
    }
    case 'event-source':
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID: event.id, Enabled: event.enabled }));
      return;
    case 'pipe': {
      const { switchPipe } = await import('../pipes-api.js');
      await switchPipe(event.name, event.running);
      return;
    }
    case 'schedule': {
      const { switchSchedule } = await import('../scheduler-api.js');
      await switchSchedule(event.group, event.name, event.enabled);
      return;
    }
    case 'downstream':
      await new Entries(event.book).setDown(event.down);
  }
}

async function isFelt(sign: Sign): Promise<boolean> {
  switch (sign.kind) {
    case 'messages-held': {
      const { Attributes: attributes } = await sqs.send(new GetQueueAttributesCommand({
        QueueUrl: sign.queueUrl, AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
      }));
      return Number(attributes?.ApproximateNumberOfMessagesNotVisible) > 0;
    }
    case 'throttled': {
      const { isThrottled } = await import('../throttles.js');
      return isThrottled(sign.functionName);
    }
    case 'event-source-problem': {
      const { LastProcessingResult: result = '' } = await lambda.send(new GetEventSourceMappingCommand({ UUID: sign.id }));
      return result.startsWith('PROBLEM');
    }
    case 'failure':
      return (await new Entries(sign.book).all()).some((entry) => entry.kind === 'failure' && entry.reason.startsWith(sign.reason));
  }
}
