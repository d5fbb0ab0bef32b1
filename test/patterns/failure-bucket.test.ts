import { checkPattern } from './check-pattern';
import { failureBucket } from './failure-bucket';

checkPattern(failureBucket);
