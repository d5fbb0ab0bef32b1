import { checkPattern } from './check-pattern';
import { queueFedService } from './queue-fed-service';

checkPattern(queueFedService);
