import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Account } from './fakes';
import { account, asyncRecord, batch, Desk, firehoseLines, idsIn, MAILER, ORDERS, store } from './fakes';
import { AwsError } from '../../../cli/src/replay/aws';
import { UsageError } from '../../../cli/src/subcommand';
import { UnreadableError } from '../../../src/delivery/template/assembly';
import { folder, runCli } from '../files';

const MAPPING = '11111111-2222-3333-4444-555555555555';
const BATCHES = `s3://failures/aws/lambda/${MAPPING}/shard/2026/11/30/`;
const URL = 's3://failures/aws/';

let at: Account;
let desk: Desk;
beforeEach(() => {
  at = account();
  desk = new Desk(at);
});

/** A stack with a failure store of each form. */
function shop(): void {
  at.stacks.Shop = [
    { type: 'AWS::Lambda::Function', logicalId: 'Orders', physicalId: 'Orders' },
    { type: 'AWS::Lambda::EventSourceMapping', logicalId: 'OrdersEventSource', physicalId: MAPPING },
    { type: 'AWS::CloudFormation::Stack', logicalId: 'Nested', physicalId: 'arn:nested' },
  ];
  at.stacks['arn:nested'] = [
    { type: 'AWS::Lambda::Alias', logicalId: 'Live', physicalId: `${MAILER}:live` },
    { type: 'AWS::KinesisFirehose::DeliveryStream', logicalId: 'Archive', physicalId: 'Archive' },
  ];
  at.mappings[MAPPING] = { functionArn: `${ORDERS}:live`, destination: 'arn:aws:s3:::failures' };
  at.asyncSettings.Mailer = [
    { functionArn: `${MAILER}:live`, destination: 'arn:aws:s3:::failures' },
    { functionArn: `${MAILER}:$LATEST`, destination: 'arn:aws:sqs:eu-west-1:111122223333:queue' },
  ];
  at.deliveryStreams.Archive = {
    arn: 'arn:aws:firehose:eu-west-1:111122223333:deliverystream/Archive',
    readsStream: false,
    s3: { bucketArn: 'arn:aws:s3:::archive', prefix: 'data/!{timestamp:yyyy}/', errorPrefix: 'errors/!{firehose:error-output-type}/' },
  };
  store(at, `${BATCHES}a`, batch(['1', '2']));
  store(at, 's3://failures/aws/lambda/async/Mailer/2026/11/30/b', asyncRecord('{"to":"x"}', `${MAILER}:live`));
  store(at, 's3://archive/errors/processing-failed/2026/11/30/12/c', firehoseLines(['one\n', 'two\n']));
}

describe('without --yes', () => {
  test('lists all that a stack keeps, and touches nothing', async () => {
    shop();
    const { status, out, err } = await desk.run('Shop');
    expect({ status, err }).toEqual({ status: 1, err: '' });
    expect(out).toBe(`batches that OrdersEventSource could not deliver to Orders, in s3://failures/aws/lambda/${MAPPING}/
  1 object, 1.0 kB, 1 h 0 min
  ${BATCHES}a (1 h 0 min, 1.0 kB, batch of 2 records, RetryAttemptsExhausted, for Orders)

asynchronous invocations of Mailer that failed, in s3://failures/aws/lambda/async/Mailer/
  1 object, 454 B, 59 min
  s3://failures/aws/lambda/async/Mailer/2026/11/30/b (59 min, 454 B, invocation, RetriesExhausted, for Mailer)

records that Archive could not process, in s3://archive/errors/
  1 object, 396 B, 59 min
  s3://archive/errors/processing-failed/2026/11/30/12/c (59 min, 396 B, Firehose of 2 records, Lambda.FunctionError, for Archive)

nothing was replayed; this would:
  npx cdk-serverless-patterns-cli replay Shop --state ${desk.state} --yes
Shop: 3 to be replayed
`);
    expect([at.invoked, at.put, at.calls.filter((call) => call.startsWith('delete'))]).toEqual([[], [], []]);
    expect(fs.existsSync(desk.state)).toBe(false);
  });

  test('says what it would do, for tools', async () => {
    shop();
    const { out } = await desk.run('Shop', '--format', 'json');
    const { stores, objects, summary } = JSON.parse(out) as Record<string, unknown>;
    expect(stores).toHaveLength(3);
    expect(objects).toContainEqual({
      bucket: 'failures',
      key: `${BATCHES}a`.slice(14),
      bytes: expect.any(Number) as number,
      stored: '2026-11-30T11:00:00.000Z',
      form: 'stream-batch',
      recordedFor: ORDERS,
      target: `${ORDERS}:live`,
      conditions: ['RetryAttemptsExhausted'],
      records: 2,
      status: 'waiting',
    });
    expect(summary).toEqual({ waiting: 3, replayed: 0, failed: 0, refused: 0, replayedBefore: 0, beyondLimit: 0, notLookedAt: 0 });
  });

  test('lists fifty, and counts the others', async () => {
    Array.from({ length: 53 }, (_, index) => store(at, `${URL}${String(index).padStart(2, '0')}`, batch(['1'])));
    const { out } = await desk.run(URL, '--function', 'Orders');
    expect(out.split('\n').filter((line) => line.startsWith('  s3://'))).toHaveLength(50);
    expect(out).toContain('  … and 3 more (--format json lists all)\n');
    expect(out).toContain('53 to be replayed');
  });

  test('lists a store without a function, and asks for one in the command', async () => {
    store(at, `${URL}it's`, batch(['1']));
    const { out, status } = await desk.run(URL, '--prefix', "it's");
    expect(status).toBe(1);
    expect(out).toContain(`  ${URL}it's (1 h 0 min, 850 B, batch of 1 record, RetryAttemptsExhausted, for Orders)\n`);
    expect(out).toContain(`  npx cdk-serverless-patterns-cli replay ${URL} --prefix 'it'\\''s' --state ${desk.state} --function <name> --yes\n`);
  });

  test('says that nothing lies there', async () => {
    expect(await desk.run(URL)).toEqual({ status: 0, err: '', out: `what failed, in ${URL}\n  nothing\n\n${URL}: nothing to be replayed\n` });
  });
});

describe('a stack', () => {
  const titles = async (...args: readonly string[]) => (JSON.parse((await desk.run('Shop', ...args, '--format', 'json')).out) as { stores: { title: string }[] }).stores.map(({ title }) => title);

  test('can be narrowed to a function or a Firehose stream', async () => {
    shop();
    expect(await titles('--function', 'Orders')).toEqual(['batches that OrdersEventSource could not deliver to Orders']);
    expect(await titles('--function', `${MAILER}:live`)).toEqual(['asynchronous invocations of Mailer that failed']);
    expect(await titles('--delivery-stream', 'Archive')).toEqual(['records that Archive could not process']);
    await expect(desk.run('Shop', '--function', 'Other')).rejects.toThrow(new UnreadableError('Shop', 'it has failure stores of Orders, Mailer, Archive, and none of Other'));
  });

  test('must have a failure store', async () => {
    at.stacks.Shop = [{ type: 'AWS::Lambda::EventSourceMapping', logicalId: 'Source', physicalId: MAPPING }, { type: 'AWS::KinesisFirehose::DeliveryStream', logicalId: 'A', physicalId: 'A' }];
    at.mappings[MAPPING] = { functionArn: ORDERS, destination: 'arn:aws:sqs:eu-west-1:111122223333:queue' };
    at.deliveryStreams.A = { arn: 'arn', readsStream: false };
    await expect(desk.run('Shop')).rejects.toThrow(UnreadableError);
    await expect(desk.run('Shop')).rejects.toThrow('cannot read Shop: it has no failure store: no event source mapping');
  });

  test('must have its buckets in its own account', async () => {
    shop();
    await desk.run('Shop');
    expect(at.owners).toEqual(['111122223333', '111122223333', '111122223333']);
  });

  test('that is not there is said in one line', async () => {
    expect(await desk.run('Nope')).toEqual({ status: 2, out: '', err: 'cdk-serverless-patterns-cli replay: cannot read the stack Nope: it does not exist\n' });
  });

  test('says which function takes what lies there: that of the mapping, whichever it was for', async () => {
    shop();
    store(at, `${BATCHES}old`, batch(['3'], { functionArn: `${ORDERS}Old` }));
    await desk.run('Shop', '--function', 'Orders', '--yes');
    expect(at.invoked.map(({ functionName }) => functionName)).toEqual([`${ORDERS}:live`, `${ORDERS}:live`]);
  });

  test('has no other qualifier invoked asynchronously than those with settings', async () => {
    shop();
    store(at, 's3://failures/aws/lambda/async/Mailer/z', asyncRecord('{}', `${MAILER}:7`));
    const { status, out } = await desk.run('Shop', '--function', 'Mailer', '--yes');
    expect(status).toBe(1);
    expect(out).toContain('refused: s3://failures/aws/lambda/async/Mailer/z');
    expect(out).toContain(`it was for ${MAILER}:7, which has no on-failure bucket`);
    expect(at.invoked.map(({ functionName }) => functionName)).toEqual([`${MAILER}:live`]);
  });

  test('has $LATEST invoked with what names no qualifier', async () => {
    shop();
    at.asyncSettings.Mailer = [{ functionArn: `${MAILER}:$LATEST`, destination: 'arn:aws:s3:::failures' }];
    store(at, 's3://failures/aws/lambda/async/Mailer/z', asyncRecord('{}', MAILER));
    await desk.run('Shop', '--function', 'Mailer', '--yes');
    expect(at.invoked.map(({ functionName }) => functionName)).toEqual([`${MAILER}:$LATEST`]);
  });

  test('has nothing replayed that is not of the form of its store', async () => {
    shop();
    store(at, `${BATCHES}x`, asyncRecord('{}', ORDERS));
    store(at, `${BATCHES}y`, 'a note');
    store(at, `${BATCHES}folder/`, '');
    const { out } = await desk.run('Shop', '--function', 'Orders', '--yes');
    expect(at.invoked).toHaveLength(1);
    expect(out).toContain('it is none of the batches that OrdersEventSource could not deliver to Orders');
    expect(out).toContain('it has none of the forms');
    expect(out).toContain('Shop: 1 replayed, 2 cannot be replayed\n');
  });

  test.each([
    ['errors/', 'data/', ['errors/'], undefined],
    ['', 'data/', ['data/processing-failed/', 'data/format-conversion-failed/', 'data/decompression-failed/'], undefined],
    ['!{timestamp:yyyy}/errors/', 'data/', [''], "the error prefix '!{timestamp:yyyy}/errors/' cannot be told from the data"],
    ['data/', 'data/in/', ['data/'], "the error prefix 'data/' cannot be told from the data"],
  ])('has the errors of Firehose below %s, beside %s', async (errorPrefix, prefix, prefixes, refused) => {
    at.stacks.Shop = [{ type: 'AWS::KinesisFirehose::DeliveryStream', logicalId: 'A', physicalId: 'A' }];
    at.deliveryStreams.A = { arn: 'arn', readsStream: false, s3: { bucketArn: 'arn:aws:s3:::archive', prefix, errorPrefix } };
    store(at, `s3://archive/${prefixes[0]!}c`, firehoseLines(['one']));
    const { out } = await desk.run('Shop');
    expect(at.calls).toEqual(prefixes.map((one) => `list archive/${one}`));
    expect(out).toContain(refused === undefined ? 'Shop: 1 to be replayed' : refused);
  });

  test('puts nothing into a Firehose stream that reads a Kinesis stream', async () => {
    shop();
    at.deliveryStreams.Archive = { ...at.deliveryStreams.Archive!, readsStream: true };
    const { status, out } = await desk.run('Shop', '--delivery-stream', 'Archive', '--yes');
    expect(status).toBe(1);
    expect(out).toContain('Archive reads a Kinesis stream, so that nothing can be put into it');
    expect(at.put).toEqual([]);
  });
});

describe('a store that is named', () => {
  test('has its function invoked with what was for it only', async () => {
    store(at, `${URL}a`, batch(['1']));
    store(at, `${URL}b`, batch(['2'], { functionArn: `${ORDERS}:live` }));
    store(at, `${URL}c`, batch(['3'], { functionArn: MAILER }));
    store(at, `${URL}d`, batch(['4'], { functionArn: ORDERS.replace('eu-west-1', 'us-east-1') }));
    const { status, out } = await desk.run(URL, '--function', ORDERS, '--yes');
    expect(status).toBe(1);
    expect(at.invoked.map(({ functionName, event }) => [functionName, ...idsIn(event)])).toEqual([[ORDERS, '1'], [ORDERS, '2']]);
    expect(out).toContain(`it was for ${MAILER}; --recorded-for says that ${ORDERS} takes its place`);
  });

  test('gives a function what was for another if that is said', async () => {
    store(at, `${URL}a`, batch(['1'], { functionArn: MAILER }));
    const { status } = await desk.run(URL, '--function', 'Successor', '--recorded-for', 'Mailer', '--yes');
    expect([status, at.invoked[0]?.functionName]).toEqual([0, 'Successor']);
  });

  test('puts records into the Firehose stream that is named', async () => {
    store(at, `${URL}a`, firehoseLines(['one', 'two']));
    store(at, `${URL}b`, batch(['1']));
    const { out } = await desk.run(URL, '--delivery-stream', 'Archive', '--yes');
    expect(at.put).toEqual([{ deliveryStream: 'Archive', records: ['one', 'two'] }]);
    expect(out).toContain('say with --function which function takes it');
    expect(at.invoked).toEqual([]);
  });

  test('does not put records if no Firehose stream is named', async () => {
    store(at, `${URL}a`, firehoseLines(['one']));
    expect((await desk.run(URL, '--function', 'Orders', '--yes')).out).toContain('say with --delivery-stream which Firehose stream takes it');
    expect(at.put).toEqual([]);
  });
});

describe('what is replayed', () => {
  test('is replayed from the oldest on, once, at the rate', async () => {
    store(at, `${URL}a`, batch(['2']), '2026-11-30T11:00:00Z');
    store(at, `${URL}b`, batch(['1']), '2026-11-30T10:00:00Z');
    store(at, `${URL}c`, batch(['3']), '2026-11-30T11:00:00Z');
    const { status, out, err } = await desk.run(URL, '--function', 'Orders', '--yes', '--rate', '0.5');
    expect(status).toBe(0);
    expect(at.invoked.map(({ event, at: when }) => [...idsIn(event), when - at.invoked[0]!.at])).toEqual([['1', 0], ['2', 2_000], ['3', 4_000]]);
    expect(out).toContain(`replayed: ${URL}b (2 h 0 min`);
    expect(out).toContain(`${URL}: 3 replayed\n`);
    expect(err).toBe('order is lost: records of the same keys that came later have been processed already, so that handlers must compare versions\n');
    const again = await desk.run(URL, '--function', 'Orders', '--yes');
    expect(again).toEqual({ status: 0, err: '', out: `3 objects replayed before, says ${desk.state}\n${URL}: nothing to be replayed\n` });
    expect(at.invoked).toHaveLength(3);
  });

  test('is one call in a second if nothing is said', async () => {
    ['a', 'b'].forEach((name) => store(at, `${URL}${name}`, batch([name])));
    await desk.run(URL, '--function', 'Orders', '--yes');
    expect(at.invoked[1]!.at - at.invoked[0]!.at).toBe(1_000);
  });

  test('is replayed again if it is another object of the same name', async () => {
    store(at, `${URL}a`, batch(['1']));
    await desk.run(URL, '--function', 'Orders', '--yes');
    at.objects.delete('failures/aws/a');
    store(at, `${URL}x`, batch(['0']));
    store(at, `${URL}a`, batch(['2']));
    await desk.run(URL, '--function', 'Orders', '--yes', '--prefix', 'a');
    expect(at.invoked.map(({ event }) => idsIn(event))).toEqual([['1'], ['2']]);
  });

  test('is kept, unless it is to be deleted', async () => {
    ['a', 'b'].forEach((name) => store(at, `${URL}${name}`, batch([name])));
    await desk.run(URL, '--function', 'Orders', '--yes', '--limit', '1');
    expect([...at.objects.keys()]).toEqual(['failures/aws/a', 'failures/aws/b']);
    store(at, `${URL}c`, batch(['bad']));
    at.functions = (_, event) => (event.includes('bad') ? { error: 'Error: bad' } : { answer: 'null' });
    await desk.run(URL, '--function', 'Orders', '--delete');
    expect(at.objects.size).toBe(3);
    await desk.run(URL, '--function', 'Orders', '--yes', '--delete');
    expect([...at.objects.keys()]).toEqual(['failures/aws/c']);
    expect(at.invoked).toHaveLength(3);
  });

  test('is chosen by prefix, time and number', async () => {
    ['09:00', '10:00', '11:00', '11:30'].forEach((time) => store(at, `${URL}${time.startsWith('11') ? 'new' : 'old'}/${time}`, batch([time]), `2026-11-30T${time}:00Z`));
    const chosen = async (...args: readonly string[]) => {
      const { objects } = JSON.parse((await desk.run(URL, '--function', 'Orders', '--format', 'json', ...args)).out) as { objects: { key: string }[] };
      return objects.map(({ key }) => key.slice(-5));
    };
    expect(await chosen('--prefix', 'new/')).toEqual(['11:00', '11:30']);
    expect(await chosen('--since', '2h')).toEqual(['10:00', '11:00', '11:30']);
    expect(await chosen('--since', '2026-11-30', '--until', '90m')).toEqual(['09:00', '10:00']);
    expect(await chosen('--until', '2026-11-30T11:00+01:00')).toEqual(['09:00']);
    expect(await chosen('--limit', '2')).toEqual(['09:00', '10:00']);
    const { status, out } = await desk.run(URL, '--function', 'Orders', '--yes', '--limit', '2');
    expect(status).toBe(1);
    expect(out).toContain('2 objects more than --limit\n');
  });

  test('may vanish before it is read', async () => {
    store(at, `${URL}a`, batch(['1']));
    store(at, `${URL}b`, batch(['2']));
    at.functions = () => {
      at.objects.delete('failures/aws/b');
      return { answer: 'null' };
    };
    const { out } = await desk.run(URL, '--function', 'Orders', '--yes');
    expect(out).toContain('refused: s3://failures/aws/b');
    expect(out).toContain('it is not there any more');
  });
});

describe('a batch of a stream', () => {
  const run = (...args: readonly string[]) => desk.run(URL, '--function', 'Orders', '--yes', ...args);
  const seen = () => at.invoked.map(({ event }) => idsIn(event).join(''));
  /** Stops at the first record that is bad, and names it. */
  const stopping = (bad: string) => (_: string, event: string) => {
    const failed = idsIn(event).find((id) => bad.includes(id));
    return { answer: JSON.stringify({ batchItemFailures: failed === undefined ? [] : [{ itemIdentifier: failed }] }) };
  };
  /** Throws if one is bad. */
  const throwing = (bad: string) => (_: string, event: string) => (idsIn(event).some((id) => bad.includes(id)) ? { error: 'Error: bad' } : { answer: 'null' });

  test('is given as it was', async () => {
    const event = '{"Records":[{"kinesis":{"sequenceNumber":"1"},"n":12345678901234567890}]}';
    store(at, `${URL}a`, batch([], { event }));
    await run();
    expect(at.invoked[0]?.event).toBe(event);
  });

  test('that fails is left, and given whole again', async () => {
    store(at, `${URL}a`, batch(['1', '2']));
    store(at, `${URL}b`, batch(['3']));
    at.functions = throwing('2');
    const { status, out } = await run();
    expect(status).toBe(1);
    expect(out).toMatch(/failed: s3:\/\/failures\/aws\/a .*: Error: bad\n/);
    expect(out).toContain(`${URL}: 1 replayed, 1 still failing\n`);
    at.functions = throwing('');
    expect((await run()).status).toBe(0);
    expect(seen()).toEqual(['12', '3', '12']);
  });

  test('goes on behind the record that fails, which alone is left', async () => {
    store(at, `${URL}a`, batch([...'12345']));
    at.functions = stopping('24');
    const { status, out } = await run();
    expect(status).toBe(1);
    expect(out).toContain('batch of 5 records, 2 left, RetryAttemptsExhausted');
    expect(out).toContain(': it reports as failed: 2, 4\n');
    expect(seen()).toEqual(['12345', '345', '5']);
    at.functions = stopping('4');
    expect((await run()).status).toBe(1);
    at.functions = stopping('');
    expect((await run()).status).toBe(0);
    expect(seen().slice(3)).toEqual(['24', '4']);
  });

  test('is not taken for done if its answer names what is not in it', async () => {
    store(at, `${URL}a`, batch(['1']));
    at.functions = () => ({ answer: '{"batchItemFailures":[{"itemIdentifier":"7"}]}' });
    const { status, out } = await run();
    expect(status).toBe(1);
    expect(out).toContain('it names in its answer what is not in the batch: {"batchItemFailures":[{"itemIdentifier":"7"}]}');
  });

  test('without sequence numbers is done or not as a whole', async () => {
    store(at, `${URL}a`, batch([], { event: '{"records":{"topic-0":[]}}' }));
    at.functions = () => ({ answer: '{"batchItemFailures":[{"itemIdentifier":"7"}]}' });
    expect((await run()).status).toBe(1);
    at.functions = () => ({ answer: '{"batchItemFailures":[]}' });
    expect((await run()).status).toBe(0);
    at.functions = () => ({ error: 'never' });
    expect(at.invoked).toHaveLength(2);
  });

  test('is halved on request, until what fails is found', async () => {
    store(at, `${URL}a`, batch([...'1234']));
    at.functions = throwing('3');
    const { status, out } = await run('--bisect');
    expect(status).toBe(1);
    expect(seen()).toEqual(['1234', '12', '34', '3', '4']);
    expect(out).toContain('1 left');
    at.functions = throwing('');
    expect((await run('--bisect')).status).toBe(0);
    expect(seen().at(-1)).toBe('3');
  });

  test('goes on where it was interrupted', async () => {
    store(at, `${URL}a`, batch([...'1234']));
    store(at, `${URL}b`, batch(['5']));
    at.functions = stopping('2');
    desk.isInterrupted = () => at.invoked.length === 1;
    const { status, out, err } = await run();
    expect(status).toBe(1);
    expect(out).toContain('it was interrupted');
    expect(out).toContain('1 object not looked at\n');
    expect(err).toContain(`it was interrupted; the same command goes on from there, by ${desk.state}\n`);
    desk.isInterrupted = () => false;
    at.functions = stopping('');
    expect((await run()).status).toBe(0);
    expect(seen()).toEqual(['1234', '234', '5']);
  });

  test('goes on where AWS refused', async () => {
    store(at, `${URL}a`, batch([...'123']));
    store(at, `${URL}b`, batch(['4']));
    at.functions = (name, event) => {
      if (at.invoked.length > 1) {
        throw new AwsError('cannot invoke Orders: the function is throttled');
      }
      return stopping('1')(name, event);
    };
    const { status, err } = await run();
    expect(status).toBe(2);
    expect(err).toContain('cdk-serverless-patterns-cli replay: cannot invoke Orders: the function is throttled; the same command goes on from there');
    at.functions = stopping('');
    expect((await run()).status).toBe(0);
    expect(seen()).toEqual(['123', '23', '123', '4']);
  });
});

describe('an asynchronous invocation', () => {
  test('is invoked with its event, and its failure is seen', async () => {
    store(at, `${URL}a`, asyncRecord('{"id": 12345678901234567890}'));
    at.functions = () => ({ error: 'Error: still broken' });
    const { status, out, err } = await desk.run(URL, '--function', 'Mailer', '--yes');
    expect(status).toBe(1);
    expect(at.invoked).toMatchObject([{ functionName: 'Mailer', event: '{"id": 12345678901234567890}' }]);
    expect(out).toContain(': Error: still broken\n');
    expect(err).toBe('asynchronous invocations are invoked synchronously, so that their failure is seen here and not set aside again\n');
  });

  test('may answer what it likes', async () => {
    store(at, `${URL}a`, asyncRecord('{}'));
    at.functions = () => ({ answer: '{"batchItemFailures":"x"}' });
    expect((await desk.run(URL, '--function', 'Mailer', '--yes')).status).toBe(0);
  });
});

describe('records of Firehose', () => {
  const run = (...args: readonly string[]) => desk.run(URL, '--delivery-stream', 'Archive', '--yes', ...args);
  const put = () => at.put.map(({ records }) => records.join(''));

  test('are put again in portions that Firehose takes', async () => {
    store(at, `${URL}a`, firehoseLines(Array.from({ length: 501 }, (_, index) => `${index}`)));
    store(at, `${URL}b`, firehoseLines(Array.from({ length: 4 }, (_, index) => `${index}`.repeat(900_000))));
    const { status, err } = await run();
    expect(status).toBe(0);
    expect(at.put.map(({ records }) => records.length)).toEqual([500, 1, 3, 1]);
    expect(err).toContain('what Firehose accepts is not delivered yet');
  });

  test('that are not accepted are tried three times, and are left', async () => {
    store(at, `${URL}a`, firehoseLines(['1', '2', '3']));
    at.firehose = (record) => (record === '2' ? 'ServiceUnavailableException: Slow down.' : undefined);
    const { status, out } = await run();
    expect(status).toBe(1);
    expect(out).toContain('Firehose of 3 records, 1 left');
    expect(out).toContain(': ServiceUnavailableException: Slow down.\n');
    at.firehose = () => undefined;
    expect((await run()).status).toBe(0);
    expect(put()).toEqual(['123', '2', '2', '2']);
  });

  test('that come back again and again are not put for ever', async () => {
    for (const round of [1, 2, 3]) {
      store(at, `${URL}${round}`, firehoseLines(['bad', 'bad', `good${round}`]));
      expect((await run()).status).toBe(0);
    }
    store(at, `${URL}4`, firehoseLines(['bad', 'good4']));
    const { status, out } = await run();
    expect(status).toBe(1);
    expect(out).toContain('it was put 3 times before and comes back; --max-attempts allows more');
    expect(put()).toEqual(['badbadgood1', 'badbadgood2', 'badbadgood3', 'good4']);
    expect((await run('--max-attempts', '4')).status).toBe(0);
    expect(put().at(-1)).toBe('bad');
  });
});

describe('the progress', () => {
  test('survives a line that was not written to its end', async () => {
    store(at, `${URL}a`, batch(['1']));
    await desk.run(URL, '--function', 'Orders', '--yes');
    fs.appendFileSync(desk.state, '{"object":"s3://fai');
    store(at, `${URL}b`, batch(['2']));
    await desk.run(URL, '--function', 'Orders', '--yes');
    expect(desk.progress()).toEqual(['{"object":"s3://failures/aws/a e0"}', '{"object":"s3://failures/aws/b e1"}']);
    expect((await desk.run(URL, '--function', 'Orders', '--yes')).status).toBe(0);
    expect(at.invoked).toHaveLength(2);
  });

  test.each(['hello', 'hello\n', '{"a":1}', '{"name":"x"}\n{"object":"y"}\n'])('is not written into another file, such as one with %j', async (content) => {
    fs.writeFileSync(desk.state, content);
    store(at, `${URL}a`, batch(['1']));
    await expect(desk.run(URL, '--function', 'Orders', '--yes')).rejects.toThrow(`cannot read ${desk.state}: line 1 is not of the progress of a replay`);
    expect(fs.readFileSync(desk.state, 'utf8')).toBe(content);
  });

  test('that cannot be written ends the replay', async () => {
    store(at, `${URL}a`, batch(['1']));
    store(at, `${URL}b`, batch(['1']));
    fs.rmSync(desk.folder, { recursive: true });
    await expect(desk.run(URL, '--function', 'Orders', '--yes')).rejects.toThrow(`cannot write ${desk.state}`);
    expect(at.invoked).toHaveLength(1);
  });
});

describe('the arguments', () => {
  test.each([
    [[], 'say what to replay'],
    [['A', 'B'], "not more than one, such as 'B'"],
    [['s3://B'], "a store is s3://<bucket>/<prefix>, not 's3://B'"],
    [[URL, '--yes'], 'say who takes what lies there: --function'],
    [['Shop', '--function', 'a', '--recorded-for', 'b'], "--recorded-for 'b' is for a store that is named by s3://"],
    [[URL, '--recorded-for', 'b'], "--recorded-for 'b' is for"],
    [['Shop', '--rate', '0'], "--rate is how many calls in a second, above 0 and at most 1000, not '0'"],
    [['Shop', '--rate', 'fast'], "not 'fast'"],
    [['Shop', '--limit', '0'], "--limit is a whole number from 1, not '0'"],
    [['Shop', '--max-attempts', '1.5'], "--max-attempts is a whole number from 1, not '1.5'"],
    [['Shop', '--since', 'yesterday'], "--since is a day such as 2026-11-30, a time with its zone such as 2026-11-30T08:00Z, or an age such as 90m, 12h or 7d, not 'yesterday'"],
    [['Shop', '--until', '2026-13-01'], "not '2026-13-01'"],
    [['Shop', '--until', '2026-11-30T08:00'], "not '2026-11-30T08:00'"],
    [['Shop', '--format', 'sarif'], "--format is text or json, not 'sarif'"],
    [['Shop', '--force'], "Unknown option '--force'"],
  ])('%j', async (args, message) => {
    const run = desk.run(...args);
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow(message);
  });

  test('are explained', async () => {
    const { status, out } = await runCli(['replay', '--help']);
    expect(status).toBe(0);
    expect(out).toContain('Usage: cdk-serverless-patterns-cli replay [options] <stack | s3://bucket/prefix>');
    expect((await runCli(['--help'])).out).toContain('replay   lists and replays what lies in failure stores');
  });

  test('name the file of the progress, which is else named after the source', async () => {
    const { optionsOf } = jest.requireActual<typeof import('../../../cli/src/replay/options')>('../../../cli/src/replay/options');
    const stateOf = (...args: readonly string[]) => optionsOf(args, new Date()).state;
    expect(stateOf('Shop')).toBe('replay-Shop.jsonl');
    expect(stateOf('s3://failures.example/aws/lambda/')).toBe('replay-failures.example-aws-lambda.jsonl');
    expect(stateOf('Shop', '--state', path.join(folder({}), 'x'))).toMatch(/x$/);
  });
});
