/** What CloudFormation returns for a resource of one type. */
export interface ResourceNames {
  /** Its ARN after `arn:aws:`, with `{name}` for its name and `{region}` and `{account}` for its place. */
  readonly arn?: string;
  /** What `Ref` returns. */
  readonly ref: 'name' | 'arn' | 'url';
  /** The property that states its name. */
  readonly property?: string;
  /** The attributes that return its name. */
  readonly attributes?: readonly string[];
  /** The attributes that return its ARN, other than `Arn`. */
  readonly arnAttributes?: readonly string[];
}

/**
 * By what resources refer to each other, for the types that take part in a delivery. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
 * and https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html (the forms of the ARNs).
 */
export const RESOURCE_NAMES: Readonly<Record<string, ResourceNames>> = {
  'AWS::SQS::Queue': { arn: 'sqs:{region}:{account}:{name}', ref: 'url', property: 'QueueName', attributes: ['QueueName'] },
  'AWS::SNS::Topic': { arn: 'sns:{region}:{account}:{name}', ref: 'arn', property: 'TopicName', attributes: ['TopicName'], arnAttributes: ['TopicArn'] },
  'AWS::Lambda::Function': { arn: 'lambda:{region}:{account}:function:{name}', ref: 'name', property: 'FunctionName' },
  'AWS::S3::Bucket': { arn: 's3:::{name}', ref: 'name', property: 'BucketName' },
  'AWS::DynamoDB::Table': { arn: 'dynamodb:{region}:{account}:table/{name}', ref: 'name', property: 'TableName' },
  'AWS::DynamoDB::GlobalTable': { arn: 'dynamodb:{region}:{account}:table/{name}', ref: 'name', property: 'TableName' },
  'AWS::Kinesis::Stream': { arn: 'kinesis:{region}:{account}:stream/{name}', ref: 'name', property: 'Name' },
  'AWS::KinesisFirehose::DeliveryStream': { arn: 'firehose:{region}:{account}:deliverystream/{name}', ref: 'name', property: 'DeliveryStreamName' },
  'AWS::Events::EventBus': { arn: 'events:{region}:{account}:event-bus/{name}', ref: 'name', property: 'Name', attributes: ['Name'] },
  'AWS::Events::Archive': { arn: 'events:{region}:{account}:archive/{name}', ref: 'name', property: 'ArchiveName', attributes: ['ArchiveName'] },
  'AWS::Events::ApiDestination': { ref: 'name', property: 'Name' },
  'AWS::Scheduler::ScheduleGroup': { arn: 'scheduler:{region}:{account}:schedule-group/{name}', ref: 'name', property: 'Name' },
  'AWS::Pipes::Pipe': { arn: 'pipes:{region}:{account}:pipe/{name}', ref: 'name', property: 'Name' },
  'AWS::StepFunctions::StateMachine': {
    arn: 'states:{region}:{account}:stateMachine:{name}', ref: 'arn', property: 'StateMachineName', attributes: ['Name'],
  },
  'AWS::IAM::Role': { arn: 'iam::{account}:role/{name}', ref: 'name', property: 'RoleName' },
  'AWS::KMS::Key': { arn: 'kms:{region}:{account}:key/{name}', ref: 'name', attributes: ['KeyId'] },
  'AWS::KMS::Alias': { arn: 'kms:{region}:{account}:{name}', ref: 'name', property: 'AliasName' },
  'AWS::Logs::LogGroup': { arn: 'logs:{region}:{account}:log-group:{name}:*', ref: 'name', property: 'LogGroupName' },
  'AWS::CloudWatch::Alarm': { arn: 'cloudwatch:{region}:{account}:alarm:{name}', ref: 'name', property: 'AlarmName' },
  'AWS::CloudWatch::CompositeAlarm': { arn: 'cloudwatch:{region}:{account}:alarm:{name}', ref: 'name', property: 'AlarmName' },
  'AWS::IoT::TopicRule': { arn: 'iot:{region}:{account}:rule/{name}', ref: 'name', property: 'RuleName' },
  'AWS::SSM::Parameter': { ref: 'name', property: 'Name' },
  'AWS::CodeDeploy::DeploymentGroup': { ref: 'name', property: 'DeploymentGroupName' },
  'AWS::CodeDeploy::DeploymentConfig': { ref: 'name', property: 'DeploymentConfigName' },
  // Their ARNs are made of those of what they belong to.
  'AWS::Lambda::Version': { ref: 'arn' },
  'AWS::Lambda::Alias': { ref: 'arn' },
  'AWS::StepFunctions::StateMachineVersion': { ref: 'arn' },
  'AWS::StepFunctions::StateMachineAlias': { ref: 'arn' },
  'AWS::Kinesis::StreamConsumer': { ref: 'arn' },
  'AWS::Events::Rule': { ref: 'name', property: 'Name' },
  'AWS::Scheduler::Schedule': { ref: 'name', property: 'Name' },
  'AWS::ECS::Cluster': { arn: 'ecs:{region}:{account}:cluster/{name}', ref: 'name', property: 'ClusterName' },
};
