export * from './alarms/alarm-options';
export * from './alarms/alarms';
export * from './functions/canary-function';
export * from './messaging/queue-fed';
export * from './messaging/queue-fed-function';
export * from './messaging/topic-fan-out';
export * from './storage/claim-check-bucket';
