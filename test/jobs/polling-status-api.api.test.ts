import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { handlerIn, make, newStack, problemsIn, resourceOf, resourcesOf } from './fixtures';
import { render } from './mapping-template';
import type { PollingStatusApiProps } from '../../src';
import { FunctionEngine, PollingStatusApi } from '../../src';
import { problemsAtSynthesis } from '../late-changes';

type Props = Partial<PollingStatusApiProps>;

const METHOD = 'AWS::ApiGateway::Method';
const ref = (idPrefix: string): unknown => ({ Ref: expect.stringMatching(new RegExp(`^${idPrefix}`)) });
const REQUEST_HEADERS = 'Authorization,Content-Type,Idempotency-Key,X-Amz-Content-Sha256,X-Amz-Date,X-Amz-Security-Token,X-Api-Key';
const problemsOf = (props: Props | ((stack: Stack) => Props)) => problemsIn(() => make(props));

describe('CORS', () => {
  const A = 'https://a.example.com';
  const B = 'https://b.example.com';
  const method = (stack: Stack, id: string) => resourceOf(stack, METHOD, id).Properties;
  const gatewayHeaders = (stack: Stack) => Object.values(resourcesOf(stack, 'AWS::ApiGateway::GatewayResponse')).map(({ Properties }) => Properties.ResponseParameters);

  test('is off', () => {
    expect(JSON.stringify(Template.fromStack(make().stack).toJSON())).not.toContain('Access-Control');
    expect(Object.keys(resourcesOf(make().stack, METHOD))).toHaveLength(3);
  });

  test.each([[[A], A], [['*'], '*']])('lets the pages of %j call, and read where the job is', (corsAllowOrigins, allowed) => {
    const { stack } = make({ corsAllowOrigins });
    const headers = { 'Access-Control-Allow-Origin': `'${allowed}'`, 'Access-Control-Expose-Headers': "'Location,Retry-After'" };
    const parameters = (prefix: string) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [`${prefix}.header.${name}`, value]));
    for (const id of ['JobsApijobsPOST', 'JobsApijobsidGET', 'JobsApijobsidcancelPOST']) {
      const { Integration: integration, MethodResponses: responses } = method(stack, id);
      expect(integration.IntegrationResponses).toHaveLength(3);
      integration.IntegrationResponses.forEach((response: any) => {
        expect(response.ResponseParameters).toMatchObject(parameters('method.response'));
        expect(response.ResponseTemplates['application/json']).not.toContain('Origin');
      });
      responses.forEach((response: any) => expect(response.ResponseParameters).toMatchObject({ 'method.response.header.Access-Control-Allow-Origin': true }));
    }
    expect(gatewayHeaders(stack)).toEqual([1, 2, 3].map(() => expect.objectContaining(parameters('gatewayresponse'))));
    expect(JSON.stringify(Template.fromStack(stack).toJSON())).not.toMatch(/header\.Vary|Allow-Credentials/);
  });

  test.each([['JobsApijobsOPTIONS', 'POST'], ['JobsApijobsidOPTIONS', 'GET'], ['JobsApijobsidcancelOPTIONS', 'POST']])('answers %s, which nobody authorizes, for %s', (id, httpMethod) => {
    const { stack } = make({ corsAllowOrigins: [A], apiKeyRequired: true });
    expect(method(stack, id)).toMatchObject({
      HttpMethod: 'OPTIONS',
      AuthorizationType: 'NONE',
      ApiKeyRequired: false,
      Integration: {
        Type: 'MOCK',
        RequestTemplates: { 'application/json': '{ statusCode: 204 }' },
        IntegrationResponses: [{
          StatusCode: '204',
          ResponseParameters: {
            'method.response.header.Access-Control-Allow-Origin': `'${A}'`,
            'method.response.header.Access-Control-Allow-Methods': `'${httpMethod}'`,
            'method.response.header.Access-Control-Allow-Headers': `'${REQUEST_HEADERS}'`,
          },
        }],
      },
      MethodResponses: [{
        StatusCode: '204',
        ResponseParameters: {
          'method.response.header.Access-Control-Allow-Origin': true,
          'method.response.header.Access-Control-Allow-Methods': true,
          'method.response.header.Access-Control-Allow-Headers': true,
        },
      }],
    });
    expect(method(stack, id)).not.toHaveProperty('AuthorizerId');
  });

  test('lets pages send more headers, each named once', () => {
    const { stack } = make({ corsAllowOrigins: [A], corsAllowHeaders: ['X-Request-Id', 'Authorization'] });
    const { ResponseParameters: parameters } = method(stack, 'JobsApijobsOPTIONS').Integration.IntegrationResponses[0];
    expect(parameters['method.response.header.Access-Control-Allow-Headers']).toBe(`'${REQUEST_HEADERS},X-Request-Id'`);
  });

  describe('for several origins', () => {
    interface Answer { readonly ResponseParameters: Record<string, string>; readonly ResponseTemplates: Record<string, string> }
    const several = () => make({ corsAllowOrigins: [A, B, 'http://localhost:3000'] }).stack;
    const ids = ['JobsApijobsPOST', 'JobsApijobsidGET', 'JobsApijobsidcancelPOST', 'JobsApijobsOPTIONS', 'JobsApijobsidOPTIONS', 'JobsApijobsidcancelOPTIONS'];
    const responses = (stack: Stack) => ids
      .flatMap((id) => method(stack, id).Integration.IntegrationResponses as Answer[]);
    /** The origin that an answer allows. */
    const allowed = ({ ResponseParameters: parameters, ResponseTemplates: templates }: Answer, headers: Record<string, string>) => {
      const times = { deadline: { N: '2' }, expiresAt: { N: '3' } };
      const body = JSON.stringify({ __type: 'x', Attributes: times, Item: { jobId: { S: 'k-a' }, ...times } });
      const context = { identity: { userArn: 'arn:aws:iam::111122223333:user/u' }, requestTimeEpoch: 1000, path: '/prod/jobs' };
      return render(templates['application/json']!, { context, headers, body }).headers['Access-Control-Allow-Origin']
        ?? parameters['method.response.header.Access-Control-Allow-Origin']!.slice(1, -1);
    };

    test.each([
      [{ Origin: A }, A], [{ Origin: B }, B], [{ origin: B }, B], [{ ORIGIN: 'http://localhost:3000' }, 'http://localhost:3000'],
      [{ Origin: 'https://evil.example.com' }, A], [{ Origin: 'https://bXexample.com' }, A], [{ Origin: `${B}.evil.com` }, A], [{ Origin: 'null' }, A], [{}, A],
    ])('every answer to %j allows %s', (headers, origin) => {
      const answers = responses(several());
      expect(answers).toHaveLength(12);
      answers.forEach((answer) => expect(allowed(answer, headers)).toBe(origin));
    });

    test('every answer tells caches that it is for one origin', () => {
      const stack = several();
      responses(stack).forEach(({ ResponseParameters: parameters }) => expect(parameters).toMatchObject({ 'method.response.header.Vary': "'Origin'" }));
      const declared = Object.values(resourcesOf(stack, METHOD)).flatMap(({ Properties }) => Properties.MethodResponses as any[]);
      declared.forEach(({ ResponseParameters: parameters }) => expect(parameters).toMatchObject({ 'method.response.header.Vary': true }));
    });

    test('what API Gateway refuses itself can be read by all pages', () => {
      expect(gatewayHeaders(several())).toEqual([1, 2, 3].map(() => expect.objectContaining({ 'gatewayresponse.header.Access-Control-Allow-Origin': "'*'" })));
      expect(JSON.stringify(gatewayHeaders(several()))).not.toContain('Vary');
    });
  });

  test.each([
    ['*', true], [A, true], ['http://localhost:3000', true], ['http://[::1]:8080', true], ['https://xn--bcher-kva.example', true],
    [`${A}/`, false], ['app.example.com', false], ["https://a'b", false], ['https://a.com,https://b.com', false], ['', false],
    ['https://App.example.com', false], ['https://a.example.com:443', false], ['https://bücher.example', false], ['https://a:b:c', false], ['ftp://a.example.com', false],
  ])('the origin %j is fine: %s', (origin, fine) => {
    expect(problemsOf({ corsAllowOrigins: [origin] })).toEqual(fine ? [] : [
      `corsAllowOrigins has '${origin}', but must have * or origins as browsers send them, as https://app.example.com: scheme and host in lower case, no path, no default port; ` +
      'correct it, or leave corsAllowOrigins out for no CORS',
    ]);
  });

  test.each<[string, Props, string]>([
    ['no origin', { corsAllowOrigins: [] }, 'corsAllowOrigins is empty: name at least one origin, as https://app.example.com, or leave corsAllowOrigins out for no CORS'],
    ['all and another', { corsAllowOrigins: ['*', A] }, `corsAllowOrigins is *, ${A}, but * allows all and must be the only one: leave out * or the others`],
    ['headers without origins', { corsAllowHeaders: ['X-A'] }, 'corsAllowHeaders is set, but no page of another origin may call the API: set corsAllowOrigins, or leave corsAllowHeaders out'],
    ['what is no header', { corsAllowOrigins: ['*'], corsAllowHeaders: ["X-A'", 'X-B'] }, "corsAllowHeaders has 'X-A'', which is no name of a header: state names such as X-Request-Id"],
    ['a token for all origins', { corsAllowOrigins: new CfnParameter(newStack(), 'List', { type: 'CommaDelimitedList' }).valueAsList }, expect.stringMatching(/^corsAllowOrigins or corsAllowHeaders is a token for a whole list/)],
    ['a token for all headers', { corsAllowOrigins: ['*'], corsAllowHeaders: new CfnParameter(newStack(), 'List', { type: 'CommaDelimitedList' }).valueAsList }, expect.stringMatching(/^corsAllowOrigins or corsAllowHeaders is a token for a whole list/)],
  ])('%s is refused', (_, props, problem) => {
    expect(problemsOf(props)).toEqual([problem]);
  });

  test('entries may be tokens', () => {
    const { stack } = make((scope) => ({
      corsAllowOrigins: [A, new CfnParameter(scope, 'Origin').valueAsString], corsAllowHeaders: [new CfnParameter(scope, 'Header').valueAsString],
    }));
    expect(JSON.stringify(method(stack, 'JobsApijobsOPTIONS'))).toMatch(/\$origin == \\+"",\{"Ref":"Origin"\}.*|\{"Ref":"Header"\}/);
  });
});

describe('resourcePath', () => {
  test('is jobs', () => {
    expect(Object.values(resourcesOf(make().stack, 'AWS::ApiGateway::Resource')).map(({ Properties }) => Properties.PathPart)).toEqual(['jobs', '{id}', 'cancel']);
  });

  test('may have several parts', () => {
    const { stack } = make({ resourcePath: 'v1/reports' });
    expect(Object.values(resourcesOf(stack, 'AWS::ApiGateway::Resource')).map(({ Properties }) => Properties.PathPart)).toEqual(['v1', 'reports', '{id}', 'cancel']);
  });

  test.each(['', '/jobs', 'jobs/', 'a//b', 'jobs/{id}', 'jobs?x', 'jöbs', '{proxy+}'])('%j is refused', (resourcePath) => {
    expect(problemsOf({ resourcePath })).toEqual([
      `resourcePath is '${resourcePath}', but must be parts of letters, digits and -_.:~ with slashes between them, such as v1/jobs: change it, or leave it out for jobs`,
    ]);
  });

  test('cannot be a token', () => {
    expect(problemsOf((scope) => ({ resourcePath: new CfnParameter(scope, 'Path').valueAsString }))).toEqual([
      'resourcePath is a token, but must be known, because each part of it is a resource: state it, or leave it out for jobs',
    ]);
  });
});

describe('publicUrl', () => {
  const template = (props: Props | ((stack: Stack) => Props)) => (
    Object.entries(resourcesOf(make(props).stack, METHOD)).find(([id]) => id.includes('POST') && !id.includes('cancel'))![1].Properties.Integration.IntegrationResponses[0].ResponseTemplates['application/json']
  );

  test('is the path of the request', () => {
    expect(template({})).toContain("#set($path = $context.path.replaceAll('/+$', ''))\n");
  });

  test('begins the Location of each job', () => {
    expect(template({ publicUrl: 'https://api.example.com/shop', resourcePath: 'v1/reports' })).toContain('#set($path = "https://api.example.com/shop/v1/reports")\n');
  });

  test('may be a token', () => {
    expect(template((scope) => ({ publicUrl: `https://${new CfnParameter(scope, 'Host').valueAsString}` }))).toEqual({
      'Fn::Join': ['', [expect.stringMatching(/#set\(\$path = "https:\/\/$/), { Ref: 'Host' }, expect.stringMatching(/^\/jobs"\)\n/)]],
    });
  });

  test.each(['', 'api.example.com', 'https://api.example.com/', 'https://api.example.com?x', 'https://a"b', 'https://a/$b', 'ftp://a'])('%j is refused', (publicUrl) => {
    expect(problemsOf({ publicUrl })).toEqual([
      `publicUrl is '${publicUrl}', but must be the URL of the root of the API's stage without a slash at its end, as https://api.example.com/shop: ` +
      'correct it, or leave it out for the path of the request',
    ]);
  });

  test('is in the URL of the jobs', () => {
    const { stack, jobs } = make();
    expect(stack.resolve(jobs.url)['Fn::Join'][1].slice(-2)).toEqual([ref('JobsApiDeploymentStage'), '/jobs']);
    expect(make({ publicUrl: 'https://api.example.com', resourcePath: 'v1/jobs' }).jobs.url).toBe('https://api.example.com/v1/jobs');
  });
});

describe('the endpoint', () => {
  const policy = () => new iam.PolicyDocument({
    statements: [new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions: ['execute-api:Invoke'], resources: ['execute-api:/*'], conditions: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } })],
  });

  test('may be private, with a resource policy', () => {
    const { stack } = make({ endpointConfiguration: { types: [apigateway.EndpointType.PRIVATE] }, policy: policy() });
    expect(resourceOf(stack, 'AWS::ApiGateway::RestApi').Properties).toMatchObject({
      EndpointConfiguration: { Types: ['PRIVATE'] },
      Policy: { Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Principal: { AWS: '*' }, Resource: 'execute-api:/*', Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }] },
    });
  });

  test('that is private needs a resource policy', () => {
    expect(problemsOf({ endpointConfiguration: { types: [apigateway.EndpointType.PRIVATE] } })).toEqual([
      'endpointConfiguration is PRIVATE, but policy is not set, and a private API without a resource policy refuses every request: ' +
      'set policy to one that allows execute-api:Invoke from your VPC or VPC endpoint',
    ]);
    expect(problemsOf({ endpointConfiguration: { types: [apigateway.EndpointType.EDGE] } })).toEqual([]);
  });
});

describe('an API that is given', () => {
  const given = (props: apigateway.RestApiProps = {}, more: Props = {}) => {
    const stack = newStack();
    const restApi = new apigateway.RestApi(stack, 'Given', { cloudWatchRole: false, ...props });
    return { stack, restApi, jobs: new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), restApi, ...more }) };
  };
  const problemsWith = (props: apigateway.RestApiProps, more: Props) => problemsIn(() => given(props, more));

  test('gets the methods, and no other API is made', () => {
    const { stack, restApi, jobs } = given();
    expect(jobs.api).toBe(restApi);
    expect(Object.keys(resourcesOf(stack, 'AWS::ApiGateway::RestApi'))).toHaveLength(1);
    expect(Object.values(resourcesOf(stack, METHOD)).map(({ Properties }) => [Properties.HttpMethod, Properties.RestApiId]))
      .toEqual([['POST', ref('Given')], ['GET', ref('Given')], ['POST', ref('Given')]]);
    expect(resourceOf(stack, METHOD, 'GivenjobsPOST').Properties).toMatchObject({ RequestModels: { 'application/json': ref('JobsBody') }, RequestValidatorId: ref('JobsValidator') });
    for (const type of ['Model', 'RequestValidator']) {
      expect(resourceOf(stack, `AWS::ApiGateway::${type}`, 'Jobs').Properties.RestApiId).toEqual(ref('Given'));
    }
  });

  test('keeps its own logs and its own errors', () => {
    const { stack } = given();
    expect(Object.keys(resourcesOf(stack, 'AWS::Logs::LogGroup')).some((id) => id.includes('AccessLogs'))).toBe(false);
    expect(resourcesOf(stack, 'AWS::ApiGateway::GatewayResponse')).toEqual({});
    expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('apiLoggingAccountUnknown'))).toEqual([]);
  });

  test('has its stage watched', () => {
    const { stack, jobs } = given({ restApiName: 'shop' });
    expect(Object.keys(jobs.alarms).slice(0, 2)).toEqual(['serverErrors', 'latency']);
    expect(resourceOf(stack, 'AWS::CloudWatch::Alarm', 'JobsServerErrors').Properties.Dimensions)
      .toEqual([{ Name: 'ApiName', Value: 'shop' }, { Name: 'Stage', Value: ref('GivenDeploymentStage') }]);
  });

  test('is deployed again when a model changes', () => {
    const idOf = (type: apigateway.JsonSchemaType, late?: string) => {
      const { stack, jobs } = given({}, { bodySchema: { type } });
      if (late) {
        (jobs.node.findChild('Validator').node.defaultChild as apigateway.CfnRequestValidator).addPropertyOverride('Name', late);
      }
      return Object.keys(resourcesOf(stack, 'AWS::ApiGateway::Deployment'));
    };
    const { OBJECT, ARRAY } = apigateway.JsonSchemaType;
    expect(idOf(OBJECT)).toEqual(idOf(OBJECT));
    expect(idOf(ARRAY)).not.toEqual(idOf(OBJECT));
    expect(idOf(OBJECT, 'other')).not.toEqual(idOf(OBJECT));
  });

  test('may have two, at two paths', () => {
    const { stack, restApi, jobs } = given();
    const other = new PollingStatusApi(stack, 'Others', { engine: new FunctionEngine(handlerIn(stack, {}, 'OtherHandler')), restApi, resourcePath: 'others' });
    expect([jobs, other].map(({ url }) => stack.resolve(url)['Fn::Join'][1].at(-1))).toEqual(['/jobs', '/others']);
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('may be the one of another', () => {
    const { stack, jobs } = make();
    new PollingStatusApi(stack, 'Others', { engine: new FunctionEngine(handlerIn(stack, {}, 'OtherHandler')), restApi: jobs.api, resourcePath: 'others' });
    expect(problemsAtSynthesis(stack)).toEqual([]);
  });

  test('is left as it was when the engine refuses', () => {
    const stack = newStack();
    const restApi = new apigateway.RestApi(stack, 'Given');
    const engine = new FunctionEngine(handlerIn(stack), { alarms: { failed: { evaluationPeriods: 0 } } });
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine, restApi }))).toHaveLength(1);
    expect(restApi.root.getResource('jobs')).toBeUndefined();
    expect(stack.node.tryFindChild('Jobs')).toBeUndefined();
  });

  test('may have CORS for the jobs', () => {
    const { stack } = given({}, { corsAllowOrigins: ['*'] });
    expect(Object.values(resourcesOf(stack, METHOD)).filter(({ Properties }) => Properties.HttpMethod === 'OPTIONS')).toHaveLength(3);
  });

  describe('that is imported', () => {
    const withImported = (props: Props = {}) => {
      const stack = newStack();
      const restApi = apigateway.RestApi.fromRestApiAttributes(stack, 'Given', { restApiId: 'a1b2c3', rootResourceId: 'r0' });
      return { stack, jobs: new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), restApi, ...props }) };
    };

    test('must be deployed by somebody else, which is said', () => {
      const { stack } = withImported();
      Annotations.fromStack(stack).hasWarning('/Stack/Jobs', Match.stringLikeRegexp(
        "restApi 'Stack/Given' makes no deployment in this app, and its stages go on serving what was deployed last: .*apiDeployedElsewhere",
      ));
      expect(resourcesOf(stack, 'AWS::ApiGateway::Deployment')).toEqual({});
    });

    test('has no stage that could be watched', () => {
      const { stack, jobs } = withImported();
      expect(Object.keys(jobs.alarms)).toEqual(['pipeFailed', 'pipeThrottled', 'deadLetters', 'moreDeadLetters']);
      expect(problemsAtSynthesis(stack)).toEqual([]);
    });

    test.each(['serverErrors', 'latency'])('cannot have the alarm %s', (name) => {
      expect(problemsIn(() => withImported({ alarms: { [name]: { evaluationPeriods: 2 } } }))).toEqual([
        `alarms.${name} is set, but the stage of restApi 'Stack/Given' is not known, and metrics are those of a stage: make the alarm where the stage is made, and leave alarms.${name} out`,
      ]);
      expect(problemsIn(() => withImported({ alarms: { [name]: { enabled: false } } }))).toEqual([]);
    });

    test('is granted at all its stages', () => {
      const { stack, jobs } = withImported();
      jobs.grantSubmit(new iam.Role(stack, 'Client', { assumedBy: new iam.AccountRootPrincipal() }));
      const arns = JSON.stringify(resourceOf(stack, 'AWS::IAM::Policy', 'Client').Properties.PolicyDocument.Statement);
      expect(arns).toContain(':a1b2c3/*/POST/jobs"');
      expect(arns).toContain(':a1b2c3/*/GET/jobs/*"');
      expect(arns).toContain(':a1b2c3/*/POST/jobs/*/cancel"');
    });

    test('has a URL that must be told', () => {
      expect(() => withImported().jobs.url).toThrow("url of 'Stack/Jobs' is not known, because the stage of restApi 'Stack/Given' is not: set publicUrl");
      expect(withImported({ publicUrl: 'https://api.example.com' }).jobs.url).toBe('https://api.example.com/jobs');
    });
  });

  test.each<[keyof Props, Props, string]>([
    ['throttlingRateLimit', { throttlingRateLimit: 1 }, 'deployOptions.throttlingRateLimit'],
    ['throttlingBurstLimit', { throttlingBurstLimit: 1 }, 'deployOptions.throttlingBurstLimit'],
    ['accessLogs', { accessLogs: false }, 'deployOptions.accessLogDestination'],
    ['policy', { policy: new iam.PolicyDocument() }, 'policy'],
    ['endpointConfiguration', { endpointConfiguration: { types: [] } }, 'endpointConfiguration'],
  ])('has its own %s', (prop, props, own) => {
    expect(problemsWith({}, props)).toEqual([`${prop} is set, but restApi 'Stack/Given' is given, which has its own: set ${own} of that API, and leave ${prop} out`]);
  });

  test('stands in the same stack', () => {
    const app = new App();
    const [theirs, stack] = [new Stack(app, 'Theirs'), new Stack(app, 'Stack')];
    const restApi = new apigateway.RestApi(theirs, 'Given');
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), restApi }))).toEqual([
      "restApi 'Theirs/Given' is made in another stack (Theirs), but its methods and this construct must be in one stack, because they refer to each other: " +
      'make this construct there, or import the API here by RestApi.fromRestApiAttributes',
    ]);
  });

  test('may have a default authorizer, if it is stated here too', () => {
    const authorizer = { authorizerId: 'a', authorizationType: apigateway.AuthorizationType.CUSTOM };
    expect(problemsWith({ defaultMethodOptions: { authorizer } }, {})).toEqual([
      "restApi 'Stack/Given' has a default authorizer, but authorizer is not set, and the owner of a job is told by it: set authorizer to the same one",
    ]);
    expect(problemsWith({ defaultMethodOptions: { authorizer } }, { authorizer })).toEqual([]);
  });

  test('lets pages ask first without its default authorizer', () => {
    const stack = newStack();
    const authorizer = { authorizerId: 'a', authorizationType: apigateway.AuthorizationType.CUSTOM };
    const defaultMethodOptions = { authorizer, authorizationType: apigateway.AuthorizationType.CUSTOM, apiKeyRequired: true };
    const restApi = new apigateway.RestApi(stack, 'Given', { defaultMethodOptions });
    new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), restApi, authorizer, corsAllowOrigins: ['*'] });
    const preflights = Object.values(resourcesOf(stack, METHOD)).map(({ Properties }) => Properties).filter(({ HttpMethod }) => HttpMethod === 'OPTIONS');
    expect(preflights.map(({ AuthorizationType, AuthorizerId, ApiKeyRequired }) => [AuthorizationType, AuthorizerId, ApiKeyRequired])).toEqual([
      ['NONE', undefined, false], ['NONE', undefined, false], ['NONE', undefined, false],
    ]);
  });

  test('answers preflight requests itself, or has it done here', () => {
    const defaultCorsPreflightOptions = { allowOrigins: ['*'] };
    expect(problemsWith({ defaultCorsPreflightOptions }, { corsAllowOrigins: ['*'] })).toEqual([
      "corsAllowOrigins is set, but restApi 'Stack/Given' has defaultCorsPreflightOptions, which answer the same requests: leave these out and add them to the other resources",
    ]);
    expect(problemsWith({ defaultCorsPreflightOptions }, {})).toEqual([]);
  });

  test.each<[string, (root: apigateway.IResource) => unknown, Props]>([
    ['POST', (root) => root.addResource('jobs').addMethod('POST'), {}],
    ['jobs by their id', (root) => root.addResource('v1').addResource('jobs').addResource('{id}'), { resourcePath: 'v1/jobs' }],
    ['OPTIONS', (root) => root.addResource('jobs').addMethod('OPTIONS'), { corsAllowOrigins: ['*'] }],
  ])('must not have %s at the path already', (_, change, props) => {
    const stack = newStack();
    const restApi = new apigateway.RestApi(stack, 'Given');
    change(restApi.root);
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), restApi, ...props }))).toEqual([
      `resourcePath is '${props.resourcePath ?? 'jobs'}', but restApi 'Stack/Given' has methods there already: state another resourcePath`,
    ]);
  });

  test('may have another method, and an OPTIONS, at the path', () => {
    const stack = newStack();
    const restApi = new apigateway.RestApi(stack, 'Given');
    const jobs = restApi.root.addResource('jobs');
    ['GET', 'OPTIONS'].forEach((httpMethod) => jobs.addMethod(httpMethod));
    expect(problemsIn(() => new PollingStatusApi(stack, 'Jobs', { engine: new FunctionEngine(handlerIn(stack)), restApi }))).toEqual([]);
  });
});
