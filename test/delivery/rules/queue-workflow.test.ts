import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { QueueWorkflowFacts } from '../../../src/delivery/rules/queue-workflow';
import { largestMessageBytes, QUEUE_WORKFLOW_RULES } from '../../../src/delivery/rules/queue-workflow';
import { findings } from '../../../src/delivery/rules/rule';

const ACCOUNT = '111122223333';
const QUEUE = { path: 'Q', account: ACCOUNT, fifo: false, visibilityTimeoutSeconds: 180, maximumMessageBytes: 45_056 };
const MACHINE = { path: 'M', account: ACCOUNT, region: 'us-east-1', express: false, hasTimeout: true, timeoutSeconds: 3600 };

type Different = Partial<Omit<QueueWorkflowFacts, 'queue' | 'stateMachine'>> & {
  readonly queue?: QueueWorkflowFacts['queue'];
  readonly stateMachine?: Partial<QueueWorkflowFacts['stateMachine']>;
};

function facts({ queue, stateMachine, ...different }: Different = {}): QueueWorkflowFacts {
  return {
    account: ACCOUNT,
    region: 'us-east-1',
    batchSize: 1,
    deliverySeconds: 30,
    largestMessageBytes: 45_056,
    ...different,
    queue: { ...QUEUE, ...queue },
    stateMachine: { ...MACHINE, ...stateMachine },
  };
}

const EXPRESS = { express: true, hasTimeout: false, timeoutSeconds: 300 };

const CASES: RuleCases<Different> = {
  workflowVisibilityTooShort: {
    breaks: [{ queue: { visibilityTimeoutSeconds: 29 } }, { queue: { visibilityTimeoutSeconds: 29, path: undefined } }],
    keeps: [{ queue: { visibilityTimeoutSeconds: undefined } }, { deliverySeconds: undefined, queue: { visibilityTimeoutSeconds: 0 } }],
  },
  workflowVisibilityShort: {
    breaks: [{ queue: { visibilityTimeoutSeconds: 30 } }, { queue: { visibilityTimeoutSeconds: 179 } }],
    keeps: [{ queue: { visibilityTimeoutSeconds: 180 } }],
  },
  messageBeyondWorkflow: {
    breaks: [{ queue: { maximumMessageBytes: 45_057 } }, { batchSize: 10, largestMessageBytes: 9011, stateMachine: EXPRESS }],
    keeps: [{ queue: { maximumMessageBytes: undefined } }, { largestMessageBytes: undefined }, { batchSize: undefined }],
  },
  workflowOrderEnds: {
    breaks: [{ queue: { fifo: true } }, { queue: { fifo: true, path: undefined } }],
    keeps: [
      { queue: { fifo: true }, stateMachine: EXPRESS }, { queue: { fifo: true }, stateMachine: { express: undefined } },
      { queue: { fifo: undefined } },
    ],
  },
  workflowNeverEnds: {
    breaks: [{ stateMachine: { hasTimeout: false } }],
    keeps: [{ stateMachine: { hasTimeout: undefined } }, { stateMachine: EXPRESS }, { stateMachine: { hasTimeout: false, express: undefined } }],
  },
  expressWorkflowTooLong: {
    breaks: [{ stateMachine: { ...EXPRESS, timeoutSeconds: 301 } }],
    keeps: [
      { stateMachine: EXPRESS }, { stateMachine: { ...EXPRESS, timeoutSeconds: undefined } },
      { stateMachine: { express: undefined, timeoutSeconds: 301 } },
    ],
  },
  standardWorkflowInBatches: {
    breaks: [{ batchSize: 2 }],
    keeps: [{ batchSize: 2, stateMachine: EXPRESS }, { batchSize: 2, stateMachine: { express: undefined } }, { batchSize: undefined }],
  },
  workflowPlace: {
    breaks: [{ stateMachine: { account: '999999999999' } }, { stateMachine: { region: 'eu-west-1' } }],
    keeps: [{ stateMachine: { account: undefined } }, { stateMachine: { region: undefined } }],
  },
  workflowQueueAccount: { breaks: [{ queue: { account: '999999999999' } }], keeps: [{ queue: { account: undefined } }] },
};

checkRules({
  rules: () => QUEUE_WORKFLOW_RULES,
  facts,
  unknown: { queue: {}, stateMachine: { path: 'M' } },
  cases: CASES,
  warnings: ['workflowVisibilityShort', 'messageBeyondWorkflow', 'workflowOrderEnds', 'workflowNeverEnds'],
});

test.each<[string, Different, string]>([
  [
    'a queue that shows messages too soon', { queue: { visibilityTimeoutSeconds: 29 } },
    "visibilityTimeout of queue 'Q' is 29 seconds, which is shorter than the 30 seconds that the pipe may wait for state machine 'M', " +
    'so messages would be delivered again while they are processed: set it to 180 seconds (6 x that time)',
  ],
  [
    'a queue of its own that does', { queue: { visibilityTimeoutSeconds: 29, path: undefined } },
    "visibilityTimeout is 29 seconds, which is shorter than the 30 seconds that the pipe may wait for state machine 'M', " +
    'so messages would be delivered again while they are processed: set it to 180 seconds (6 x that time) or leave it out',
  ],
  [
    'a queue that shows messages soon', { queue: { visibilityTimeoutSeconds: 30 } },
    "visibilityTimeout of queue 'Q' is 30 seconds, less than 6 x the 30 seconds that the pipe may wait for state machine 'M', " +
    'so good messages can end in the dead-letter queue while it is throttled: set it to 180 seconds',
  ],
  [
    'messages that are too large', { queue: { maximumMessageBytes: 45_057 } },
    "maximumMessageSize of queue 'Q' is 45057 bytes, but only messages of 45056 bytes are sure to fit into what state machine 'M' takes " +
    '(262144 bytes of JSON, in which quotation marks and line breaks are escaped): set it to 45056 bytes, so that senders are refused; larger payloads go by claim check (ClaimCheckBucket)',
  ],
  [
    'batches that are too large', { queue: { path: undefined }, batchSize: 10, largestMessageBytes: 9011, stateMachine: EXPRESS },
    "maximumMessageSize is 45056 bytes, but only messages of 9011 bytes are sure to fit into what state machine 'M' takes in batches of 10 " +
    '(262144 bytes of JSON, in which quotation marks and line breaks are escaped): set it to 9011 bytes or leave it out, ' +
    'so that senders are refused; larger payloads go by claim check (ClaimCheckBucket)',
  ],
  [
    'an order that ends', { queue: { fifo: true } },
    "queue 'Q' is a FIFO queue, but executions of Standard state machine 'M' are only started in its order, and then run beside each other: " +
    'make the state machine EXPRESS, for whose end the pipe waits, or acknowledge this warning if the order of the starts is enough',
  ],
  [
    'an order of its own that ends', { queue: { fifo: true, path: undefined } },
    "the queue is a FIFO queue, but executions of Standard state machine 'M' are only started in its order, and then run beside each other: " +
    'make the state machine EXPRESS, for whose end the pipe waits, or acknowledge this warning if the order of the starts is enough',
  ],
  [
    'executions without end', { stateMachine: { hasTimeout: false } },
    "state machine 'M' has no timeout, so the message of an execution that hangs would be set aside only after a year: set timeout (TimeoutSeconds of the definition) where the state machine is made",
  ],
  [
    'an Express workflow that takes too long', { stateMachine: { ...EXPRESS, timeoutSeconds: 301 } },
    "the timeout of Express state machine 'M' is 301 seconds, but an Express execution ends after 300 seconds: set it to 300 seconds or less, or make the state machine STANDARD",
  ],
  [
    'a batch for one execution', { batchSize: 2 },
    "batchSize is 2, but each message has an execution of its own of Standard state machine 'M': leave batchSize out, or make the state machine EXPRESS",
  ],
  [
    'a machine elsewhere', { stateMachine: { region: 'eu-west-1' } },
    "state machine 'M' is in account 111122223333 and region eu-west-1, but this stack is in 111122223333 and us-east-1, and a pipe starts it only in its own: " +
    'make this in a stack of that account and region',
  ],
  [
    'a queue elsewhere', { queue: { account: '999999999999' } },
    "queue 'Q' is in account 999999999999, but this stack is in 111122223333, and a pipe reads only queues of its own account: " +
    'make this in a stack of that account, or bring the messages to a queue of this one',
  ],
])('says what is wrong with %s', (_, different, text) => {
  expect(findings(QUEUE_WORKFLOW_RULES, facts(different)).map((found) => found.text)).toContain(text);
});

test.each([[true, 1, 126_976], [true, 10, 9011], [false, 1, 45_056]])('the largest message (Express: %s, batches of %d) has %d bytes', (express, batchSize, bytes) => {
  expect(largestMessageBytes(express, batchSize)).toBe(bytes);
});
