import type { Check } from './check';

export const OPEN_ACCESS_CHECKS: readonly Check[] = [];
