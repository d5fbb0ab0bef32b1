import { asyncFunction } from './async-function';
import { checkPattern } from './check-pattern';

checkPattern(asyncFunction);
