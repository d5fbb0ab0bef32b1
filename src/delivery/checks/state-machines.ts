import type { Check } from './check';

export const STATE_MACHINE_CHECKS: readonly Check[] = [];
