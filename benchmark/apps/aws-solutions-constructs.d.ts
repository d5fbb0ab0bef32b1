/** The part of AWS Solutions Constructs that is used here; the package itself is no dependency of the project, the benchmark installs it. */
declare module '@aws-solutions-constructs/aws-sqs-lambda' {
  import type * as lambda from 'aws-cdk-lib/aws-lambda';
  import type * as sqs from 'aws-cdk-lib/aws-sqs';
  import { Construct } from 'constructs';

  export interface SqsToLambdaProps {
    readonly existingLambdaObj: lambda.Function;
    readonly queueProps?: sqs.QueueProps;
  }

  export class SqsToLambda extends Construct {
    public readonly sqsQueue: sqs.Queue;
    public readonly deadLetterQueue?: sqs.DeadLetterQueue;
    constructor(scope: Construct, id: string, props: SqsToLambdaProps);
  }
}
