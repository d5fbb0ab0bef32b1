import { RemovalPolicy } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { propertyInjectable } from 'aws-cdk-lib/core/lib/prop-injectable';
import { Construct } from 'constructs';

/**
 * Properties of an `ApiLoggingAccount`.
 */
export interface ApiLoggingAccountProps {
  /**
   * Removal policy of the role and the account setting.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE - other stacks' APIs log with them
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The role with which API Gateway writes logs. It is a setting of the whole account in one region, and no API can have access logs without it. Create one, in a stack that is
 * deployed once for each account and region, before the first API. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
@propertyInjectable
export class ApiLoggingAccount extends Construct {
  /**
   * Identifies this class to property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-serverless-patterns.apis.ApiLoggingAccount';

  /**
   * The role with which API Gateway writes logs.
   */
  public readonly role: iam.Role;

  /**
   * The account setting that names the role.
   */
  public readonly account: apigateway.CfnAccount;

  constructor(scope: Construct, id: string, props: ApiLoggingAccountProps = {}) {
    super(scope, id);

    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    this.account = new apigateway.CfnAccount(this, 'Account', { cloudWatchRoleArn: this.role.roleArn });

    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    this.role.applyRemovalPolicy(removalPolicy);
    this.account.applyRemovalPolicy(removalPolicy);
  }
}
