import { checkRules } from './check-rules';
import type { ApiRequestFacts, ApiStageFacts } from '../../../src/delivery/rules/api-request';
import { API_REQUEST_RULES, API_STAGE_RULES } from '../../../src/delivery/rules/api-request';

describe('requests', () => {
  checkRules<ApiRequestFacts, Partial<ApiRequestFacts>>({
    rules: () => API_REQUEST_RULES,
    facts: (different) => ({ path: 'M', httpMethod: 'POST', target: 'Q', validatesBody: true, ...different }),
    unknown: { path: 'M', target: 'Q' },
    cases: {
      requestBodyUnvalidated: {
        breaks: [{ validatesBody: false }, ...['PUT', 'PATCH', 'ANY'].map((httpMethod) => ({ httpMethod, validatesBody: false }))],
        keeps: [{ validatesBody: undefined }, { httpMethod: 'GET', validatesBody: false }, { httpMethod: undefined, validatesBody: false }],
      },
      httpApiBodyUnvalidated: {
        breaks: [{ httpApi: true }],
        keeps: [{ httpApi: false }, { httpApi: true, httpMethod: 'GET' }, { httpApi: true, httpMethod: undefined }],
      },
    },
    notes: ['requestBodyUnvalidated', 'httpApiBodyUnvalidated'],
  });
});

describe('stages', () => {
  checkRules<ApiStageFacts, Partial<ApiStageFacts>>({
    rules: () => API_STAGE_RULES,
    facts: (different) => ({ path: 'S', target: 'Q', throttled: true, ...different }),
    unknown: { path: 'S', target: 'Q' },
    cases: { stageUnthrottled: { breaks: [{ throttled: false }], keeps: [{ throttled: undefined }] } },
    notes: ['stageUnthrottled'],
  });
});
