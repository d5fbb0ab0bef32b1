import { checkPattern } from './check-pattern';
import { queueFedWorkflow } from './queue-fed-workflow';

checkPattern(queueFedWorkflow);
