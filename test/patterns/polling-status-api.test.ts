import { checkPattern } from './check-pattern';
import { pollingStatusApi } from './polling-status-api';

checkPattern(pollingStatusApi);
