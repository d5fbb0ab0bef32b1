import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { App, Aspects, AssetHashType, CfnCondition, CfnMapping, CfnParameter, CfnResource, CustomResource, Fn, LegacyStackSynthesizer, NestedStack, SecretValue, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { CanaryFunction } from '../../src';
import { NOT_IN_A_VERSION } from '../../src/functions/private/published-version';
import { REPLACED_BY } from '../../src/functions/private/replaced-resources';
import { problemsAtSynthesis } from '../late-changes';
import { handlerIn, newStack, resourceOf, resourcesOf } from '../messaging/fixtures';

const LAYER_FLAG = '@aws-cdk/aws-lambda:recognizeLayerVersion';
const PROPS_FLAG = '@aws-cdk/aws-lambda:recognizeVersionProps';

interface Version {
  readonly id: string;
  readonly description: unknown;
}

/** The version in the template of a stack with one canary. */
function versionIn(stack: Stack): Version {
  const versions = resourcesOf(stack, 'AWS::Lambda::Version');
  const [id = ''] = Object.keys(versions);
  expect(Object.keys(versions)).toEqual([id]);
  return { id, description: versions[id]!.Properties.Description };
}

/** Of a canary of the function that `make` gives. */
function versionWith(make: (stack: Stack) => lambda.Function, context: Record<string, unknown> = {}): Version {
  const stack = new Stack(new App({ context, treeMetadata: false, analyticsReporting: false }), 'Stack');
  new CanaryFunction(stack, 'Billing', { handler: make(stack) });
  return versionIn(stack);
}

const withVariable = (value: (stack: Stack) => string) => (stack: Stack) => handlerIn(stack, { environment: { PRICE: value(stack) } });
const descriptionWith = (value: (stack: Stack) => string) => versionWith(withVariable(value)).description;

/** What the canary of a function says when the app is synthesized. */
function problemsWith(make: (stack: Stack) => lambda.Function): string[] {
  const stack = newStack();
  new CanaryFunction(stack, 'Billing', { handler: make(stack) });
  return problemsAtSynthesis(stack);
}

function folderWith(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'version-'));
  writeFileSync(join(folder, 'index.js'), content);
  return folder;
}

test('a function without any of these has the version that the CDK makes', () => {
  const stack = newStack();
  const handler = handlerIn(stack);
  const plain = stack.resolve((handler.currentVersion.node.defaultChild as lambda.CfnVersion).logicalId) as string;
  new CanaryFunction(stack, 'Billing', { handler });
  expect(versionIn(stack)).toEqual({ id: plain, description: undefined });
});

describe('each property of a function', () => {
  const [{ properties }] = loadAwsServiceSpecSync().lookup('resource', 'cloudFormationType', 'equals', 'AWS::Lambda::Function') as unknown as [{ properties: Record<string, unknown> }];
  const idsWith = (name: string, context = {}) => ['one', 'two'].map((value) => versionWith((stack) => {
    const handler = handlerIn(stack);
    (handler.node.defaultChild as CfnResource).addPropertyOverride(name, value);
    return handler;
  }, context).id);
  /** What the CDK takes to be part of a version although none has it: a change of one alone fails, because Lambda publishes no second version of the same code. */
  const TAKEN_FOR_PART = ['FunctionName', 'PackageType', 'PublishToLatestPublished', 'RecursiveLoop'];

  test.each(Object.keys(properties).filter((name) => !NOT_IN_A_VERSION.includes(name)))('%s is part of the version', (name) => {
    const [one, two] = idsWith(name);
    expect(one).not.toBe(two);
  });

  test.each(NOT_IN_A_VERSION.filter((name) => !TAKEN_FOR_PART.includes(name)))('%s is not', (name) => {
    expect(Object.keys(properties)).toContain(name);
    const [one, two] = idsWith(name);
    expect(one).toBe(two);
  });

  test('one that the CDK does not know yet is refused by it', () => {
    expect(() => idsWith('Tomorrow')).toThrow('The following properties are not recognized as version properties: [Tomorrow]');
  });

  test('a deleted one is part of the version', () => {
    const idWith = (change: (resource: CfnResource) => void) => versionWith((stack) => {
      const handler = handlerIn(stack, { environment: { PRICE: 'low' } });
      change(handler.node.defaultChild as CfnResource);
      return handler;
    }).id;
    expect(idWith((resource) => resource.addPropertyDeletionOverride('Environment.Variables.PRICE'))).not.toBe(idWith(() => undefined));
  });

  test('one that an aspect changes after everything was made is part of the version', () => {
    const idWith = (memorySize: number) => {
      const stack = newStack();
      new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack) });
      Aspects.of(stack).add({
        visit: (node) => {
          if (node instanceof lambda.CfnFunction) {
            node.memorySize = memorySize;
          }
        },
      }, { priority: 900 });
      return versionIn(stack).id;
    };
    expect(idWith(256)).not.toBe(idWith(512));
  });
});

describe('the code', () => {
  test.each<[string, (content: string) => lambda.Code]>([
    ['inline', (content) => lambda.Code.fromInline(content)],
    ['an asset', (content) => lambda.Code.fromAsset(folderWith(content))],
    ['an asset with a hash of one\'s own', (content) => lambda.Code.fromAsset(folderWith('same'), { assetHash: content, assetHashType: AssetHashType.CUSTOM })],
  ])('%s: a change is another version', (_, code) => {
    const idWith = (content: string) => versionWith((stack) => handlerIn(stack, { code: code(content) })).id;
    expect(idWith('one')).not.toBe(idWith('two'));
    expect(idWith('one')).toBe(idWith('one'));
  });

  test('whose place is a parameter, as a pipeline gives it, is part of the description', () => {
    const stack = newStack();
    const code = lambda.Code.fromCfnParameters();
    new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { code }) });
    expect(versionIn(stack).description).toEqual({ 'Fn::Join': [' ', [{ Ref: expect.stringContaining('BucketName') }, { Ref: expect.stringContaining('ObjectKey') }]] });
  });

  test('whose place the legacy synthesizer gives as parameters has its hash in their names', () => {
    const stack = new Stack(new App(), 'Stack', { synthesizer: new LegacyStackSynthesizer() });
    new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { code: lambda.Code.fromAsset(folderWith('code')) }) });
    expect(versionIn(stack).description).toBeUndefined();
  });

  describe('codeWithoutVersion: a name that stays', () => {
    const warningsWith = (code: (stack: Stack) => lambda.Code, image = false) => {
      const stack = newStack();
      const more = image ? { runtime: lambda.Runtime.FROM_IMAGE, handler: lambda.Handler.FROM_IMAGE } : {};
      new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { code: code(stack), ...more }) });
      return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-serverless-patterns:codeWithoutVersion')).map(({ entry }) => String(entry.data));
    };
    const repository = (stack: Stack) => ecr.Repository.fromRepositoryName(stack, 'Repository', 'billing');
    const bucket = (stack: Stack) => s3.Bucket.fromBucketName(stack, 'Bucket', 'releases');

    test.each<[string, (stack: Stack) => lambda.Code, string]>([
      ['no tag', (stack) => lambda.Code.fromEcrImage(repository(stack)), 'the image \'?.dkr.ecr.?.?/billing:latest\''],
      ['latest', (stack) => lambda.Code.fromEcrImage(repository(stack), { tagOrDigest: 'latest' }), 'the image \'?.dkr.ecr.?.?/billing:latest\''],
    ])('an image with %s', (_, code, place) => {
      expect(warningsWith(code, true)).toEqual([
        `handler 'Stack/Handler' takes its code from ${place}, which names no version of it, so what is put there later is no change for CloudFormation, and is not deployed: ` +
        'give each release a tag or a key of its own, or state the digest or the version of the object [ack: cdk-serverless-patterns:codeWithoutVersion]',
      ]);
    });

    test.each(['1.2.0', `sha256:${'a'.repeat(64)}`])('not an image with %s', (tagOrDigest) => {
      expect(warningsWith((stack) => lambda.Code.fromEcrImage(repository(stack), { tagOrDigest }), true)).toEqual([]);
    });

    test('nor one whose tag is a parameter, which is part of the description', () => {
      const stack = newStack();
      const code = lambda.Code.fromEcrImage(repository(stack), { tagOrDigest: new CfnParameter(stack, 'Tag').valueAsString });
      new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack, { code, runtime: lambda.Runtime.FROM_IMAGE, handler: lambda.Handler.FROM_IMAGE }) });
      expect(versionIn(stack).description).toEqual({ Ref: 'Tag' });
    });

    test('an object', () => {
      expect(warningsWith((stack) => lambda.Code.fromBucketV2(bucket(stack), 'billing.zip'))).toEqual([
        expect.stringContaining('takes its code from \'billing.zip\' of bucket \'releases\', which names no version'),
      ]);
    });

    test('not an object with a number in its key, nor a version of one', () => {
      expect(warningsWith((stack) => lambda.Code.fromBucketV2(bucket(stack), 'billing-1.2.0.zip'))).toEqual([]);
      expect(warningsWith((stack) => lambda.Code.fromBucketV2(bucket(stack), 'billing.zip', { objectVersion: 'abc' }))).toEqual([]);
    });
  });
});

describe.each([[{}], [{ [LAYER_FLAG]: true }], [{ [LAYER_FLAG]: false }]])('with the context %j', (context) => {
  const layer = (stack: Stack, content: string, id = 'Rules') => new lambda.LayerVersion(stack, id, { code: lambda.Code.fromAsset(folderWith(content)) });

  test.each<[string, (stack: Stack, content: string) => lambda.Function]>([
    ['given as a prop', (stack, content) => handlerIn(stack, { layers: [layer(stack, content)] })],
    ['added', (stack, content) => {
      const handler = handlerIn(stack);
      handler.addLayers(layer(stack, content));
      return handler;
    }],
    ['set on the resource', (stack, content) => {
      const handler = handlerIn(stack);
      (handler.node.defaultChild as lambda.CfnFunction).layers = [layer(stack, content).layerVersionArn];
      return handler;
    }],
    ['given by an override', (stack, content) => {
      const handler = handlerIn(stack);
      (handler.node.defaultChild as lambda.CfnFunction).addPropertyOverride('Layers', [layer(stack, content).layerVersionArn]);
      return handler;
    }],
    ['of the resource type', (stack, content) => {
      const resource = new lambda.CfnLayerVersion(stack, 'Rules', { content: { s3Bucket: 'layers', s3Key: content } });
      return handlerIn(stack, { layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'Imported', resource.ref)] });
    }],
  ])('another content of a layer that is %s is another version', (_, make) => {
    const idWith = (content: string) => versionWith((stack) => make(stack, content), context).id;
    expect(idWith('one')).not.toBe(idWith('two'));
    expect(idWith('one')).toBe(idWith('one'));
  });

  test('a layer in a parent stack counts too', () => {
    const idWith = (content: string) => {
      const parent = new Stack(new App({ context }), 'Parent');
      const nested = new NestedStack(parent, 'Nested');
      new CanaryFunction(nested, 'Billing', { handler: handlerIn(nested, { layers: [layer(parent, content)] }) });
      return versionIn(nested).id;
    };
    expect(idWith('one')).not.toBe(idWith('two'));
  });

  test('a parameter in a layer is part of the description', () => {
    expect(versionWith((stack) => {
      const content = { s3Bucket: 'layers', s3Key: new CfnParameter(stack, 'Key').valueAsString };
      const resource = new lambda.CfnLayerVersion(stack, 'Rules', { content });
      return handlerIn(stack, { layers: [lambda.LayerVersion.fromLayerVersionArn(stack, 'Imported', resource.ref)] });
    }, context).description).toEqual({ Ref: 'Key' });
  });
});

test('the id that covers more is as long as the CDK\'s', () => {
  const { id } = versionWith((stack) => handlerIn(stack, { layers: [new lambda.LayerVersion(stack, 'Rules', { code: lambda.Code.fromAsset(folderWith('rules')) })] }));
  expect(id).toMatch(/^HandlerCurrentVersion93FB80BF[0-9a-f]{32}$/);
});

test('where the CDK\'s hash covers the layers, the id is the CDK\'s', () => {
  const stack = new Stack(new App({ context: { [LAYER_FLAG]: true } }), 'Stack');
  const handler = handlerIn(stack, { layers: [new lambda.LayerVersion(stack, 'Rules', { code: lambda.Code.fromAsset(folderWith('rules')) })] });
  const plain = stack.resolve((handler.currentVersion.node.defaultChild as lambda.CfnVersion).logicalId) as string;
  new CanaryFunction(stack, 'Billing', { handler });
  expect(versionIn(stack).id).toBe(plain);
});

test('invalidateVersionBasedOn goes on working', () => {
  const idWith = (text: string) => versionWith((stack) => {
    const handler = handlerIn(stack, { layers: [new lambda.LayerVersion(stack, 'Rules', { code: lambda.Code.fromAsset(folderWith('rules')) })] });
    handler.invalidateVersionBasedOn(text);
    return handler;
  }).id;
  expect(idWith('one')).not.toBe(idWith('two'));
});

describe('a resource that the function refers to', () => {
  const idWith = (table: (stack: Stack) => dynamodb.CfnTable) => versionWith(withVariable((stack) => table(stack).ref)).id;
  const tableWith = (props: Partial<dynamodb.CfnTableProps>) => (stack: Stack) => new dynamodb.CfnTable(stack, 'Table', {
    keySchema: [{ attributeName: 'id', keyType: 'HASH' }], attributeDefinitions: [{ attributeName: 'id', attributeType: 'S' }], ...props,
  });
  const plain = idWith(tableWith({}));

  test.each<[string, Partial<dynamodb.CfnTableProps>]>([
    ['gets a name', { tableName: 'orders' }],
    ['gets another key', { keySchema: [{ attributeName: 'order', keyType: 'HASH' }] }],
  ])('and that %s, so that it is replaced, makes another version', (_, props) => {
    expect(idWith(tableWith(props))).not.toBe(plain);
  });

  test('and that is updated makes none', () => {
    expect(idWith(tableWith({ billingMode: 'PAY_PER_REQUEST' }))).toBe(plain);
  });

  const specification = loadAwsServiceSpecSync();
  test.each(Object.entries(REPLACED_BY))('%s is replaced for these properties', (type, names) => {
    const [resource] = specification.lookup('resource', 'cloudFormationType', 'equals', type) as unknown as [{ properties: Record<string, { causesReplacement?: string }> }];
    expect(Object.keys(resource.properties).filter((name) => resource.properties[name]!.causesReplacement === 'yes').sort()).toEqual([...names].sort());
  });
});

describe('what only the deployment knows is part of the description', () => {
  const parameter = (stack: Stack, id = 'Price', type = 'String') => new CfnParameter(stack, id, { type });

  test.each<[string, (stack: Stack) => string, unknown]>([
    ['a parameter', (stack) => parameter(stack).valueAsString, { Ref: 'Price' }],
    ['a number', (stack) => Token.asString(parameter(stack, 'Price', 'Number').valueAsNumber), { Ref: 'Price' }],
    ['a list', (stack) => Fn.join('-', parameter(stack, 'Prices', 'CommaDelimitedList').valueAsList), { 'Fn::Join': [',', { Ref: 'Prices' }] }],
    ['one of a list', (stack) => Fn.select(1, parameter(stack, 'Prices', 'List<Number>').valueAsList), { 'Fn::Select': [1, { Ref: 'Prices' }] }],
    ['part of a text', (stack) => `${parameter(stack).valueAsString} EUR`, { Ref: 'Price' }],
    ['part of a template text', (stack) => Fn.sub('${Price} EUR', { Other: parameter(stack).valueAsString }), { Ref: 'Price' }],
    ['part of a part', (stack) => Fn.select(0, Fn.split('-', parameter(stack).valueAsString)), { 'Fn::Select': [0, { 'Fn::Split': ['-', { Ref: 'Price' }] }] }],
    ['the latest value of Parameter Store', (stack) => ssm.StringParameter.valueForStringParameter(stack, '/price'), { Ref: expect.stringMatching(/^SsmParameterValue/) }],
    ['a mapping by a parameter', (stack) => new CfnMapping(stack, 'Prices', { mapping: { a: { price: '1' }, b: { price: '2' } } }).findInMap(parameter(stack, 'Stage').valueAsString, 'price'), {
      'Fn::FindInMap': ['Prices', { Ref: 'Stage' }, 'price'],
    }],
    ['a condition', (stack) => Fn.conditionIf(new CfnCondition(stack, 'IsProd').logicalId, 'high', 'low').toString(), { 'Fn::If': ['IsProd', '1', '0'] }],
    ['a condition with a parameter', (stack) => Fn.conditionIf(new CfnCondition(stack, 'IsProd').logicalId, 'high', parameter(stack).valueAsString).toString(), {
      'Fn::If': ['IsProd', '1', { 'Fn::Join': [' ', ['0', { Ref: 'Price' }]] }],
    }],
    ['an import whose name is a parameter', (stack) => Fn.importValue(`${parameter(stack).valueAsString}-Table`), { 'Fn::ImportValue': { 'Fn::Join': ['', [{ Ref: 'Price' }, '-Table']] } }],
    ['a result of a custom resource', (stack) => new CustomResource(stack, 'Lookup', { serviceToken: 'arn' }).getAttString('Arn'), { 'Fn::GetAtt': ['Lookup', 'Arn'] }],
    ['the id of a custom resource', (stack) => new CustomResource(stack, 'Lookup', { serviceToken: 'arn', resourceType: 'Custom::Lookup' }).ref, { Ref: 'Lookup' }],
    ['the value of a parameter that is made here', (stack) => new ssm.StringParameter(stack, 'Price', { stringValue: '1' }).stringValue, { 'Fn::GetAtt': [expect.stringMatching(/^Price/), 'Value'] }],
    ['an output of a stack by its template', (stack) => new CfnResource(stack, 'Other', { type: 'AWS::CloudFormation::Stack' }).getAtt('Outputs.Price').toString(), {
      'Fn::GetAtt': ['Other', 'Outputs.Price'],
    }],
  ])('%s', (_, value, expected) => {
    expect(descriptionWith(value)).toEqual(expected);
  });

  test.each<[string, (stack: Stack) => string]>([
    ['a text', () => 'low'],
    ['a pseudo parameter', (stack) => `${stack.region} ${Fn.sub('${AWS::AccountId}')}`],
    ['an import, because no export changes while it is imported', () => Fn.importValue('Table')],
    ['the name of a resource', (stack) => new s3.Bucket(stack, 'Bucket').bucketName],
    ['the ARN of a resource', (stack) => `${new s3.Bucket(stack, 'Bucket').bucketArn}/${Fn.sub('${Bucket.Arn}')}`],
    ['what the CDK reads of another region, an export too', (stack) => new CfnResource(stack, 'Reader', { type: 'Custom::CrossRegionExportReader' }).getAtt('/cdk/exports/x').toString()],
    ['a mapping', (stack) => new CfnMapping(stack, 'Prices', { mapping: { 'eu-west-1': { price: '1' } } }).findInMap(stack.region, 'price')],
    ['a version of a secret', () => SecretValue.secretsManager('price', { versionId: '1a' }).unsafeUnwrap()],
    ['a version of a parameter', () => '{{resolve:ssm:/price:3}}'],
    ['a resource that is not in the stack', () => Fn.ref('Elsewhere')],
  ])('but not %s', (_, value) => {
    expect(descriptionWith(value)).toBeUndefined();
  });

  test('each once, in an order that the function has no part in, behind what is stated', () => {
    const descriptionOf = (names: string[]) => versionWith((stack) => handlerIn(stack, {
      environment: Object.fromEntries([...names, ...names].map((id, index) => [`V${index}`, (stack.node.tryFindChild(id) as CfnParameter | undefined ?? parameter(stack, id)).valueAsString])),
      currentVersionOptions: { description: 'release' },
    })).description;
    expect(descriptionOf(['A', 'B'])).toEqual({ 'Fn::Join': [' ', ['release', { Ref: 'A' }, { Ref: 'B' }]] });
    expect(descriptionOf(['B', 'A'])).toEqual(descriptionOf(['A', 'B']));
  });

  test('what is stated stays without it', () => {
    expect(versionWith((stack) => handlerIn(stack, { currentVersionOptions: { description: 'release' } })).description).toBe('release');
  });

  test('the version of another function is part of the description', () => {
    const stack = newStack();
    new CanaryFunction(stack, 'Billing', { handler: withVariable(() => handlerIn(stack, {}, 'Other').currentVersion.version)(stack) });
    expect(resourceOf(stack, 'AWS::Lambda::Version', 'HandlerCurrentVersion').Properties.Description).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Other/), 'Version'] });
  });

  test('references to a parent stack are references', () => {
    const parent = newStack();
    const nested = new NestedStack(parent, 'Nested');
    new CanaryFunction(nested, 'Billing', { handler: handlerIn(nested, { environment: { BUCKET: new s3.Bucket(parent, 'Bucket').bucketName } }) });
    expect(versionIn(nested).description).toBeUndefined();
  });

  test('references into a nested stack are references', () => {
    expect(descriptionWith((stack) => new s3.Bucket(new NestedStack(stack, 'Nested'), 'Bucket').bucketName)).toBeUndefined();
  });

  test.each(NOT_IN_A_VERSION.filter((name) => name !== 'FunctionName'))('but not in %s, of which a version has nothing', (name) => {
    expect(versionWith((stack) => {
      const handler = handlerIn(stack);
      (handler.node.defaultChild as CfnResource).addPropertyOverride(name, parameter(stack).valueAsString);
      return handler;
    }).description).toBeUndefined();
  });

  test('two canaries of one function have it once', () => {
    const versionOf = (aliasNames: string[]) => {
      const stack = newStack();
      const handler = withVariable((scope) => `${parameter(scope).valueAsString} ${new s3.Bucket(scope, 'Bucket', { bucketName: 'orders' }).bucketName}`)(stack);
      aliasNames.forEach((aliasName) => new CanaryFunction(stack, aliasName, { handler, aliasName }));
      return versionIn(stack);
    };
    expect(versionOf(['live', 'test'])).toEqual(versionOf(['live']));
  });
});

describe('what can be in no description is an error', () => {
  const wouldBe = (value: string, path: string, reason: string) => [
    `[Stack/Billing] handler 'Stack/Handler' has ${value} in ${path}, of which a change would publish no version, because ${reason}: ` +
    'state the value itself, or let the function read it when it runs, from Parameter Store, Secrets Manager or AppConfig',
  ];
  const LOOKED_UP = 'CloudFormation looks it up only when it updates the resource for another reason';

  test('a parameter with NoEcho', () => {
    expect(problemsWith(withVariable((stack) => new CfnParameter(stack, 'Password', { noEcho: true }).valueAsString))).toEqual(
      wouldBe('parameter \'Password\'', 'Environment.Variables.PRICE', 'it has NoEcho, so its value must not be readable anywhere'),
    );
  });

  test.each([
    '{{resolve:ssm:/price}}',
    '{{resolve:secretsmanager:price:SecretString:::}}',
    '{{resolve:secretsmanager:price:SecretString:key::}}',
    '{{resolve:secretsmanager:price:SecretString:key:AWSCURRENT:}}',
    '{{resolve:secretsmanager:price}}',
  ])('%s', (reference) => {
    expect(problemsWith(withVariable(() => `x${reference}y`))).toEqual(wouldBe(reference, 'Environment.Variables.PRICE', LOOKED_UP));
  });

  test('a dynamic reference to a secret that is made here, and one in a template text', () => {
    expect(problemsWith(withVariable((stack) => SecretValue.secretsManager(new s3.Bucket(stack, 'Name').bucketArn).unsafeUnwrap()))).toEqual(
      wouldBe('{{resolve:secretsmanager:?:SecretString:::}}', 'Environment.Variables.PRICE', LOOKED_UP),
    );
    expect(problemsWith(withVariable(() => Fn.sub('{{resolve:ssm:/${AWS::StackName}/price}}')))).toEqual(
      wouldBe('{{resolve:ssm:/?/price}}', 'Environment.Variables.PRICE', LOOKED_UP),
    );
  });

  test('a macro', () => {
    expect(problemsWith(withVariable(() => Fn.transform('Price', {}).toString()))).toEqual(
      wouldBe('Fn::Transform', 'Environment.Variables.PRICE', 'a macro may give another value in each deployment'),
    );
  });

  test('more letters than a description has', () => {
    const problems = (length: number) => problemsWith((stack) => handlerIn(stack, {
      environment: { PRICE: new CfnParameter(stack, 'Price').valueAsString }, currentVersionOptions: { description: 'x'.repeat(length) },
    }));
    expect(problems(255)).toEqual([]);
    expect(problems(256)).toEqual([
      '[Stack/Billing] the description of the version of handler \'Stack/Handler\' has at least 257 letters with the values that the function takes from the deployment, but Lambda takes 256: ' +
      'shorten the description in currentVersionOptions of the function',
    ]);
  });
});

describe('a version that somebody else fixes is an error', () => {
  const fixed = (before: boolean, change: (version: lambda.CfnVersion) => void) => {
    const stack = newStack();
    const handler = withVariable((scope) => new CfnParameter(scope, 'Price').valueAsString)(stack);
    const version = handler.currentVersion.node.defaultChild as lambda.CfnVersion;
    if (before) {
      change(version);
    }
    new CanaryFunction(stack, 'Billing', { handler });
    if (!before) {
      change(version);
    }
    return problemsAtSynthesis(stack);
  };

  test.each([true, false])('by its logical id (before: %s)', (before) => {
    expect(fixed(before, (version) => version.overrideLogicalId('Mine'))).toEqual([
      '[Stack/Billing] the logical id of the version of handler \'Stack/Handler\' is overridden by \'Mine\', so that no change of the function would publish a version: take the override out',
    ]);
  });

  test.each<[string, (version: lambda.CfnVersion) => void]>([
    ['a property', (version) => { version.description = 'mine'; }],
    ['an override', (version) => version.addPropertyOverride('Description', 'mine')],
  ])('by its description, with %s', (_, change) => {
    expect(fixed(false, change)).toEqual([
      '[Stack/Billing] Description of \'Stack/Handler/CurrentVersion/Resource\' is "mine", but must have the values that the function takes from the deployment ({"Ref":"Price"}), ' +
      'so that a change of them publishes a version: state a description in currentVersionOptions of the function',
    ]);
  });
});

test('versionPropsNotRecognized: the flag is off', () => {
  const warningsWith = (context: Record<string, unknown>) => {
    const stack = new Stack(new App({ context }), 'Stack');
    new CanaryFunction(stack, 'Billing', { handler: handlerIn(stack) });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('cdk-serverless-patterns:versionPropsNotRecognized')).map(({ entry }) => String(entry.data));
  };
  expect(warningsWith({})).toEqual([]);
  expect(warningsWith({ [PROPS_FLAG]: true })).toEqual([]);
  expect(warningsWith({ [PROPS_FLAG]: false })).toEqual([expect.stringMatching(
    /^the feature flag '@aws-cdk\/aws-lambda:recognizeVersionProps' is off, so a change of the tags or of the reserved concurrency of handler 'Stack\/Handler' alone makes a version that Lambda refuses to publish/,
  )]);
});
