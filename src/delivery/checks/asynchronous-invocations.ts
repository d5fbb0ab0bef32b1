import type { Check } from './check';

export const ASYNCHRONOUS_INVOCATION_CHECKS: readonly Check[] = [];
