import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as assets from 'aws-cdk-lib/aws-s3-assets';
import { bundledFolder } from './bundle';
import type { Ledger } from './ledger';
import type { QueueFedServiceProps } from '../../src';
import { QueueFedService } from '../../src';

/** Any image with Node.js and the AWS SDK. The local emulator takes one of this name for the machine that it runs on. */
const IMAGE = 'local/node';

/** Gets the program from where the CDK has put it, and runs it: nobody has to build an image. */
const LOADER = [
  "const { S3 } = require('@aws-sdk/client-s3');",
  'new S3().getObject({ Bucket: process.env.CODE_BUCKET, Key: process.env.CODE_KEY })',
  "  .then(({ Body }) => Body.transformToString()).then((code) => new Function('require', 'module', 'exports', code)(require, {}, {}));",
].join('\n');

type ServiceProps = Partial<QueueFedServiceProps> & Pick<QueueFedServiceProps, 'maxProcessingTime'>;

/** Makes the services of a test, in one cluster, whose workers are one of the modules in `handlers/`. */
export class Services {
  protected readonly worker = { image: ecs.ContainerImage.fromRegistry(IMAGE), command: ['node', '-e', LOADER] };
  private readonly cluster: ecs.Cluster;
  private readonly code: assets.Asset;

  constructor(protected readonly stack: Stack, module: string) {
    // Without a NAT gateway: tasks have addresses of their own.
    const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [{ name: 'Public', subnetType: ec2.SubnetType.PUBLIC }] });
    this.cluster = new ecs.Cluster(stack, 'Cluster', { vpc, containerInsightsV2: ecs.ContainerInsights.ENABLED });
    this.code = new assets.Asset(stack, 'Code', { path: join(bundledFolder(join(__dirname, 'handlers', `${module}.ts`)), 'index.js') });
  }

  /** A service whose workers know this besides. */
  newService(id: string, props: ServiceProps, environment: Readonly<Record<string, string>> = {}): QueueFedService {
    const service = new QueueFedService(this.stack, id, {
      ...!props.taskDefinition && this.worker,
      cluster: this.cluster,
      assignPublicIp: true,
      removalPolicy: RemovalPolicy.DESTROY,
      ...props,
    });
    Object.entries({ ...environment, CODE_BUCKET: this.code.s3BucketName, CODE_KEY: this.code.s3ObjectKey })
      .forEach(([name, value]) => service.taskDefinition.defaultContainer!.addEnvironment(name, value));
    this.code.grantRead(service.taskDefinition.taskRole);
    return service;
  }
}

/** The same, with workers that record what they do in a ledger. */
export class LedgerServices extends Services {
  constructor(stack: Stack, private readonly ledger: Ledger) {
    super(stack, 'service-worker');
  }

  /** A definition of the tasks of one service, which the service is given. */
  own(id: string): ecs.FargateTaskDefinition {
    const definition = new ecs.FargateTaskDefinition(this.stack, id);
    definition.addContainer('Own', { ...this.worker, stopTimeout: Duration.seconds(120) });
    return definition;
  }

  /** A definition of a task that ends with an error as soon as it has started. */
  broken(id: string): ecs.FargateTaskDefinition {
    const definition = new ecs.FargateTaskDefinition(this.stack, id);
    definition.addContainer('Worker', { image: ecs.ContainerImage.fromRegistry(IMAGE), command: ['node', '-e', 'process.exit(3)'] });
    return definition;
  }

  /** A service that the ledger follows under the name of a run. */
  follow(run: string, id: string, props: ServiceProps): QueueFedService {
    const service = this.newService(id, props, { LEDGER_TABLE: this.ledger.table.tableName });
    this.ledger.table.grantReadWriteData(service.taskDefinition.taskRole);
    this.ledger.follow(run, service);
    return service;
  }
}
