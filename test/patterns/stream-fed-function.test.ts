import { checkPattern } from './check-pattern';
import { streamFedFunction } from './stream-fed-function';

checkPattern(streamFedFunction);
