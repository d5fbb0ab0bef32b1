import { checkPattern } from './check-pattern';
import { topicFanOut } from './topic-fan-out';

checkPattern(topicFanOut);
