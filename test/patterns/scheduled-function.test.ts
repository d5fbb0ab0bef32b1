import { checkPattern } from './check-pattern';
import { scheduledFunction } from './scheduled-function';

checkPattern(scheduledFunction);
