import type { Reading } from './check';
import { check } from './check';
import type { DeliveryGraph } from '../graph/delivery-graph';
import { BUCKET, LOG_GROUP, TABLES } from '../graph/resource-types';
import type { LogGroupFacts, StoredBucketFacts, StoredTableFacts, TimeToLiveFacts } from '../rules/stored-data';
import { LOG_GROUP_RULES, STORED_BUCKET_RULES, STORED_TABLE_RULES } from '../rules/stored-data';
import type { TableFacts } from '../rules/table';
import { TABLE_RULES } from '../rules/table';
import type { Resource } from '../template/app';
import type { Props } from '../template/props';

export const STATEFUL_RESOURCE_CHECKS = [
  check(TABLE_RULES, readTables),
  check(STORED_TABLE_RULES, readStoredTables),
  check(STORED_BUCKET_RULES, readBuckets),
  check(LOG_GROUP_RULES, readLogGroups),
];

function* readTables(graph: DeliveryGraph): Iterable<Reading<TableFacts>> {
  for (const table of graph.app.ofType(...TABLES)) {
    const { path, attributes } = table;
    yield { at: table, facts: { path, deletionPolicy: attributes.literal('DeletionPolicy', 'Delete'), deletionProtection: inReplicas(table, 'DeletionProtectionEnabled') } };
  }
}

function* readStoredTables(graph: DeliveryGraph): Iterable<Reading<StoredTableFacts>> {
  for (const table of graph.app.ofType(...TABLES)) {
    const { path, attributes } = table;
    yield {
      at: table,
      facts: {
        path,
        deletionPolicy: attributes.literal('DeletionPolicy', 'absent'),
        updateReplacePolicy: attributes.literal('UpdateReplacePolicy', 'absent'),
        deletionProtection: inReplicas(table, 'DeletionProtectionEnabled'),
        pointInTimeRecovery: inReplicas(table, 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled'),
        timeToLive: timeToLiveOf(table),
      },
    };
  }
}

function timeToLiveOf({ props }: Resource): TimeToLiveFacts | undefined {
  const attribute = props.literal('TimeToLiveSpecification.AttributeName');
  const definition = props.items('AttributeDefinitions')?.find((one) => one.literal('AttributeName') === attribute);
  return attribute === undefined ? undefined : { attribute, enabled: props.flag('TimeToLiveSpecification.Enabled'), type: definition?.literal('AttributeType') };
}

/** A global table has its settings in each of its replicas, and one that is kept is enough to bring the others back. */
function inReplicas({ props }: Resource, path: string): boolean | undefined {
  const replicas = props.items('Replicas');
  const flags = replicas && [props, ...replicas].map((one) => one.flag(path, false));
  return flags?.includes(true) ? true : flags?.includes(undefined) ?? true ? undefined : false;
}

function* readBuckets(graph: DeliveryGraph): Iterable<Reading<StoredBucketFacts>> {
  for (const bucket of graph.app.ofType(BUCKET)) {
    const { path, props, attributes } = bucket;
    yield {
      at: bucket,
      facts: { path, deletionPolicy: attributes.literal('DeletionPolicy', 'absent'), abortsUploads: props.items('LifecycleConfiguration.Rules')?.some(abortsUploads) },
    };
  }
}

function abortsUploads(rule: Props): boolean {
  return rule.has('AbortIncompleteMultipartUpload') !== false && rule.literal('Status', '') !== 'Disabled';
}

function* readLogGroups(graph: DeliveryGraph): Iterable<Reading<LogGroupFacts>> {
  for (const group of graph.app.ofType(LOG_GROUP)) {
    yield { at: group, facts: { path: group.path, hasRetention: group.props.has('RetentionInDays') } };
  }
}
