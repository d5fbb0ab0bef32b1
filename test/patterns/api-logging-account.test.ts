import { apiLoggingAccount } from './api-logging-account';
import { checkPattern } from './check-pattern';

checkPattern(apiLoggingAccount);
