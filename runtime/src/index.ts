export * from './claim';
export * from './deposit';
export type { ClaimableMessage, Envelope, LambdaMessage, ReceivedMessage } from './envelope';
export * from './errors';
