import { RemovalPolicy } from 'aws-cdk-lib';
import { pattern } from './pattern';
import { ApiLoggingAccount } from '../../src';

export const apiLoggingAccount = pattern(ApiLoggingAccount, {
  default: { props: () => ({}), silent: true },
  deleted: { props: () => ({ removalPolicy: RemovalPolicy.DESTROY }), silent: true },
});
