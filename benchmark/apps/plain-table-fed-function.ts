import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AddPattern } from './add-pattern';
import { addHandlerAlarms, addReaderAlarms, eventSource, failureBucket } from './plain-stream-reader';
import { streamedTable } from './streamed-table';

/** The template that `TableFedFunction` gives, by hand with the CDK's own constructs. */
export const addPattern: AddPattern = (stack, id, handler) => {
  const table = streamedTable(stack, `${id}Table`);
  const scope = new Construct(stack, id);
  const failures = failureBucket(scope);
  // Half of what the stream keeps.
  const maxAge = Duration.hours(12);
  const readings = [
    new iam.PolicyStatement({ actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], resources: [table.tableStreamArn!] }),
    new iam.PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }),
  ];
  const mapping = eventSource(scope, handler, { arn: table.tableStreamArn!, readings, failures, maxAge });
  addReaderAlarms(scope, handler, mapping, maxAge, 'table-fed-function');
  addHandlerAlarms(handler);
};
