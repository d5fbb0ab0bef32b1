import type { CfnResource } from 'aws-cdk-lib';
import { renderedResource } from '../../private/app/rendered-resource';

/**
 * The properties whose change makes CloudFormation replace a resource, so that its name or ARN changes. For types that functions commonly
 * refer to; the replacement of others is not detected. From the pages of the types:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 */
export const REPLACED_BY: Readonly<Record<string, readonly string[]>> = {
  'AWS::AppConfig::HostedConfigurationVersion': ['ApplicationId', 'ConfigurationProfileId', 'Content', 'ContentType', 'Description', 'LatestVersionNumber', 'VersionLabel'],
  'AWS::Cognito::UserPoolClient': ['GenerateSecret', 'UserPoolId'],
  'AWS::DynamoDB::GlobalTable': ['KeySchema', 'LocalSecondaryIndexes', 'TableName'],
  'AWS::DynamoDB::Table': ['ImportSourceSpecification', 'KeySchema', 'TableName'],
  'AWS::EFS::AccessPoint': ['ClientToken', 'FileSystemId', 'PosixUser', 'RootDirectory'],
  'AWS::Events::EventBus': ['EventSourceName', 'Name'],
  'AWS::IAM::Role': ['Path', 'RoleName'],
  'AWS::Kinesis::Stream': ['Name'],
  'AWS::Lambda::LayerVersion': ['CompatibleArchitectures', 'CompatibleRuntimes', 'Content', 'Description', 'LayerName', 'LicenseInfo'],
  'AWS::Logs::LogGroup': ['LogGroupName'],
  'AWS::S3::Bucket': ['BucketName', 'BucketNamePrefix', 'BucketNamespace', 'ObjectLockEnabled'],
  'AWS::SNS::Topic': ['FifoTopic', 'TopicName'],
  'AWS::SQS::Queue': ['FifoQueue', 'QueueName'],
  'AWS::SSM::Parameter': ['Name'],
  'AWS::SecretsManager::Secret': ['Name'],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
  'AWS::StepFunctions::StateMachineVersion': ['Description', 'StateMachineArn', 'StateMachineRevisionId'],
};

/** The properties of a resource whose change replaces it; empty if it has none of them, or is of a type that is not listed. */
export function replacingProperties(resource: CfnResource): Record<string, unknown> {
  const names = REPLACED_BY[resource.cfnResourceType];
  if (!names) {
    return {};
  }
  const { Properties } = renderedResource(resource);
  return Object.fromEntries(names.filter((name) => Properties[name] !== undefined).map((name) => [name, Properties[name]]));
}
