import type { Check } from './check';

export const TOPIC_CHECKS: readonly Check[] = [];
