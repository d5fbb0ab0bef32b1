import { IAM_ACTIONS, SERVICE_REQUESTS } from './opinions';
import { testsIn } from './promise';
import type { PagePromises } from './promise';

const tests = testsIn('test/apis/api-logging-account.test.ts');

export const apiLoggingAccount: PagePromises = {
  name: 'ApiLoggingAccount',
  page: 'docs/api-logging-account.md',
  promises: [
    {
      id: 'role',
      says: 'API Gateway can write logs: the account\'s setting names a role with the managed policy that API Gateway asks for',
      section: 'permissions',
      tests: [tests('sets the role by which API Gateway writes logs'), SERVICE_REQUESTS, IAM_ACTIONS],
    },
    {
      id: 'order',
      says: 'An API of the same stack waits for it and is made',
      section: 'minimal',
      tests: [testsIn('integ/integ.polling-status-api.ts')('jobs.node.addDependency(logging)')],
    },
    {
      id: 'deletion',
      says: 'Role and setting are kept when the stack is deleted, and go with `RemovalPolicy.DESTROY`',
      section: 'stacks-keys-and-deletion',
      tests: [tests('with the removal policy %s')],
    },
    {
      id: 'logs-written',
      says: 'Access logs are written',
      section: 'apiloggingaccount',
      tests: [],
      untested: 'the emulator writes no access logs',
    },
  ],
};
