import type { Resources } from './check-defects';
import { checkDefects, found } from './check-defects';
import { checkTemplates } from '../../../src/delivery/checks';

const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const redriveTo = (logicalId: string) => ({ deadLetterTargetArn: arnOf(logicalId), maxReceiveCount: 5 });
const LONG = 1209600;

const eventSource = (queue: string, handler = 'Handler') => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { EventSourceArn: arnOf(queue), FunctionName: { Ref: handler }, ScalingConfig: { MaximumConcurrency: 10 } },
});

/** A queue that a function reads, and dead letters in two stages. */
const clean = (): Resources => ({
  LastDeadLetters: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: LONG } },
  DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 60, MessageRetentionPeriod: LONG - 1, RedrivePolicy: redriveTo('LastDeadLetters') } },
  Queue: { Type: 'AWS::SQS::Queue', Properties: { VisibilityTimeout: 60, RedrivePolicy: redriveTo('DeadLetters') } },
  Handler: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 10, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  Other: { Type: 'AWS::Lambda::Function', Properties: { Timeout: 10, Role: 'arn:aws:iam::111122223333:role/Handler' } },
  EventSource: eventSource('Queue'),
});

checkDefects(clean, {
  deliveryCycle: {
    breaks: { 'a dead-letter queue that sends back': ({ DeadLetters }) => { DeadLetters!.Properties.RedrivePolicy = redriveTo('Queue'); } },
  },
  deadLettersConsumedAgain: {
    breaks: { 'a dead-letter queue that the same function reads': (resources) => { resources.Again = eventSource('DeadLetters'); } },
    keeps: { 'one that another function reads': (resources) => { resources.Again = eventSource('DeadLetters', 'Other'); } },
  },
});

test('a way round is found once, where it begins in the template', () => {
  const resources = clean();
  resources.DeadLetters!.Properties.RedrivePolicy = redriveTo('Queue');
  expect(found(resources)).toEqual(['deliveryCycle at DeadLetters']);
  expect(checkTemplates([{ stack: 'S', template: { Resources: resources } }]).map(({ what }) => what)).toContainEqual(
    'what is delivered goes round without end: \'S/DeadLetters\' -> \'S/Queue\' -> \'S/DeadLetters\', '
    + 'by the redrive policy of queue \'S/DeadLetters\', the redrive policy of queue \'S/Queue\'',
  );
});

test('a queue of its own dead letters is found by its own rule', () => {
  const resources = clean();
  resources.Queue!.Properties = { ...resources.Queue!.Properties, MessageRetentionPeriod: LONG, RedrivePolicy: redriveTo('Queue') };
  expect(found(resources, {}, ['deadLetterQueueIsQueue'])).toEqual(['deadLetterQueueIsQueue at EventSource']);
});
