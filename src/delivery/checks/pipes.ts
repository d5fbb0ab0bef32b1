import type { Check } from './check';

export const PIPE_CHECKS: readonly Check[] = [];
