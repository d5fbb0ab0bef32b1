import type { Check } from './check';

export const KEY_CHECKS: readonly Check[] = [];
