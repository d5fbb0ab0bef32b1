import type { Check } from './check';

export const API_CHECKS: readonly Check[] = [];
