import { checkPattern } from './check-pattern';
import { claimCheckBucket } from './claim-check-bucket';

checkPattern(claimCheckBucket);
