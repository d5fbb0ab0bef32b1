import { checkPattern } from './check-pattern';
import { resilientWorkflow } from './resilient-workflow';

checkPattern(resilientWorkflow);
