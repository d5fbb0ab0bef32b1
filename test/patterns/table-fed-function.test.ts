import { checkPattern } from './check-pattern';
import { tableFedFunction } from './table-fed-function';

checkPattern(tableFedFunction);
