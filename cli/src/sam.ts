/**
 * What the transform of SAM makes of a template, as far as its documentation says it, so that SAM apps are checked as others are. What is
 * generated and not documented is unknown, and a template with anything else of SAM in it stays one to which a transform adds what nobody knows.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
 */
const SERVERLESS = 'AWS::Serverless-2016-10-31';

type Fields = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Type: string;
  readonly Properties: Fields;
  readonly [attribute: string]: unknown;
}

/** Deeper than any template that people write. */
const DEEPEST = 500;

/** What functions may be asked for: `!Ref Handler.Alias`. */
const REFERABLE = /^(Alias|Version|DestinationQueue|DestinationTopic)$/;

/** Of a template without SAM, the template itself. */
export function expandSam(template: unknown): unknown {
  const content = fieldsOf(template);
  const transforms = Array.isArray(content.Transform) ? content.Transform : [content.Transform];
  return transforms.includes(SERVERLESS) && isFields(content.Resources) ? new Expansion(content, transforms).expanded() : template;
}

/** What a function, or a state machine, delivers to its role. */
interface Grants {
  readonly managed: unknown[];
  readonly inline: unknown[];
}

/** What events are delivered to. */
interface Target {
  readonly logicalId: string;
  readonly kind: 'function' | 'stateMachine';
  /** Of the function or its alias. */
  readonly ref: unknown;
  readonly arn: unknown;
  /** Which the generated resources have too. */
  readonly attributes: Fields;
  readonly grants: Grants;
}

class Expansion {
  private readonly resources = new Map<string, unknown>();
  /** The logical ids that `Handler.Alias` and the like stand for. */
  private readonly named = new Map<string, string>();
  private complete = true;
  private readonly globals: Fields;
  private readonly written: Fields;

  public constructor(private readonly template: Fields, private readonly transforms: readonly unknown[]) {
    this.globals = fieldsOf(template.Globals);
    this.written = fieldsOf(template.Resources);
  }

  public expanded(): Fields {
    // First of all as they are: events may change a bucket.
    Object.entries(this.written).forEach(([logicalId, resource]) => this.resources.set(logicalId, resource));
    for (const [logicalId, resource] of Object.entries(this.written)) {
      this.expand(logicalId, fieldsOf(resource));
    }
    const rest = this.transforms.filter((transform) => transform !== SERVERLESS);
    const { Transform: _, Globals: __, ...template } = this.template;
    const expanded = this.renamed({ ...template, Resources: Object.fromEntries(this.resources) }, 0) as Fields;
    return this.complete && rest.length === 0 ? expanded : { ...expanded, Transform: this.complete ? rest : this.transforms };
  }

  private expand(logicalId: string, resource: Fields): void {
    switch (resource.Type) {
      case 'AWS::Serverless::Function': return this.function(logicalId, resource);
      case 'AWS::Serverless::StateMachine': return this.stateMachine(logicalId, resource);
      case 'AWS::Serverless::SimpleTable': return this.table(logicalId, resource);
      case 'AWS::Serverless::Application': {
        const { Location, Parameters } = fieldsOf(resource.Properties);
        return this.set(logicalId, 'AWS::CloudFormation::Stack', { TemplateURL: Location, Parameters }, resource);
      }
      // They deliver nothing by themselves.
      case 'AWS::Serverless::Api': case 'AWS::Serverless::HttpApi': case 'AWS::Serverless::LayerVersion': return;
      default:
        this.complete &&= typeof resource.Type !== 'string' || !resource.Type.startsWith('AWS::Serverless::');
    }
  }

  private function(logicalId: string, resource: Fields): void {
    const {
      Role, Policies, Events, DeadLetterQueue, EventInvokeConfig, AutoPublishAlias, DeploymentPreference, Tracing, FunctionUrlConfig, InlineCode,
      ProvisionedConcurrencyConfig, AssumeRolePolicyDocument, PermissionsBoundary, RolePath, ...given
    } = this.withGlobals('Function', resource);
    const grants = grantsOf(Policies);
    grants.managed.push(awsPolicy('service-role/AWSLambdaBasicExecutionRole'));
    const { TargetArn, Type: targetType } = fieldsOf(DeadLetterQueue);
    if (TargetArn !== undefined) {
      grants.inline.push(policy(targetType === 'SNS' ? 'sns:Publish' : 'sqs:SendMessage', TargetArn));
    }
    const attributes = passedOn(resource);
    const alias = AutoPublishAlias === undefined ? undefined
      : this.alias(logicalId, { name: AutoPublishAlias, preference: DeploymentPreference, concurrency: ProvisionedConcurrencyConfig }, attributes);
    this.set(logicalId, 'AWS::Lambda::Function', {
      ...without(given, ['CodeUri', 'ImageUri', 'IgnoreGlobals', 'Tags']),
      Role: Role ?? getAtt(`${logicalId}Role`, 'Arn'),
      ...InlineCode === undefined ? {} : { Code: { ZipFile: InlineCode } },
      ...DeadLetterQueue === undefined ? {} : { DeadLetterConfig: { TargetArn } },
      ...Tracing === undefined ? {} : { TracingConfig: { Mode: Tracing } },
    }, resource);
    if (EventInvokeConfig !== undefined) {
      this.eventInvokeConfig(logicalId, fieldsOf(EventInvokeConfig), AutoPublishAlias ?? '$LATEST', grants, attributes);
    }
    if (FunctionUrlConfig !== undefined) {
      this.set(`${logicalId}Url`, 'AWS::Lambda::Url', { ...fieldsOf(FunctionUrlConfig), TargetFunctionArn: alias ?? { Ref: logicalId } }, attributes);
    }
    const target = { logicalId, kind: 'function' as const, ref: alias ?? { Ref: logicalId }, arn: alias ?? getAtt(logicalId, 'Arn'), attributes, grants };
    this.events(target, Events);
    if (Role === undefined) {
      this.role(`${logicalId}Role`, 'lambda.amazonaws.com', grants, attributes, { AssumeRolePolicyDocument, PermissionsBoundary, Path: RolePath });
    }
  }

  /** @returns a reference to it */
  private alias(logicalId: string, { name, preference, concurrency }: Fields, attributes: Fields): unknown {
    const [version, alias] = [`${logicalId}Version`, `${logicalId}Alias${typeof name === 'string' ? name : ''}`];
    const { Enabled, Type, Alarms, Hooks, TriggerConfigurations } = fieldsOf(preference);
    const shifts = preference !== undefined && Enabled !== false && Enabled !== 'false';
    const group = `${logicalId}DeploymentGroup`;
    this.named.set(`${logicalId}.Version`, version);
    this.named.set(`${logicalId}.Alias`, alias);
    this.set(version, 'AWS::Lambda::Version', { FunctionName: { Ref: logicalId } }, { DeletionPolicy: 'Retain', ...attributes });
    this.set(alias, 'AWS::Lambda::Alias', {
      FunctionName: { Ref: logicalId },
      FunctionVersion: getAtt(version, 'Version'),
      Name: name,
      ...concurrency === undefined ? {} : { ProvisionedConcurrencyConfig: concurrency },
    }, {
      ...attributes,
      ...shifts ? {
        UpdatePolicy: {
          CodeDeployLambdaAliasUpdate: {
            ApplicationName: { Ref: 'ServerlessDeploymentApplication' },
            DeploymentGroupName: { Ref: group },
            ...renamedKeys(fieldsOf(Hooks), { PreTraffic: 'BeforeAllowTrafficHook', PostTraffic: 'AfterAllowTrafficHook' }),
          },
        },
      } : {},
    });
    if (shifts) {
      const alarms = Array.isArray(Alarms) ? { Alarms: Alarms.map((alarm: unknown) => ({ Name: alarm })), Enabled: true } : unlessAbsent(Alarms);
      const isBuiltIn = typeof Type === 'string' && /^(Canary|Linear|AllAtOnce)/.test(Type);
      this.set('ServerlessDeploymentApplication', 'AWS::CodeDeploy::Application', { ComputePlatform: 'Lambda' }, {});
      this.set(group, 'AWS::CodeDeploy::DeploymentGroup', {
        ApplicationName: { Ref: 'ServerlessDeploymentApplication' },
        DeploymentConfigName: isBuiltIn ? `CodeDeployDefault.Lambda${Type}` : Type,
        DeploymentStyle: { DeploymentType: 'BLUE_GREEN', DeploymentOption: 'WITH_TRAFFIC_CONTROL' },
        AutoRollbackConfiguration: { Enabled: true, Events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST'] },
        ...alarms === undefined ? {} : { AlarmConfiguration: alarms },
        ...TriggerConfigurations === undefined ? {} : { TriggerConfigurations },
        ServiceRoleArn: unknown('role of CodeDeploy'),
      }, attributes);
    }
    return { Ref: alias };
  }

  private eventInvokeConfig(logicalId: string, config: Fields, qualifier: unknown, grants: Grants, attributes: Fields): void {
    const id = `${logicalId}EventInvokeConfig`;
    const destination = (name: 'OnSuccess' | 'OnFailure'): Fields => {
      const given = fieldsOf(config.DestinationConfig)[name];
      if (given === undefined) {
        return {};
      }
      const { Type, Destination } = fieldsOf(given);
      const made = Destination === undefined && (Type === 'SQS' || Type === 'SNS') ? this.destination(logicalId, `${id}${name}`, Type, attributes) : Destination;
      const action = { SQS: 'sqs:SendMessage', SNS: 'sns:Publish', EventBridge: 'events:PutEvents', Lambda: 'lambda:InvokeFunction', S3Bucket: 's3:PutObject' }[String(Type)];
      grants.inline.push(action === undefined || Type === 'S3Bucket' ? unknown(`policy of ${id}${name}`) : policy(action, made));
      return { [name]: { Destination: made } };
    };
    const { DestinationConfig, ...kept } = config;
    this.set(id, 'AWS::Lambda::EventInvokeConfig', {
      ...kept,
      FunctionName: { Ref: logicalId },
      Qualifier: qualifier,
      ...DestinationConfig === undefined ? {} : { DestinationConfig: { ...destination('OnSuccess'), ...destination('OnFailure') } },
    }, attributes);
  }

  private destination(logicalId: string, id: string, type: 'SQS' | 'SNS', attributes: Fields): unknown {
    const made = type === 'SQS' ? `${id}Queue` : `${id}Topic`;
    this.named.set(`${logicalId}.Destination${type === 'SQS' ? 'Queue' : 'Topic'}`, made);
    this.set(made, type === 'SQS' ? 'AWS::SQS::Queue' : 'AWS::SNS::Topic', {}, attributes);
    return type === 'SQS' ? getAtt(made, 'Arn') : { Ref: made };
  }

  private stateMachine(logicalId: string, resource: Fields): void {
    const {
      Role, Policies, Events, Name, Type, DefinitionUri, Logging, Tracing, AutoPublishAlias, PermissionsBoundary, RolePath, ...given
    } = this.withGlobals('StateMachine', resource);
    const grants = grantsOf(Policies);
    const attributes = passedOn(resource);
    this.set(logicalId, 'AWS::StepFunctions::StateMachine', {
      ...without(given, ['DeploymentPreference', 'Tags', 'IgnoreGlobals']),
      RoleArn: Role ?? getAtt(`${logicalId}Role`, 'Arn'),
      ...Name === undefined ? {} : { StateMachineName: Name },
      ...Type === undefined ? {} : { StateMachineType: Type },
      ...DefinitionUri === undefined ? {} : { DefinitionString: unknown(`definition of ${logicalId}`) },
      ...Logging === undefined ? {} : { LoggingConfiguration: Logging },
      ...Tracing === undefined ? {} : { TracingConfiguration: Tracing },
    }, resource);
    // Its version and its alias are not documented in full.
    this.complete &&= AutoPublishAlias === undefined;
    this.events({ logicalId, kind: 'stateMachine', ref: { Ref: logicalId }, arn: { Ref: logicalId }, attributes, grants }, Events);
    if (Role === undefined) {
      this.role(`${logicalId}Role`, 'states.amazonaws.com', grants, attributes, { PermissionsBoundary, Path: RolePath });
    }
  }

  private table(logicalId: string, resource: Fields): void {
    const { PrimaryKey, ProvisionedThroughput, Tags: _, IgnoreGlobals: __, ...kept } = this.withGlobals('SimpleTable', resource);
    const { Name, Type } = fieldsOf(PrimaryKey);
    this.set(logicalId, 'AWS::DynamoDB::Table', {
      ...kept,
      KeySchema: [{ AttributeName: Name ?? 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: Name ?? 'id', AttributeType: typeof Type === 'string' ? Type.charAt(0) : 'S' }],
      ...ProvisionedThroughput === undefined ? { BillingMode: 'PAY_PER_REQUEST' } : { ProvisionedThroughput },
    }, resource);
  }

  private events(target: Target, events: unknown): void {
    if (events !== undefined && !isFields(events)) {
      this.complete = false;
    }
    for (const [name, event] of Object.entries(fieldsOf(events))) {
      const { Type, Properties } = fieldsOf(event);
      this.event(`${target.logicalId}${name}`, String(Type), fieldsOf(Properties), target);
    }
  }

  private event(id: string, type: string, properties: Fields, target: Target): void {
    switch (type) {
      case 'SQS': return this.eventSource(id, properties, 'Queue', 'service-role/AWSLambdaSQSQueueExecutionRole', target);
      case 'Kinesis': return this.eventSource(id, properties, 'Stream', 'service-role/AWSLambdaKinesisExecutionRole', target);
      case 'DynamoDB': return this.eventSource(id, properties, 'Stream', 'service-role/AWSLambdaDynamoDBExecutionRole', target);
      case 'MSK': return this.eventSource(id, properties, 'Stream', undefined, target);
      case 'MQ': return this.eventSource(id, properties, 'Broker', undefined, target);
      case 'DocumentDB': return this.eventSource(id, properties, 'Cluster', undefined, target);
      case 'SNS': return this.subscription(id, properties, target);
      case 'Schedule': case 'CloudWatchEvent': case 'EventBridgeRule': return this.rule(id, properties, target);
      case 'ScheduleV2': return this.schedule(id, properties, target);
      case 'S3': return this.notification(id, properties, target);
      case 'IoTRule': return this.iotRule(id, properties, target);
      case 'Api': case 'HttpApi':
        // The role with which an API starts an execution is its own.
        return target.kind === 'function' ? this.permission(id, target, 'apigateway.amazonaws.com', unknown(`API of ${id}`)) : undefined;
      default:
        this.complete = false;
    }
  }

  private eventSource(id: string, properties: Fields, source: string, managedPolicy: string | undefined, { ref, attributes, grants }: Target): void {
    const { [source]: arn, DestinationConfig, SecretsManagerKmsKeyId: _, ...kept } = properties;
    const { Type, ...onFailure } = fieldsOf(fieldsOf(DestinationConfig).OnFailure);
    this.set(id, 'AWS::Lambda::EventSourceMapping', {
      ...kept,
      FunctionName: ref,
      EventSourceArn: arn,
      ...DestinationConfig === undefined ? {} : { DestinationConfig: { OnFailure: onFailure } },
    }, attributes);
    managedPolicy === undefined ? grants.inline.push(unknown(`policy of ${id}`)) : grants.managed.push(awsPolicy(managedPolicy));
    if (Type === 'SQS' || Type === 'SNS') {
      grants.inline.push(policy(Type === 'SQS' ? 'sqs:SendMessage' : 'sns:Publish', onFailure.Destination));
    } else if (Type !== undefined) {
      grants.inline.push(unknown(`policy of ${id}`));
    }
  }

  private subscription(id: string, { Topic, SqsSubscription, ...kept }: Fields, target: Target): void {
    const toQueue = SqsSubscription !== undefined && SqsSubscription !== false && SqsSubscription !== 'false';
    if (!toQueue) {
      this.set(id, 'AWS::SNS::Subscription', { ...kept, TopicArn: Topic, Protocol: 'lambda', Endpoint: target.arn }, target.attributes);
      return this.permission(id, target, 'sns.amazonaws.com', Topic);
    }
    const { QueueArn, QueueUrl, QueuePolicyLogicalId, BatchSize } = fieldsOf(SqsSubscription);
    if (QueueArn === undefined) {
      const topic = fieldsOf(fieldsOf(this.written[String(fieldsOf(Topic).Ref)]).Properties);
      this.set(`${id}Queue`, 'AWS::SQS::Queue', topic.FifoTopic === undefined ? {} : { FifoQueue: topic.FifoTopic }, target.attributes);
    }
    const queue = QueueArn ?? getAtt(`${id}Queue`, 'Arn');
    this.set(id, 'AWS::SNS::Subscription', { ...kept, TopicArn: Topic, Protocol: 'sqs', Endpoint: queue }, target.attributes);
    const policyId = typeof QueuePolicyLogicalId === 'string' ? QueuePolicyLogicalId : `${id}QueuePolicy`;
    this.queuePolicy(policyId, { arn: queue, url: QueueUrl ?? { Ref: `${id}Queue` }, service: 'sns.amazonaws.com', source: Topic }, target.attributes);
    this.event(`${id}EventSourceMapping`, 'SQS', { Queue: queue, BatchSize: BatchSize ?? 10, Enabled: true }, target);
  }

  private rule(id: string, properties: Fields, target: Target): void {
    const {
      Schedule, Pattern, EventBusName, Name, RuleName, Description, Enabled, State, DeadLetterConfig, RetryPolicy,
      Input, InputPath, InputTransformer, Target: given,
    } = properties;
    const arn = getAtt(id, 'Arn');
    const deadLetters = this.deadLetters(id, DeadLetterConfig, target.attributes, (queue, made) => (
      this.queuePolicy(`${id}QueuePolicy`, { arn: queue, url: { Ref: made }, service: 'events.amazonaws.com', source: arn }, target.attributes)
    ));
    this.set(id, 'AWS::Events::Rule', present({
      ScheduleExpression: Schedule,
      EventPattern: Pattern,
      EventBusName,
      Name: Name ?? RuleName,
      Description,
      State: State ?? (Enabled === undefined ? undefined : typeof Enabled === 'boolean' ? (Enabled ? 'ENABLED' : 'DISABLED') : unknown(`state of ${id}`)),
      Targets: [present({
        Arn: target.arn,
        Id: fieldsOf(given).Id ?? `${id}Target`,
        Input,
        InputPath,
        InputTransformer,
        RetryPolicy,
        DeadLetterConfig: deadLetters,
        RoleArn: target.kind === 'stateMachine' ? getAtt(`${id}Role`, 'Arn') : undefined,
      })],
    }), target.attributes);
    if (target.kind === 'function') {
      return this.permission(id, target, 'events.amazonaws.com', arn);
    }
    this.role(`${id}Role`, 'events.amazonaws.com', { managed: [], inline: [policy('states:StartExecution', target.arn)] }, target.attributes);
  }

  private schedule(id: string, properties: Fields, target: Target): void {
    const { RoleArn, DeadLetterConfig, RetryPolicy, Input, FlexibleTimeWindow, Name, OmitName, PermissionsBoundary, ...kept } = properties;
    const deadLetters = this.deadLetters(id, DeadLetterConfig, target.attributes);
    this.set(id, 'AWS::Scheduler::Schedule', present({
      ...kept,
      Name: OmitName === true ? undefined : Name ?? id,
      FlexibleTimeWindow: FlexibleTimeWindow ?? { Mode: 'OFF' },
      Target: present({ Arn: target.arn, RoleArn: RoleArn ?? getAtt(`${id}Role`, 'Arn'), Input, RetryPolicy, DeadLetterConfig: deadLetters }),
    }), target.attributes);
    if (RoleArn === undefined) {
      const invoke = policy(target.kind === 'function' ? 'lambda:InvokeFunction' : 'states:StartExecution', target.arn);
      const keep = deadLetters === undefined ? [] : [policy('sqs:SendMessage', deadLetters.Arn)];
      this.role(`${id}Role`, 'scheduler.amazonaws.com', { managed: [], inline: [invoke, ...keep] }, target.attributes, { PermissionsBoundary });
    }
  }

  /** A queue that is named is somebody else's; any other is made. */
  private deadLetters(id: string, config: unknown, attributes: Fields, made?: (queue: unknown, logicalId: string) => void): Fields | undefined {
    if (config === undefined) {
      return undefined;
    }
    const { Arn, QueueLogicalId } = fieldsOf(config);
    if (Arn !== undefined) {
      return { Arn };
    }
    const queue = typeof QueueLogicalId === 'string' ? QueueLogicalId : `${id}Queue`;
    this.set(queue, 'AWS::SQS::Queue', {}, attributes);
    made?.(getAtt(queue, 'Arn'), queue);
    return { Arn: getAtt(queue, 'Arn') };
  }

  private notification(id: string, { Bucket, Events, Filter }: Fields, target: Target): void {
    const bucket = fieldsOf(Bucket).Ref;
    const resource = typeof bucket === 'string' ? this.resources.get(bucket) : undefined;
    if (typeof bucket !== 'string' || !isFields(resource) || typeof resource.Type !== 'string') {
      this.complete = false;
      return;
    }
    const properties = fieldsOf(resource.Properties);
    const configuration = fieldsOf(properties.NotificationConfiguration);
    const others = Array.isArray(configuration.LambdaConfigurations) ? configuration.LambdaConfigurations as unknown[] : [];
    const added = (Array.isArray(Events) ? Events as unknown[] : [Events]).map((event) => present({ Event: event, Function: target.arn, Filter }));
    const changed = { ...configuration, LambdaConfigurations: [...others, ...added] };
    this.set(bucket, resource.Type, { ...properties, NotificationConfiguration: changed }, resource);
    this.permission(id, target, 's3.amazonaws.com', undefined, { Ref: 'AWS::AccountId' });
  }

  private iotRule(id: string, { Sql, AwsIotSqlVersion }: Fields, target: Target): void {
    const payload = present({ Sql, AwsIotSqlVersion, RuleDisabled: false, Actions: [{ Lambda: { FunctionArn: target.arn } }] });
    this.set(id, 'AWS::IoT::TopicRule', { TopicRulePayload: payload }, target.attributes);
    this.permission(id, target, 'iot.amazonaws.com', getAtt(id, 'Arn'));
  }

  private permission(id: string, target: Target, principal: string, sourceArn: unknown, sourceAccount?: unknown): void {
    this.set(`${id}Permission`, 'AWS::Lambda::Permission', present({
      Action: 'lambda:InvokeFunction', FunctionName: target.ref, Principal: principal, SourceArn: sourceArn, SourceAccount: sourceAccount,
    }), target.attributes);
  }

  private queuePolicy(logicalId: string, { arn, url, service, source }: Fields, attributes: Fields): void {
    this.set(logicalId, 'AWS::SQS::QueuePolicy', {
      Queues: [url],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow', Principal: { Service: service }, Action: 'sqs:SendMessage', Resource: arn, Condition: { ArnEquals: { 'aws:SourceArn': source } },
        }],
      },
    }, attributes);
  }

  private role(logicalId: string, service: string, { managed, inline }: Grants, attributes: Fields, given: Fields = {}): void {
    const trust = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] }] };
    this.set(logicalId, 'AWS::IAM::Role', {
      AssumeRolePolicyDocument: trust,
      ...present(given),
      ManagedPolicyArns: managed,
      Policies: inline.map((document, index) => (isUnknown(document) ? document : { PolicyName: `${logicalId}Policy${index}`, PolicyDocument: document })),
    }, attributes);
  }

  private set(logicalId: string, type: string, properties: Fields, { Type: _, Properties: __, ...attributes }: Fields): void {
    this.resources.set(logicalId, { ...attributes, Type: type, Properties: present(properties) } satisfies Resource);
  }

  private withGlobals(kind: string, resource: Fields): Fields {
    const properties = fieldsOf(resource.Properties);
    // Properties as a whole that only a function returns.
    this.complete &&= isFields(resource.Properties) || resource.Properties === undefined;
    const ignored = properties.IgnoreGlobals ?? resource.IgnoreGlobals;
    const globals = ignored === '*' ? {} : without(fieldsOf(this.globals[kind]), Array.isArray(ignored) ? ignored : []);
    return fieldsOf(merged(globals, properties, 0));
  }

  /** With the names of what was generated in the place of what people call it. */
  private renamed(value: unknown, depth: number): unknown {
    if (depth > DEEPEST || typeof value !== 'object' || value === null || this.named.size === 0) {
      return value;
    }
    if (Array.isArray(value)) {
      return value.map((item) => this.renamed(item, depth + 1));
    }
    const entries = Object.entries(value);
    const [name, argument] = entries.length === 1 ? entries[0] ?? [] : [];
    if (name === 'Ref' && typeof argument === 'string') {
      return { Ref: this.named.get(argument) ?? argument };
    }
    if (name === 'Fn::GetAtt' && Array.isArray(argument)) {
      const [resource, part, ...attribute] = argument.join('.').split('.');
      const meant = REFERABLE.test(part ?? '') ? this.named.get(`${resource}.${part}`) : undefined;
      return meant === undefined ? value : attribute.length === 0 ? { Ref: meant } : getAtt(meant, attribute.join('.'));
    }
    return Object.fromEntries(entries.map(([key, item]) => [key, key === 'Fn::Sub' ? this.renamedIn(item, depth) : this.renamed(item, depth + 1)]));
  }

  private renamedIn(argument: unknown, depth: number): unknown {
    const [text, ...values] = Array.isArray(argument) ? argument as unknown[] : [argument];
    const renamed = typeof text === 'string' ? text.replace(/(?<=\$\{)\w+\.\w+(?=[.}])/g, (name) => this.named.get(name) ?? name) : text;
    return Array.isArray(argument) ? [renamed, ...values.map((value) => this.renamed(value, depth + 1))] : renamed;
  }
}

/** Of the policies that a resource states: documents, ARNs or names of AWS's own, and templates of SAM, most of which have nothing to do with a delivery and are unknown here. */
function grantsOf(policies: unknown): Grants {
  const grants: Grants = { managed: [], inline: [] };
  for (const one of policies === undefined ? [] : Array.isArray(policies) ? policies as unknown[] : [policies]) {
    if (isFields(one) && 'Statement' in one) {
      grants.inline.push(one);
    } else if (typeof one === 'string' || (isFields(one) && isIntrinsic(one))) {
      // By its name, a policy of AWS.
      grants.managed.push(typeof one !== 'string' || one.startsWith('arn:') ? one : awsPolicy(one));
    } else {
      grants.inline.push(policyOfTemplate(one) ?? unknown('policy of a template'));
    }
  }
  return grants;
}

/** What a template of SAM allows: the parameter that says on what, the rest of the ARNs, and the actions. */
interface PolicyTemplate {
  readonly parameter: string;
  readonly arns: readonly string[];
  readonly actions: readonly string[];
}

const QUEUE_ARN = ['sqs:${AWS::Region}:${AWS::AccountId}:${Name}'];
const TOPIC_ARN = ['sns:${AWS::Region}:${AWS::AccountId}:${Name}'];
const TABLE_ARNS = ['dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Name}', 'dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Name}/index/*'];
const BUCKET_ARNS = ['s3:::${Name}', 's3:::${Name}/*'];
const STREAM_ARN = ['kinesis:${AWS::Region}:${AWS::AccountId}:stream/${Name}'];
const DELIVERY_STREAM_ARN = ['firehose:${AWS::Region}:${AWS::AccountId}:deliverystream/${Name}'];
const MACHINE_ARN = ['states:${AWS::Region}:${AWS::AccountId}:stateMachine:${Name}'];

/** Those that take part in a delivery. https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html */
const POLICY_TEMPLATES: Readonly<Record<string, PolicyTemplate>> = {
  SQSPollerPolicy: {
    parameter: 'QueueName',
    arns: QUEUE_ARN,
    actions: [
      'sqs:ChangeMessageVisibility', 'sqs:ChangeMessageVisibilityBatch', 'sqs:DeleteMessage', 'sqs:DeleteMessageBatch', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage',
    ],
  },
  SQSSendMessagePolicy: { parameter: 'QueueName', arns: QUEUE_ARN, actions: ['sqs:SendMessage*'] },
  SNSPublishMessagePolicy: { parameter: 'TopicName', arns: TOPIC_ARN, actions: ['sns:Publish'] },
  DynamoDBReadPolicy: {
    parameter: 'TableName', arns: TABLE_ARNS, actions: ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:Query', 'dynamodb:BatchGetItem', 'dynamodb:DescribeTable'],
  },
  DynamoDBWritePolicy: { parameter: 'TableName', arns: TABLE_ARNS, actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem'] },
  DynamoDBCrudPolicy: {
    parameter: 'TableName',
    arns: TABLE_ARNS,
    actions: [
      'dynamodb:GetItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:Scan', 'dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem', 'dynamodb:BatchGetItem',
      'dynamodb:DescribeTable', 'dynamodb:ConditionCheckItem',
    ],
  },
  S3ReadPolicy: {
    parameter: 'BucketName', arns: BUCKET_ARNS, actions: ['s3:GetObject', 's3:ListBucket', 's3:GetBucketLocation', 's3:GetObjectVersion', 's3:GetLifecycleConfiguration'],
  },
  S3WritePolicy: { parameter: 'BucketName', arns: BUCKET_ARNS, actions: ['s3:PutObject', 's3:PutObjectAcl', 's3:PutLifecycleConfiguration'] },
  S3CrudPolicy: {
    parameter: 'BucketName',
    arns: BUCKET_ARNS,
    actions: [
      's3:GetObject', 's3:ListBucket', 's3:GetBucketLocation', 's3:GetObjectVersion', 's3:PutObject', 's3:PutObjectAcl', 's3:GetLifecycleConfiguration', 's3:PutLifecycleConfiguration',
      's3:DeleteObject',
    ],
  },
  KinesisStreamReadPolicy: {
    parameter: 'StreamName', arns: STREAM_ARN, actions: ['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator'],
  },
  FirehoseWritePolicy: { parameter: 'DeliveryStreamName', arns: DELIVERY_STREAM_ARN, actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'] },
  EventBridgePutEventsPolicy: { parameter: 'EventBusName', arns: ['events:${AWS::Region}:${AWS::AccountId}:event-bus/${Name}'], actions: ['events:PutEvents'] },
  LambdaInvokePolicy: { parameter: 'FunctionName', arns: ['lambda:${AWS::Region}:${AWS::AccountId}:function:${Name}*'], actions: ['lambda:InvokeFunction'] },
  StepFunctionsExecutionPolicy: { parameter: 'StateMachineName', arns: MACHINE_ARN, actions: ['states:StartExecution'] },
  KMSDecryptPolicy: { parameter: 'KeyId', arns: ['kms:${AWS::Region}:${AWS::AccountId}:key/${Name}'], actions: ['kms:Decrypt'] },
};

/** Undefined: not known. */
function policyOfTemplate(given: unknown): Fields | undefined {
  const [[name = '', parameters] = [], ...others] = Object.entries(fieldsOf(given));
  const template = others.length === 0 && Object.hasOwn(POLICY_TEMPLATES, name) ? POLICY_TEMPLATES[name] : undefined;
  const value = template && fieldsOf(parameters)[template.parameter];
  return template === undefined || value === undefined ? undefined
    : policy(template.actions, template.arns.map((arn) => ({ 'Fn::Sub': [`arn:\${AWS::Partition}:${arn}`, { Name: value }] })));
}

function policy(action: string | readonly string[], resource: unknown): Fields {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] };
}

function awsPolicy(name: string): unknown {
  return { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::aws:policy/${name}`]] };
}

function getAtt(logicalId: string, attribute: string): Fields {
  return { 'Fn::GetAtt': [logicalId, attribute] };
}

/** What nobody knows before the transform has run. */
function unknown(what: string): Fields {
  return { 'Fn::Transform': { Name: SERVERLESS, Parameters: { What: what } } };
}

function isUnknown(value: unknown): boolean {
  return isFields(value) && 'Fn::Transform' in value;
}

function unlessAbsent(value: unknown): unknown {
  return value === undefined ? undefined : unknown('what a function returns');
}

/** What a resource passes on to those that are generated for it. */
function passedOn({ Condition, DeletionPolicy, UpdateReplacePolicy }: Fields): Fields {
  return present({ Condition, DeletionPolicy, UpdateReplacePolicy });
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function without(fields: Fields, names: readonly unknown[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

function renamedKeys(fields: Fields, names: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(names).flatMap(([from, to]) => (fields[from] === undefined ? [] : [[to, fields[from]]])));
}

/** Maps are merged, lists are joined, and of anything else the resource's own counts. */
function merged(globals: unknown, own: unknown, depth: number): unknown {
  if (Array.isArray(globals) && Array.isArray(own)) {
    return [...globals as unknown[], ...own as unknown[]];
  }
  if (!isFields(globals) || !isFields(own) || depth > DEEPEST || isIntrinsic(globals) || isIntrinsic(own)) {
    return own === undefined ? globals : own;
  }
  return Object.fromEntries([...new Set([...Object.keys(globals), ...Object.keys(own)])].map((key) => (
    [key, merged(ownMember(globals, key), ownMember(own, key), depth + 1)]
  )));
}

function isIntrinsic(fields: Fields): boolean {
  const [key = '', ...others] = Object.keys(fields);
  return others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}

function ownMember(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}
