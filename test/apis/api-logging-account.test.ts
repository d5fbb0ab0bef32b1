import { RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ApiLoggingAccount } from '../../src';
import { attribute, newStack, resourceOf } from '../messaging/fixtures';

test('sets the role by which API Gateway writes logs', () => {
  const stack = newStack();
  const { account, role } = new ApiLoggingAccount(stack, 'Logging');
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::ApiGateway::Account', { CloudWatchRoleArn: attribute('LoggingRole') });
  template.hasResourceProperties('AWS::IAM::Role', {
    AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'apigateway.amazonaws.com' } }] },
    ManagedPolicyArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs']] }],
  });
  expect([account.node.id, role.node.id]).toEqual(['Account', 'Role']);
});

test.each([[undefined, 'RetainExceptOnCreate', 'Retain'], [RemovalPolicy.DESTROY, 'Delete', 'Delete']])('with the removal policy %s', (removalPolicy, deletion, replacement) => {
  const stack = newStack();
  new ApiLoggingAccount(stack, 'Logging', removalPolicy ? { removalPolicy } : {});
  for (const type of ['AWS::ApiGateway::Account', 'AWS::IAM::Role']) {
    const resource = resourceOf(stack, type);
    expect([resource.DeletionPolicy, resource.UpdateReplacePolicy]).toEqual([deletion, replacement]);
  }
});
