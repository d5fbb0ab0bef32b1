import * as cdk from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** How the CDK acknowledges findings, which cdk-nag 3 reads. */
export interface Validations {
  of(scope: IConstruct): { acknowledge(rule: { id: string; reason: string }): void };
}

/** Undefined in versions of the CDK that do not have it yet; cdk-nag 3 does not run with these. */
export function cdkValidations(): Validations | undefined {
  return (cdk as unknown as { Validations?: Validations }).Validations;
}
