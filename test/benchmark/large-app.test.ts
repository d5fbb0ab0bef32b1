import { largeApp } from '../../benchmark/checks/large-app';
import { checkTemplates } from '../../src/delivery/checks';

test('the app that the checks are measured with has nothing wrong in it, also by rules that came later', () => {
  expect(checkTemplates(largeApp(500)).map(({ id, at }) => `${id} at ${at.logicalId}`)).toEqual([]);
});
