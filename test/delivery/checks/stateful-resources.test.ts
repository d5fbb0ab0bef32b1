import type { Changeable, Resources } from './check-defects';
import { checkDefects } from './check-defects';

const KEPT = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
const RECOVERED = { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } };

/** A table, a global table, a bucket and a log group whose data is kept. */
const clean = (): Resources => ({
  Table: { Type: 'AWS::DynamoDB::Table', Properties: { ...RECOVERED }, ...KEPT },
  Global: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { Replicas: [{ Region: 'eu-west-1', ...RECOVERED }, { Region: 'eu-central-1' }] }, ...KEPT },
  Bucket: {
    Type: 'AWS::S3::Bucket',
    Properties: { LifecycleConfiguration: { Rules: [{ Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }, { Status: 'Enabled', ExpirationInDays: 30 }] } },
    ...KEPT,
  },
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } },
});

const inTable = (change: (table: Changeable) => void) => ({ Table }: Resources) => change(Table!);
const inBucket = (change: (bucket: Changeable) => void) => ({ Bucket }: Resources) => change(Bucket!);
const policies = (DeletionPolicy?: unknown, UpdateReplacePolicy?: unknown) => ({ DeletionPolicy, UpdateReplacePolicy });

/** By an attribute that is part of a key of the table. */
function expire(table: Changeable, type: unknown): void {
  table.Properties.TimeToLiveSpecification = { AttributeName: 'expires', Enabled: true };
  table.Properties.AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' }, { AttributeName: 'expires', AttributeType: type }];
}

checkDefects(clean, {
  tableSnapshotPolicy: { breaks: { 'a snapshot of a table': inTable((table) => Object.assign(table, policies('Snapshot', 'Retain'))) } },
  protectedTableDeleted: {
    breaks: {
      'a protected table that is deleted': inTable((table) => {
        Object.assign(table, policies('Delete', 'Delete'));
        table.Properties.DeletionProtectionEnabled = true;
      }),
      'a protected table without a policy': inTable((table) => {
        Object.assign(table, policies());
        table.Properties.DeletionProtectionEnabled = true;
      }),
      'a protected replica': ({ Global }) => {
        Object.assign(Global!, policies('Delete', 'Delete'));
        Global!.Properties.Replicas[1].DeletionProtectionEnabled = 'true';
      },
    },
    keeps: {
      'a table of which only the deployment knows whether it is protected': inTable((table) => {
        Object.assign(table, policies('Delete', 'Delete'));
        table.Properties.DeletionProtectionEnabled = { Ref: 'Protected' };
      }),
      'a policy that only the deployment knows': inTable((table) => {
        Object.assign(table, policies({ Ref: 'Policy' }, { Ref: 'Policy' }));
        table.Properties.DeletionProtectionEnabled = true;
      }),
    },
  },
  protectedTableStopsRollback: {
    breaks: { 'a protected table that a rollback deletes': inTable((table) => { table.Properties.DeletionProtectionEnabled = true; }) },
    keeps: {
      'a protected table that is always kept': inTable((table) => {
        table.DeletionPolicy = 'Retain';
        table.Properties.DeletionProtectionEnabled = true;
      }),
    },
  },
  tableDeletionPolicyUnset: {
    breaks: {
      'no policy': inTable((table) => { delete table.DeletionPolicy; }),
      'no policies': inTable((table) => Object.assign(table, policies())),
      'a global table without one': ({ Global }) => { delete Global!.DeletionPolicy; },
    },
    keeps: {
      'data that may go': inTable((table) => Object.assign(table, policies('Delete', 'Delete'))),
      'data that may go, also when it is replaced': inTable((table) => Object.assign(table, policies('Delete'))),
      'a table of which only the deployment knows whether it is protected': inTable((table) => {
        Object.assign(table, policies());
        table.Properties.DeletionProtectionEnabled = { Ref: 'Protected' };
      }),
    },
  },
  tableReplacementPolicyUnset: {
    breaks: {
      'no policy': inTable((table) => { delete table.UpdateReplacePolicy; }),
      'another policy': inTable((table) => { table.UpdateReplacePolicy = 'Delete'; }),
      'a global table without one': ({ Global }) => { delete Global!.UpdateReplacePolicy; },
    },
    keeps: { 'a policy that only the deployment knows': inTable((table) => { table.UpdateReplacePolicy = { Ref: 'Policy' }; }) },
  },
  timeToLiveNotNumber: {
    breaks: { 'a text': inTable((table) => { expire(table, 'S'); }) },
    keeps: {
      'a number': inTable((table) => { expire(table, 'N'); }),
      'what is part of no key': inTable((table) => { expire(table, 'S'); table.Properties.AttributeDefinitions.pop(); }),
      'a type that only a parameter says': inTable((table) => { expire(table, { Ref: 'Type' }); }),
      'an attribute that only a parameter says': inTable((table) => { expire(table, 'S'); table.Properties.TimeToLiveSpecification.AttributeName = { Ref: 'Name' }; }),
    },
  },
  timeToLiveOff: {
    breaks: { 'what is switched off': inTable((table) => { expire(table, 'N'); table.Properties.TimeToLiveSpecification.Enabled = 'false'; }) },
    keeps: { 'what only a parameter switches on': inTable((table) => { expire(table, 'S'); table.Properties.TimeToLiveSpecification.Enabled = { Ref: 'Expires' }; }) },
  },
  pointInTimeRecoveryOff: {
    breaks: {
      'no recovery': inTable((table) => { delete table.Properties.PointInTimeRecoverySpecification; }),
      'recovery that is off': inTable((table) => { table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled = false; }),
      'recovery of no replica': ({ Global }) => { delete Global!.Properties.Replicas[0].PointInTimeRecoverySpecification; },
    },
    keeps: {
      'recovery that only the deployment knows': inTable((table) => { table.Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled = { Ref: 'Recovery' }; }),
      'replicas that only the deployment knows': ({ Global }) => { Global!.Properties.Replicas = { Ref: 'Replicas' }; },
      'data that may go': inTable((table) => {
        Object.assign(table, policies('Delete', 'Delete'));
        delete table.Properties.PointInTimeRecoverySpecification;
      }),
    },
  },
  bucketDeletionPolicyUnset: {
    breaks: { 'no policy': inBucket((bucket) => { delete bucket.DeletionPolicy; }) },
    keeps: { 'objects that may go': inBucket((bucket) => { bucket.DeletionPolicy = 'Delete'; }) },
  },
  incompleteUploadsKept: {
    breaks: {
      'no lifecycle': inBucket((bucket) => { delete bucket.Properties.LifecycleConfiguration; }),
      'other rules': inBucket((bucket) => { bucket.Properties.LifecycleConfiguration.Rules.shift(); }),
      'a rule that is off': inBucket((bucket) => { bucket.Properties.LifecycleConfiguration.Rules[0].Status = 'Disabled'; }),
    },
    keeps: {
      'rules that only the deployment knows': inBucket((bucket) => { bucket.Properties.LifecycleConfiguration.Rules = { Ref: 'Rules' }; }),
      'a rule of which only the deployment knows whether it is on': inBucket((bucket) => { bucket.Properties.LifecycleConfiguration.Rules[0].Status = { Ref: 'Status' }; }),
      'a number of days that only the deployment knows': inBucket((bucket) => { bucket.Properties.LifecycleConfiguration.Rules[0].AbortIncompleteMultipartUpload = { Ref: 'Days' }; }),
    },
  },
  logsKeptForEver: {
    breaks: { 'no retention': ({ Logs }) => { delete Logs!.Properties.RetentionInDays; } },
    keeps: { 'a retention that only the deployment knows': ({ Logs }) => { Logs!.Properties.RetentionInDays = { Ref: 'Days' }; } },
  },
});
