import { graphOf } from '../../../src/delivery/checks';
import { resourcePolicyOf } from '../../../src/delivery/graph/resource-policies';
import { KEY, TOPIC } from '../../../src/delivery/graph/resource-types';

/** The statements of the policy of a resource, beside others. */
function statementsOf(logicalId: string, resources: Readonly<Record<string, object>>): readonly unknown[] {
  const graph = graphOf([{ stack: 'Shop', template: { Resources: resources }, account: '111122223333', region: 'eu-west-1' }]);
  return resourcePolicyOf(graph, graph.app.stacks[0]!.resources.get(logicalId)!).statements.map(({ content }) => content);
}

const Handler = { Type: 'AWS::Lambda::Function', Properties: { FunctionName: 'handler' } };
const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:handler';

test('a permission is a statement with all of its conditions', () => {
  const Properties = {
    FunctionName: 'handler',
    Action: 'lambda:InvokeFunction',
    Principal: 'sns.amazonaws.com',
    SourceArn: 'arn:aws:sns:eu-west-1:111122223333:shop',
    SourceAccount: '111122223333',
    PrincipalOrgID: 'o-1',
    EventSourceToken: 'token',
    FunctionUrlAuthType: 'AWS_IAM',
    InvokedViaFunctionUrl: true,
  };
  expect(statementsOf('Handler', { Handler, Permission: { Type: 'AWS::Lambda::Permission', Properties } })).toEqual([{
    Effect: 'Allow',
    Action: 'lambda:InvokeFunction',
    Principal: { Service: 'sns.amazonaws.com' },
    Resource: ARN,
    Condition: {
      StringEquals: {
        'aws:SourceAccount': '111122223333',
        'aws:PrincipalOrgID': 'o-1',
        'lambda:EventSourceToken': 'token',
        'lambda:FunctionUrlAuthType': 'AWS_IAM',
        'lambda:InvokedViaFunctionUrl': 'true',
      },
      ArnLike: { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:111122223333:shop' },
    },
  }]);
});

test('a permission without conditions has none', () => {
  const Properties = { FunctionName: 'handler', Action: 'lambda:InvokeFunction', Principal: '*' };
  expect(statementsOf('Handler', { Handler, Permission: { Type: 'AWS::Lambda::Permission', Properties } })).toEqual([
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Principal: '*', Resource: ARN, Condition: { StringEquals: {}, ArnLike: {} } },
  ]);
});

test('where no policy is stated, a topic lets its owner in, and a key whom the account lets use it', () => {
  expect(statementsOf('Topic', { Topic: { Type: TOPIC, Properties: { TopicName: 'shop' } } })).toEqual([{
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: ['sns:Publish', 'sns:Subscribe'],
    Resource: 'arn:aws:sns:eu-west-1:111122223333:shop',
    Condition: { StringEquals: { 'aws:SourceOwner': '111122223333' } },
  }]);
  expect(statementsOf('Key', { Key: { Type: KEY } })).toEqual([{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }]);
  expect(statementsOf('Queue', { Queue: { Type: 'AWS::SQS::Queue' } })).toEqual([]);
});
