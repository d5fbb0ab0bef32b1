import type { Aws, DeliveryStream, StackResource } from './aws';
import type { Store } from './store';
import { functionNameOf } from './store';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const FUNCTIONS: readonly string[] = ['AWS::Lambda::Function', 'AWS::Lambda::Alias', 'AWS::Lambda::Version'];
const DELIVERY_STREAM = 'AWS::KinesisFirehose::DeliveryStream';
const STACK = 'AWS::CloudFormation::Stack';

/** Where Firehose writes errors if it is not told where. */
const ERROR_TYPES = ['processing-failed', 'format-conversion-failed', 'decompression-failed'];

/** The failure stores of the event source mappings, functions and Firehose streams in a stack and in the stacks nested in it. */
export async function stackStores(stack: string, aws: Aws): Promise<Store[]> {
  const resources = await allResources(stack, aws);
  const functions = new Set(resources.filter(({ type }) => FUNCTIONS.includes(type)).map(({ physicalId }) => functionNameOf(physicalId)));
  const stores: Store[] = [];
  for (const { logicalId, physicalId } of resources.filter(({ type }) => type === MAPPING)) {
    stores.push(...await mappingStores(logicalId, physicalId, aws));
  }
  for (const name of functions) {
    stores.push(...await asyncStores(name, aws));
  }
  for (const { physicalId } of resources.filter(({ type }) => type === DELIVERY_STREAM)) {
    stores.push(...firehoseStores(physicalId, await aws.deliveryStream(physicalId)));
  }
  return stores;
}

async function allResources(stack: string, aws: Aws): Promise<StackResource[]> {
  const open = [stack];
  const found: StackResource[] = [];
  for (const place of open) {
    const resources = await aws.resources(place);
    open.push(...resources.filter(({ type }) => type === STACK).map(({ physicalId }) => physicalId));
    found.push(...resources);
  }
  return found;
}

async function mappingStores(logicalId: string, id: string, aws: Aws): Promise<Store[]> {
  const { functionArn, destination } = await aws.mapping(id);
  const bucket = bucketOf(destination);
  return bucket === undefined ? [] : [{
    bucket,
    prefix: `aws/lambda/${id}/`,
    owner: accountOf(functionArn),
    title: `batches that ${logicalId} could not deliver to ${functionNameOf(functionArn)}`,
    form: 'stream-batch',
    name: functionNameOf(functionArn),
    // Whichever function it was for then: the mapping says for which it is now.
    targetOf: () => ({ functionName: functionArn }),
  }];
}

async function asyncStores(name: string, aws: Aws): Promise<Store[]> {
  const settings = (await aws.asyncSettings(name)).filter(({ destination }) => bucketOf(destination) !== undefined);
  const arns = settings.map(({ functionArn }) => qualified(functionArn));
  return [...new Set(settings.map(({ destination }) => bucketOf(destination) ?? ''))].map((bucket) => ({
    bucket,
    prefix: `aws/lambda/async/${name}/`,
    owner: accountOf(arns[0] ?? ''),
    title: `asynchronous invocations of ${name} that failed`,
    form: 'async-invocation',
    name,
    targetOf: (kept) => {
      const recordedFor = 'recordedFor' in kept ? qualified(kept.recordedFor) : '';
      return arns.includes(recordedFor)
        ? { functionName: recordedFor }
        : { refused: `it was for ${recordedFor}, which has no on-failure bucket: s3://${bucket}/aws/lambda/async/${name}/ and --function say who takes it` };
    },
  }));
}

function firehoseStores(name: string, { arn, readsStream, s3 }: DeliveryStream): Store[] {
  const bucket = bucketOf(s3?.bucketArn);
  if (s3 === undefined || bucket === undefined) {
    return [];
  }
  const [data, errors] = [s3.prefix, s3.errorPrefix].map((prefix) => prefix.split('!{', 1)[0] ?? '') as [string, string];
  const isBeside = errors !== '' && !data.startsWith(errors);
  const prefixes = s3.errorPrefix === '' ? ERROR_TYPES.map((type) => `${data}${type}/`) : [errors];
  return prefixes.map((prefix) => ({
    bucket,
    prefix,
    owner: accountOf(arn),
    title: `records that ${name} could not process`,
    form: 'firehose-records',
    name,
    targetOf: () => {
      if (readsStream) {
        return { refused: `${name} reads a Kinesis stream, so that nothing can be put into it; what is put into the stream goes to all its consumers` };
      }
      return isBeside || s3.errorPrefix === ''
        ? { deliveryStream: name }
        : { refused: `the error prefix '${s3.errorPrefix}' cannot be told from the data: s3://${bucket}/<prefix> and --delivery-stream say what to replay` };
    },
  }));
}

/** Who names no version or alias means $LATEST. */
function qualified(functionArn: string): string {
  return /:function:[^:]+$/.test(functionArn) ? `${functionArn}:$LATEST` : functionArn;
}

function bucketOf(arn: string | undefined): string | undefined {
  return /^arn:[^:]+:s3:::([^/]+)$/.exec(arn ?? '')?.[1];
}

function accountOf(arn: string): string | undefined {
  return /^arn:[^:]+:[^:]+:[^:]*:(\d{12}):/.exec(arn)?.[1];
}
