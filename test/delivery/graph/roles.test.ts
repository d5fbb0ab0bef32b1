import { graphOf } from '../../../src/delivery/checks';
import { ROLE } from '../../../src/delivery/graph/resource-types';
import { identityPolicyOf, isCertainlyAllowed } from '../../../src/delivery/graph/roles';

function appWith(Properties: object) {
  const graph = graphOf([{ stack: 'Shop', template: { Resources: { Role: { Type: ROLE, Properties } } } }]);
  return { graph, role: graph.app.ofType(ROLE)[0]! };
}

test('a role without policies is allowed nothing', () => {
  const { graph, role } = appWith({});
  expect(identityPolicyOf(graph, role)).toEqual({ statements: [], complete: true });
});

test('what a role of another app is allowed is not known', () => {
  expect(identityPolicyOf(appWith({}).graph, appWith({}).role)).toEqual({ statements: [], complete: false });
});

test.each(['AmazonDynamoDBFullAccess', 'AmazonDynamoDBFullAccess_v2'])('%s looks at streams of Kinesis too, and no more', (name) => {
  const { graph, role } = appWith({ ManagedPolicyArns: [`arn:aws:iam::aws:policy/${name}`] });
  const allowed = (action: string) => isCertainlyAllowed(graph, role, action, `arn:aws:kinesis:eu-west-1:${role.arn.split(':')[4]}:stream/orders`);
  expect(['kinesis:DescribeStream', 'kinesis:GetRecords'].map(allowed)).toEqual([true, false]);
});
