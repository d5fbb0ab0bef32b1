import { canaryFunction } from './canary-function';
import { checkPattern } from './check-pattern';

checkPattern(canaryFunction);
