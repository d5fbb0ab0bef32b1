import type { Check } from './check';

export const BUCKET_CHECKS: readonly Check[] = [];
