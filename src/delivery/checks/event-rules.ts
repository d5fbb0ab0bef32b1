import type { Check } from './check';

export const EVENT_RULE_CHECKS: readonly Check[] = [];
