import type { PagePromises } from './promise';
import { testsIn } from './promise';

const replay = testsIn('test/cli/replay/replay.test.ts');
const forms = testsIn('test/cli/replay/forms.test.ts');
const bin = testsIn('test/cli/bin.test.ts');

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
      id: 'chosen',
      says: 'What is replayed can be narrowed to a function, a Firehose stream, a prefix, a time and a number, and goes at the rate that is said, or one call in a second',
      section: SECTION,
      tests: [
        replay('a stack › can be narrowed to a function or a Firehose stream'),
        replay('what is replayed › is chosen by prefix, time and number'),
        replay('what is replayed › is replayed from the oldest on, once, at the rate'),
        replay('what is replayed › is one call in a second if nothing is said'),
      ],
    },
    {
      id: 'progress-file',
      says: 'The progress is in the file of `--state`, or in one that is named after the source',
      section: SECTION,
      tests: [
        replay('the arguments › name the file of the progress, which is else named after the source'),
        replay('the progress › that cannot be written ends the replay'),
      ],
    },
    {
      id: 'exit-status',
      says: 'The exit status is 0 if nothing is left, 1 if something is, and 2 with one line on standard error if AWS refuses or the options are wrong',
      section: SECTION,
      tests: [
        replay('without --yes › says that nothing lies there'),
        replay('without --yes › lists all that a stack keeps, and touches nothing'),
        replay('a batch of a stream › goes on where AWS refused'),
        replay('a stack › that is not there is said in one line'),
        replay('the arguments › %j'),
        bin('says in one line that AWS refuses, or that it has no credentials'),
      ],
    },
    {
      id: 'permissions',
      says: 'It makes no other calls than the page lists permissions for, by clients in a file that only this command loads',
      section: SECTION,
      tests: [
        testsIn('test/cli/replay/permissions.test.ts')('the README lists the permission of each call, and no other'),
        bin('the package needs no other, and brings the licence of what it bundles'),
      ],
    },
    {
      id: 'not-replayed',
      says: 'What cannot be replayed is listed with the reason',
      section: SECTION,
      tests: [
        forms('a batch of a stream › cannot be replayed if it %s'),
        forms('a batch of a stream › %s has records that cannot be told apart'),
        replay('a stack › puts nothing into a Firehose stream that reads a Kinesis stream'),
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
