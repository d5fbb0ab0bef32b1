import type { Rule } from './rule';

/** What is known of a request that an API puts somewhere, where it is worked on later. */
export interface ApiRequestFacts {
  /** What texts call the method or the integration by. */
  readonly path: string;
  readonly httpMethod?: string | undefined;
  /** Where it is put, such as the path of a queue. */
  readonly target: string;
  /** Whether it comes in by an HTTP API. */
  readonly httpApi?: boolean | undefined;
  /** Whether its body is compared with a model. */
  readonly validatesBody?: boolean | undefined;
}

/** What is known of a stage whose API puts requests somewhere, where they are worked on later. */
export interface ApiStageFacts {
  readonly path: string;
  readonly target: string;
  readonly throttled?: boolean | undefined;
}

const WITH_BODY = ['POST', 'PUT', 'PATCH', 'ANY'];

/**
 * What is true of a request whose caller is gone when the work on it begins.
 */
export const API_REQUEST_RULES: readonly Rule<ApiRequestFacts>[] = [
  {
    id: 'requestBodyUnvalidated',
    severity: 'note',
    why: 'A caller learns of a malformed request only as long as it waits for an answer, and behind a queue the request becomes a dead letter.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html',
    finding: ({ path, httpMethod, target, validatesBody }) => (
      validatesBody !== false || !WITH_BODY.includes(httpMethod ?? '') ? undefined
        : {
          what: `method '${path}' puts request bodies into '${target}' as they come, because no request validator compares them with a model`,
          fix: 'set RequestModels and a RequestValidatorId whose validator has ValidateRequestBody, unless any body is right for whoever reads it',
        }
    ),
  },
  {
    id: 'httpApiBodyUnvalidated',
    severity: 'note',
    why: 'An HTTP API compares no request with a model, so whoever reads it behind a queue is the first to see that it is malformed.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html',
    finding: ({ path, httpMethod, target, httpApi }) => (
      !httpApi || !WITH_BODY.includes(httpMethod ?? '') ? undefined
        : {
          what: `integration '${path}' of an HTTP API puts request bodies into '${target}' as they come, because an HTTP API cannot validate them`,
          fix: 'use a REST API with a request validator, or a function that refuses what is malformed, unless any body is right for whoever reads it',
        }
    ),
  },
];

/**
 * What is true of a stage that lets in no more than is worked on.
 */
export const API_STAGE_RULES: readonly Rule<ApiStageFacts>[] = [
  {
    id: 'stageUnthrottled',
    severity: 'note',
    why: 'Without limits of its own a stage lets in what the account allows, and whatever is put aside for later piles up.',
    source: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html',
    finding: ({ path, target, throttled }) => (
      throttled !== false ? undefined
        : {
          what: `stage '${path}' has no ThrottlingRateLimit, but its API puts requests into '${target}' as fast as they come, so one caller can fill it for all others`,
          fix: 'set ThrottlingRateLimit and ThrottlingBurstLimit in MethodSettings (REST) or DefaultRouteSettings (HTTP) to what the consumer can work on',
        }
    ),
  },
];
