import type { IConstruct } from 'constructs';
import { appState } from './registry';
import { stageOf } from './stage-of';

/**
 * What is found by looking through a whole stage, which is done once for all constructs that ask for it while the stage is validated: otherwise each of many would look through what all of them have made.
 *
 * Only for validations. A stage is validated before what is in it, and then forgets what was found the last time.
 *
 * @param name tells it from others
 */
export function onceInAValidation<T>(scope: IConstruct, name: string, find: (stage: IConstruct) => T): T {
  const stage = stageOf(scope);
  const stages = appState(stage, 'foundInValidation', () => new Map<IConstruct, Map<string, unknown>>());
  const known = stages.get(stage);
  const found = known ?? new Map<string, unknown>();
  if (!known) {
    stages.set(stage, found);
    stage.node.addValidation({
      validate: () => {
        found.clear();
        return [];
      },
    });
  }
  if (!found.has(name)) {
    found.set(name, find(stage));
  }
  return found.get(name) as T;
}
