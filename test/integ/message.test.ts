import { markOf, messageIn } from '../../integ/support/message';

const message = { run: 'orders', number: 7, fault: 'poison' };

test.each([
  ['as it was sent', JSON.stringify(message)],
  ['in an envelope of SNS', JSON.stringify({ Type: 'Notification', MessageId: 'a', Message: JSON.stringify(message) })],
  ['in an event of EventBridge', JSON.stringify({ 'version': '0', 'detail-type': 'order', 'detail': message })],
  ['in what an asynchronous invocation left', JSON.stringify({ requestPayload: { detail: message }, responsePayload: null })],
  ['in a batch of Lambda', { Records: [{ body: JSON.stringify(message) }] }],
])('a message is found %s', (_form, value) => {
  expect(messageIn(value)).toEqual(message);
});

test('a message is known by its mark where its body is elsewhere', () => {
  const pointer = ['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: 'bucket', s3Key: `deposits/${markOf('orders', 7)}` }];
  expect(messageIn(JSON.stringify(pointer))).toEqual({ run: 'orders', number: 7 });
  expect(messageIn(['{}', { mark: { stringValue: markOf('orders', 7) } }])).toEqual({ run: 'orders', number: 7 });
});

test('a body counts more than a mark', () => {
  expect(messageIn([{ mark: markOf('orders', 7) }, JSON.stringify(message)])).toEqual(message);
});

test.each([undefined, null, '', 'hello', '{ broken', '{}', 7, { run: 'orders' }])('there is none in %j', (value) => {
  expect(messageIn(value)).toBeUndefined();
});
