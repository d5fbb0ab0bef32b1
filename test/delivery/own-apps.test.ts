import * as fs from 'node:fs';
import * as path from 'node:path';
import { exampleApp, mapOf, withMap } from './examples';
import { checkTemplates } from '../../src/delivery/checks';
import type { DeliveryProblem } from '../../src/delivery/checks/check';
import type { TemplateInput } from '../../src/delivery/template/app';
import { allForms } from '../patterns';
import { read } from '../proof/files';
import { ROOT } from '../rigs/structs';
import { templateOf } from '../rigs/synth';

/** What is found in our own templates, with the reason why it may stay; what is not found any more is an error too. */
type Accepted = Readonly<Record<string, string>>;

const serious = (problems: readonly DeliveryProblem[]) => problems.filter(({ severity }) => severity !== 'note');
const idsOf = (problems: readonly DeliveryProblem[]) => [...new Set(problems.map(({ id }) => id))].sort();

describe('the patterns, in all their forms', () => {
  const ACCEPTED: Accepted = {
    'alarmWithoutAction': 'A form notifies nobody: who is notified is said once for an app.',
    'deadLettersUnwatched in a silent form': 'The form has no alarms.',
    'asynchronousHandlerPaused in AsyncFunction, paused handler': 'That is the form.',
    'handlerPaused in QueueFedFunction, paused handler': 'That is the form.',
    'spotInterruptsWork in QueueFedService, standard': 'The form has an hour of work on Spot, and is warned.',
    'shiftAlarmsDisabled in CanaryFunction, every prop': 'The form ignores alarms, as for the repair of a release.',
  };

  const found = allForms().flatMap(({ name, pattern, form }) => (
    serious(checkTemplates([{ stack: 'Stack', template: templateOf(pattern, form) }]))
      // What a form is given is no part of the pattern.
      .filter(({ at: { logicalId } }) => !logicalId.startsWith('Inputs'))
      .map(({ id }) => (id in ACCEPTED ? id : form.silent && `${id} in a silent form` in ACCEPTED ? `${id} in a silent form` : `${id} in ${name}`))
  ));

  test('lose nothing, but for what is accepted', () => {
    expect([...new Set(found)].sort()).toEqual(Object.keys(ACCEPTED).sort());
  });
});

describe('the integ tests', () => {
  const ACCEPTED: Accepted = {
    alarmWithoutAction: 'The drills look at the alarms themselves.',
    deadLettersUnwatched: 'What the drills set aside beside the patterns is counted by the ledger.',
    deliveryNotAllowed: 'IntegTopicFanOutPermissions tries whether another topic is refused.',
    expressWithoutLogs: 'The executions are counted by the ledger.',
    queueSetsNothingAside: 'The queues of the ledger are read by the drills, which miss what is not there.',
    receiveCountLow: 'A drill does not wait for more receives than it needs.',
    ruleTargetWithoutDeadLetterQueue: 'The ledger misses what does not arrive.',
    streamRetriesNone: 'What is throttled is tried again without a retry, which a drill shows.',
    subscriptionDeadLetterQueueMissing: 'The ledger misses what does not arrive.',
    visibilityTimeoutShort: 'A drill does not wait as long as an app would.',
    workflowVisibilityShort: 'The same.',
  };
  const snapshots = path.join(ROOT, 'integ', 'snapshots');
  const found = fs.readdirSync(snapshots).flatMap((name) => {
    const folder = path.join(snapshots, name);
    const files = fs.readdirSync(folder).filter((file) => file.endsWith('.template.json'));
    return checkTemplates(files.map((file): TemplateInput => (
      { stack: file.replace('.template.json', ''), template: JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as unknown }
    )));
  });

  test('lose nothing, but for what is accepted', () => {
    expect(idsOf(serious(found))).toEqual(Object.keys(ACCEPTED).sort());
  });

  test('have the one delivery that is to be refused', () => {
    expect(found.filter(({ severity }) => severity === 'error').map(({ at: { logicalId } }) => logicalId)).toEqual([expect.stringMatching(/^Intrusion/)]);
  });
});

describe('the order desk', () => {
  let inputs: TemplateInput[];

  beforeAll(() => {
    inputs = exampleApp('order-desk');
  }, 120_000);

  test('loses nothing', () => {
    expect(idsOf(serious(checkTemplates(inputs)))).toEqual([]);
  });

  test('is drawn in the documentation as it is: npm run rules draws it anew', () => {
    const page = read('docs/delivery-checks.md');
    expect(mapOf(inputs)).toContain('OrderPlaced/Topic');
    expect(page).toBe(withMap(page, mapOf(inputs)));
  });
});

describe('the warehouse', () => {
  test('loses nothing', () => {
    expect(idsOf(serious(checkTemplates(exampleApp('warehouse'))))).toEqual([]);
  }, 120_000);
});
