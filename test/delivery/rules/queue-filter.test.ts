import { checkRules } from './check-rules';
import type { QueueFilterFacts } from '../../../src/delivery/rules/queue-filter';
import { QUEUE_FILTER_RULES } from '../../../src/delivery/rules/queue-filter';

checkRules<QueueFilterFacts, Partial<QueueFilterFacts>>({
  rules: () => QUEUE_FILTER_RULES,
  facts: (different) => ({ name: "pipe 'P'", filterKeys: [], ...different }),
  unknown: { name: "pipe 'P'" },
  cases: {
    filterFieldUnknown: { breaks: [{ filterKeys: ['data'] }, { filterKeys: ['body', 'Body'] }], keeps: [{ filterKeys: undefined }] },
    filterDeletesMessages: {
      breaks: [
        { filterKeys: ['body'] }, { filterKeys: ['messageId', 'receiptHandle', 'body', 'attributes', 'messageAttributes'] },
        { filterKeys: ['md5OfBody', 'md5OfMessageAttributes', 'eventSource', 'eventSourceARN', 'awsRegion', '$or'] },
      ],
      keeps: [{ filterKeys: [] }],
    },
  },
  warnings: ['filterFieldUnknown'],
  notes: ['filterDeletesMessages'],
});
