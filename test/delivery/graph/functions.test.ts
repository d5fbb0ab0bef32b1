import { graphOf } from '../../../src/delivery/checks';
import { functionFacts } from '../../../src/delivery/graph/functions';
import { FUNCTION } from '../../../src/delivery/graph/resource-types';

test.each<[string, object, number | undefined]>([
  ['that it states', { Timeout: 10 }, 10],
  ['of three seconds where it states none', {}, 3],
  ['that only the deployment knows', { Timeout: { Ref: 'Seconds' } }, undefined],
])('a function has a timeout %s', (_, Properties, seconds) => {
  const [handler] = graphOf([{ stack: 'Shop', template: { Resources: { Handler: { Type: FUNCTION, Properties } } } }]).app.ofType(FUNCTION);
  expect(functionFacts(handler!).timeoutSeconds).toBe(seconds);
});
