import type { Check } from './check';

export const FUNCTION_CHECKS: readonly Check[] = [];
