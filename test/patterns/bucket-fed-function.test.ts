import { bucketFedFunction } from './bucket-fed-function';
import { checkPattern } from './check-pattern';

checkPattern(bucketFedFunction);
