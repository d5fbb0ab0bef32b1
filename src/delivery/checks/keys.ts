import type { Reading } from './check';
import { check } from './check';
import { callerOf, deniedOf, nameOf } from './permissions';
import type { DeliveryGraph } from '../graph/delivery-graph';
import type { Hop } from '../graph/hop';
import type { KeyAccess } from '../graph/hop-access';
import { hopAccesses } from '../graph/hop-access';
import { QUEUE } from '../graph/resource-types';
import type { HopKeyFacts, KeyUseFacts } from '../rules/key-use';
import { KEY_USE_RULES } from '../rules/key-use';

export const KEY_CHECKS = [check(KEY_USE_RULES, readHops)];

function* readHops(graph: DeliveryGraph): Iterable<Reading<HopKeyFacts>> {
  for (const [hop, { deliverKey, setAsideKey, readKey }] of hopAccesses(graph)) {
    if (deliverKey ?? setAsideKey ?? readKey) {
      yield {
        at: hop.at,
        facts: { hop: hop.name, deliver: keyFacts(hop, deliverKey), setAside: keyFacts(hop, setAsideKey), read: keyFacts(hop, readKey) },
      };
    }
  }
}

function keyFacts(hop: Hop, use: KeyAccess | undefined): KeyUseFacts | undefined {
  if (use === undefined) {
    return undefined;
  }
  const { encrypted, access } = use;
  if (access === 'awsManaged') {
    return isFoundElsewhere(hop, use) ? undefined : { encrypted: nameOf(encrypted), awsManaged: true, caller: hop.service, isService: true };
  }
  return {
    encrypted: nameOf(encrypted),
    key: access.on.path,
    ...callerOf(access),
    denied: deniedOf(access),
    deniedBy: access.deniedBy,
    account: 'service' in access.sender ? access.sender.account : undefined,
  };
}

/** The rules about subscriptions and those about targets of rules know of the AWS-managed key of a queue. */
function isFoundElsewhere({ kind, to }: Hop, { encrypted }: KeyAccess): boolean {
  return kind === 'subscription' || (kind === 'ruleTarget' && encrypted.type === QUEUE && encrypted === to.resource);
}
