import { checkPattern } from './check-pattern';
import { scheduledMessages } from './scheduled-messages';

checkPattern(scheduledMessages);
