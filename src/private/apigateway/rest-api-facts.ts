import type { CfnResource } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type { MethodSettingFacts, RestApiFacts, RestStageFacts } from '../../delivery/rules/rest-api';
import { resourceBehind } from '../app/references';
import { renderedResource } from '../app/rendered-resource';

/** What a REST API settles itself. Nothing is known of one that is not made in this app. */
export function restApiFacts({ restApiId }: apigateway.IRestApi): Pick<RestApiFacts, 'isPrivate' | 'hasPolicy'> {
  const resource = resourceBehind(restApiId, 'AWS::ApiGateway::RestApi');
  if (!resource) {
    return {};
  }
  const { EndpointConfiguration: endpoint, Policy: policy, Body: body, BodyS3Location: bodyLocation } = renderedResource(resource).Properties;
  const types = (endpoint as { readonly Types?: unknown } | undefined)?.Types;
  return {
    isPrivate: Array.isArray(types) && types.includes(apigateway.EndpointType.PRIVATE),
    // A definition may have one.
    hasPolicy: policy !== undefined || (body === undefined && bodyLocation === undefined ? false : undefined),
  };
}

/** What the settings of a stage say of its methods. */
export function stageFacts(stage: apigateway.Stage): RestStageFacts {
  const { MethodSettings: settings } = renderedResource(stage.node.defaultChild as CfnResource).Properties;
  return { path: stage.node.path, methodSettings: Array.isArray(settings) ? settings.map(methodSettingFacts) : [] };
}

function methodSettingFacts(setting: Readonly<Record<string, unknown>>): MethodSettingFacts {
  const { HttpMethod: method, ResourcePath: path, CachingEnabled: cached } = setting;
  const cachingEnabled = cached === undefined || typeof cached === 'boolean' ? cached : 'unknown';
  return { httpMethod: String(method), resourcePath: plain(path), cachingEnabled };
}

/**
 * A path as people write it: the CDK writes that of one method as `/~1jobs~1{id}`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
 */
function plain(path: unknown): string {
  return String(path).replaceAll('~1', '/').replace(/^\/+/, '/');
}
