import type { Check } from './check';

export const PAYLOAD_SIZE_CHECKS: readonly Check[] = [];
