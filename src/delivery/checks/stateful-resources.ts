import type { Check } from './check';

export const STATEFUL_RESOURCE_CHECKS: readonly Check[] = [];
