import { NotAnS3EventError, s3Records } from '../../runtime/src';

// From https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
const CREATED = {
  'version': '0',
  'id': '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'Object Created',
  'source': 'aws.s3',
  'account': '111122223333',
  'time': '2021-11-12T00:00:00Z',
  'region': 'ca-central-1',
  'resources': ['arn:aws:s3:::amzn-s3-demo-bucket1'],
  'detail': {
    'version': '0',
    'bucket': { name: 'amzn-s3-demo-bucket1' },
    'object': {
      'key': 'a b+ü%20.csv',
      'size': 5,
      'etag': 'b1946ac92492d2347c6235b4d2611184',
      'version-id': 'IYV3p45BT0ac8hjHg1houSdS1a.Mro8e',
      'sequencer': '617f08299329d189',
    },
    'request-id': 'N4N7GDK58NMKJ12R',
    'requester': '123456789012',
    'source-ip-address': '1.2.3.4',
    'reason': 'PutObject',
  },
};

// From https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
const NOTIFICATION = {
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'us-west-2',
  eventTime: '1970-01-01T00:00:00.000Z',
  eventName: 'ObjectCreated:Put',
  userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'testConfigRule',
    bucket: { name: 'amzn-s3-demo-bucket', ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: 'arn:aws:s3:::amzn-s3-demo-bucket' },
    object: {
      key: 'a+b%2B%C3%BC%2520.csv',
      size: 1024,
      eTag: 'd41d8cd98f00b204e9800998ecf8427e',
      versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
      sequencer: '0055AED6DCD90281E5',
    },
  },
};

const TEST_EVENT = {
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: '2014-10-13T15:57:02.089Z',
  Bucket: 'bucketname',
  RequestId: '5582815E1AEA5ADF',
  HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
};

const viaEventBridge = {
  bucket: 'amzn-s3-demo-bucket1',
  key: 'a b+ü%20.csv',
  change: 'created',
  eventName: 'Object Created',
  time: '2021-11-12T00:00:00Z',
  reason: 'PutObject',
  size: 5,
  eTag: 'b1946ac92492d2347c6235b4d2611184',
  versionId: 'IYV3p45BT0ac8hjHg1houSdS1a.Mro8e',
  sequencer: '617f08299329d189',
};

const fromBucket = {
  bucket: 'amzn-s3-demo-bucket',
  key: 'a b+ü%20.csv',
  change: 'created',
  eventName: 'ObjectCreated:Put',
  time: '1970-01-01T00:00:00.000Z',
  size: 1024,
  eTag: 'd41d8cd98f00b204e9800998ecf8427e',
  versionId: '096fKKXTRTtl3on89fVO.nfljtsv6qko',
  sequencer: '0055AED6DCD90281E5',
};

const sqs = (body: unknown) => ({ messageId: '1', eventSource: 'aws:sqs', body: JSON.stringify(body) });
const received = (body: unknown) => ({ MessageId: '1', Body: JSON.stringify(body) });
const sns = (message: unknown) => ({ Type: 'Notification', TopicArn: 'arn:aws:sns:us-east-1:111122223333:uploads', Message: JSON.stringify(message) });

/** Every way in which an event comes. */
const WAYS: [string, (event: unknown) => unknown][] = [
  ['as it is', (event) => event],
  ['as the text of a body', (event) => JSON.stringify(event)],
  ['in a record of SQS', sqs],
  ['in a message that was received', received],
  ['through a topic', (event) => ({ Records: [{ EventSource: 'aws:sns', Sns: sns(event) }] })],
  ['through a topic, in a record of SQS', (event) => sqs(sns(event))],
  ['through a topic, in a message that was received', (event) => received(sns(event))],
];

describe.each(WAYS)('an event of S3 %s', (_, way) => {
  test('through EventBridge has its key as it is', () => {
    expect(s3Records(way(CREATED))).toEqual([viaEventBridge]);
  });

  test('from the bucket has its key encoded as in a form', () => {
    expect(s3Records(way({ Records: [NOTIFICATION] }))).toEqual([fromBucket]);
  });

  test('from the bucket may be about several objects', () => {
    const { s3 } = NOTIFICATION;
    const other = { ...NOTIFICATION, s3: { ...s3, object: { ...s3.object, key: 'other' } } };
    expect(s3Records(way({ Records: [NOTIFICATION, other] }))).toEqual([fromBucket, { ...fromBucket, key: 'other' }]);
  });

  test('is about no object if it is the test event', () => {
    expect(s3Records(way(TEST_EVENT))).toEqual([]);
  });
});

test('one record of a notification is an event too', () => {
  expect(s3Records(NOTIFICATION)).toEqual([fromBucket]);
});

test.each(['SubscriptionConfirmation', 'UnsubscribeConfirmation'])('a %s of SNS is about no object', (Type) => {
  expect(s3Records(sqs({ ...sns('You have chosen to subscribe'), Type }))).toEqual([]);
});

test.each([
  ['Object Created', 'created'],
  ['Object Deleted', 'deleted'],
  ['Object Restore Completed', 'other'],
  ['Object Tags Added', 'other'],
])('%s of EventBridge is: %s', (name, change) => {
  expect(s3Records({ ...CREATED, 'detail-type': name })).toMatchObject([{ eventName: name, change }]);
});

test.each([
  ['ObjectCreated:CompleteMultipartUpload', 'created'],
  ['ObjectRemoved:DeleteMarkerCreated', 'deleted'],
  ['LifecycleExpiration:Delete', 'deleted'],
  ['LifecycleTransition', 'other'],
  ['ObjectRestore:Completed', 'other'],
])('%s of a notification is: %s', (eventName, change) => {
  expect(s3Records({ Records: [{ ...NOTIFICATION, eventName }] })).toMatchObject([{ eventName, change }]);
});

test('what is not said is undefined, and so is the version where versions are suspended', () => {
  const bare = { ...CREATED, detail: { bucket: CREATED.detail.bucket, object: { 'key': 'x', 'version-id': 'null' } } };
  const { size, eTag, versionId, sequencer, reason } = s3Records(bare)[0]!;
  expect([size, eTag, versionId, sequencer, reason]).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

const { s3 } = NOTIFICATION;

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'order'],
  ['an empty list', []],
  ['an empty event', { Records: [] }],
  ['nothing at all in the list', { Records: [null] }],
  ['an event of another service', { ...CREATED, source: 'aws.ec2' }],
  ['an event of CloudTrail about S3', { 'source': 'aws.s3', 'detail-type': 'AWS API Call via CloudTrail', 'detail': { requestParameters: { bucketName: 'x' } } }],
  ['an event without its name', { ...CREATED, 'detail-type': undefined }],
  ['an event of a stream', { Records: [{ eventSource: 'aws:kinesis', eventName: 'aws:kinesis:record', s3 }] }],
  ['a list in which one is of another service', { Records: [NOTIFICATION, { eventSource: 'aws:sns' }] }],
  ['a notification without its object', { Records: [{ ...NOTIFICATION, s3: { bucket: s3.bucket } }] }],
  ['a key that is not encoded', { Records: [{ ...NOTIFICATION, s3: { ...s3, object: { key: '100%' } } }] }],
  ['a message with something else', sqs({ order: 1 })],
  ['a message of a topic with something else', sqs(sns({ order: 1 }))],
])('%s is no event of S3', (_, event) => {
  expect(() => s3Records(event)).toThrow(NotAnS3EventError);
});

test('what is none is shown, but not more than its beginning', () => {
  const body = `{"order":"${'x'.repeat(500)}"}`;
  expect(() => s3Records({ body })).toThrow(new NotAnS3EventError(
    `this is no event of S3 about an object, through EventBridge or from the bucket itself, in a message of SQS or SNS or by itself: ${body.slice(0, 200)}`,
  ));
});

test('of a whole event of SQS each record is to be read, so that one can be reported', () => {
  expect(() => s3Records({ Records: [sqs(CREATED)] })).toThrow(new NotAnS3EventError(
    'this is an event of SQS: call s3Records for each of its Records, so that the one that is no event of S3 can be reported alone',
  ));
});
