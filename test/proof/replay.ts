import type { PagePromises } from './promise';
import { testsIn } from './promise';

const replay = testsIn('test/cli/replay/replay.test.ts');
const forms = testsIn('test/cli/replay/forms.test.ts');

const SECTION = '../cli/README.md#replay';

export const replayCommand: PagePromises = {
  name: 'replay',
  page: 'cli/README.md',
  promises: [
    {
      id: 'lists-only',
      says: 'Without `--yes`, what lies in the failure stores is listed, and nothing is invoked, put or deleted',
      section: SECTION,
      tests: [replay('without --yes › lists all that a stack keeps, and touches nothing')],
    },
    {
      id: 'streams',
      says: 'A batch of a stream is given to its function again, as the event that the function was invoked with',
      section: SECTION,
      tests: [
        forms('a batch of a stream › of Kinesis'),
        forms('a batch of a stream › of DynamoDB'),
        replay('a batch of a stream › is given as it was'),
      ],
    },
    {
      id: 'partial-batches',
      says: 'Of a batch that a function has done in part, only what is left is replayed',
      section: SECTION,
      tests: [
        replay('a batch of a stream › goes on behind the record that fails, which alone is left'),
        replay('a batch of a stream › is not taken for done if its answer names what is not in it'),
      ],
    },
    {
      id: 'bisect',
      says: 'With `--bisect`, a batch that fails as a whole is halved until the records that fail are found',
      section: SECTION,
      tests: [replay('a batch of a stream › is halved on request, until what fails is found')],
    },
    {
      id: 'asynchronous',
      says: 'An asynchronous invocation is replayed synchronously, so that its failure is seen and not set aside again',
      section: SECTION,
      tests: [
        forms('an asynchronous invocation › has its event as it was written'),
        replay('an asynchronous invocation › is invoked with its event, and its failure is seen'),
      ],
    },
    {
      id: 'firehose',
      says: 'Records of Firehose are put again, but never more often than `--max-attempts`',
      section: SECTION,
      tests: [
        replay('records of Firehose › are put again in portions that Firehose takes'),
        replay('records of Firehose › that are not accepted are tried three times, and are left'),
        replay('records of Firehose › that come back again and again are not put for ever'),
      ],
    },
    {
      id: 'goes-on',
      says: 'The same command goes on where the last one was interrupted or refused',
      section: SECTION,
      tests: [
        replay('a batch of a stream › goes on where it was interrupted'),
        replay('a batch of a stream › goes on where AWS refused'),
        replay('the progress › survives a line that was not written to its end'),
      ],
    },
    {
      id: 'once',
      says: 'What has been replayed is not replayed again, and is kept unless `--delete` is given',
      section: SECTION,
      tests: [
        replay('what is replayed › is replayed from the oldest on, once, at the rate'),
        replay('what is replayed › is kept, unless it is to be deleted'),
      ],
    },
    {
      id: 'right-function',
      says: 'No function is given what was for another one, unless `--recorded-for` names that one',
      section: SECTION,
      tests: [
        replay('a store that is named › has its function invoked with what was for it only'),
        replay('a store that is named › gives a function what was for another if that is said'),
        replay('a stack › has nothing replayed that is not of the form of its store'),
      ],
    },
    {
      id: 'reads-what-aws-writes',
      says: 'It reads what Lambda and Firehose store',
      section: SECTION,
      tests: [],
      untested: 'the forms are those of AWS\'s documentation; no object that AWS wrote was at hand',
    },
  ],
};
