import { checkPattern } from './check-pattern';
import { eventRouter } from './event-router';

checkPattern(eventRouter);
