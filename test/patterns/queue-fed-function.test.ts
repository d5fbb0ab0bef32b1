import { checkPattern } from './check-pattern';
import { queueFedFunction } from './queue-fed-function';

checkPattern(queueFedFunction);
