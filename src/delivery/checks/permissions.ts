import type { Check } from './check';

export const PERMISSION_CHECKS: readonly Check[] = [];
