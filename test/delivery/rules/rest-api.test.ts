import { checkRules } from './check-rules';
import type { MethodSettingFacts, RestApiFacts } from '../../../src/delivery/rules/rest-api';
import { REST_API_RULES } from '../../../src/delivery/rules/rest-api';
import { findings } from '../../../src/delivery/rules/rule';

const GET = { httpMethod: 'GET', resourcePath: '/jobs/{id}' };
const POST = { httpMethod: 'POST', resourcePath: '/jobs' };
const ALL = { httpMethod: '*', resourcePath: '/*' };

/** An API that caches. */
const withSettings = (...methodSettings: MethodSettingFacts[]): RestApiFacts => ({ stage: { path: 'S', methodSettings } });

checkRules<RestApiFacts, RestApiFacts>({
  rules: () => REST_API_RULES,
  facts: (different) => ({
    path: 'A', isPrivate: true, hasPolicy: true, accessLogs: true, hasLoggingRole: true, isDeployed: true, personalMethods: [POST, GET], ...withSettings(), ...different,
  }),
  unknown: {},
  cases: {
    privateApiWithoutPolicy: {
      breaks: [{ hasPolicy: false }, { hasPolicy: false, path: undefined }],
      keeps: [{ hasPolicy: undefined }, { hasPolicy: false, isPrivate: false }, { hasPolicy: false, isPrivate: undefined }],
    },
    personalAnswersCached: {
      breaks: [
        withSettings({ ...ALL, cachingEnabled: true }),
        withSettings({ ...ALL, cachingEnabled: false }, { ...GET, cachingEnabled: true }),
        withSettings({ ...ALL, cachingEnabled: true }, { ...GET, cachingEnabled: false }),
        withSettings({ ...GET, cachingEnabled: undefined }, { ...ALL, cachingEnabled: true }),
        { ...withSettings({ ...GET, cachingEnabled: true }), path: undefined },
      ],
      keeps: [
        withSettings({ ...ALL, cachingEnabled: false }),
        withSettings({ ...ALL, cachingEnabled: 'unknown' }),
        withSettings({ ...ALL, cachingEnabled: true }, { ...GET, cachingEnabled: false }, { ...POST, cachingEnabled: 'unknown' }),
        withSettings({ ...GET, httpMethod: 'HEAD', cachingEnabled: true }, { ...GET, resourcePath: '/other', cachingEnabled: true }),
        { ...withSettings({ ...ALL, cachingEnabled: true }), personalMethods: [] },
        { ...withSettings({ ...ALL, cachingEnabled: true }), personalMethods: undefined },
        { stage: undefined },
      ],
    },
    apiLoggingAccountUnknown: {
      breaks: [{ hasLoggingRole: false }, { hasLoggingRole: false, region: 'eu-west-1' }],
      keeps: [{ hasLoggingRole: undefined }, { hasLoggingRole: false, accessLogs: false }, { hasLoggingRole: false, accessLogs: undefined }],
    },
    apiDeployedElsewhere: { breaks: [{ isDeployed: false }, { isDeployed: false, path: undefined }], keeps: [{ isDeployed: undefined }] },
  },
  warnings: ['apiLoggingAccountUnknown', 'apiDeployedElsewhere'],
});

const textOf = (facts: RestApiFacts) => findings(REST_API_RULES, facts).map(({ text }) => text).join();

test.each([[undefined, ''], ['A', " of restApi 'A'"]])('an API is called by its path if it has one: %s', (path, of) => {
  expect(textOf({ path, isPrivate: true, hasPolicy: false })).toContain(`endpointConfiguration${of} is PRIVATE,`);
  expect(textOf({ path, personalMethods: [GET], ...withSettings({ ...ALL, cachingEnabled: true }) })).toMatch(new RegExp(`deployOptions.methodOptions${of}$`));
  expect(textOf({ path, isDeployed: false })).toContain(path === undefined ? 'the API makes no deployment' : "restApi 'A' makes no deployment");
});

test('the first method that is cached is named', () => {
  const facts = { personalMethods: [POST, GET], ...withSettings({ ...GET, cachingEnabled: true }) };
  expect(textOf(facts)).toContain("MethodSettings of 'S' has the answers of GET /jobs/{id} cached");
  expect(textOf(facts)).toContain("set cachingEnabled to false for '/jobs/{id}/GET'");
});

test('the region is named if it is known', () => {
  expect(textOf({ accessLogs: true, hasLoggingRole: false, region: 'eu-west-1' })).toContain('is in eu-west-1,');
  expect(textOf({ accessLogs: true, hasLoggingRole: false })).toContain('is in its region,');
});
