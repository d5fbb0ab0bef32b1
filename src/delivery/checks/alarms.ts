import type { Check } from './check';

export const ALARM_CHECKS: readonly Check[] = [];
