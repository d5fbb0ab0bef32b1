import type { ClientRequestArgs } from 'node:http';
import { Agent } from 'node:http';
import type * as https from 'node:https';
import type { IIoHost, IoMessage, IoRequest, ICloudAssemblySource } from '@aws-cdk/toolkit-lib';
import { BaseCredentials, BootstrapEnvironments, ExpandStackSelection, StackSelectionStrategy, Toolkit } from '@aws-cdk/toolkit-lib';
import type { SynthesizedTest } from './synth';
import type { Emulator } from '../../emulator/emulator';
import { EMULATOR_ACCOUNT, EMULATOR_REGION } from '../../emulator/emulator';

/** How often CloudFormation is asked how far a stack is. */
const POLLING_INTERVAL_MS = 1_000;

/** Deploys tests to one emulator with the CDK toolkit in this process, any number at a time. */
export class Deployer {
  private readonly toolkit: Toolkit;
  private readonly agent: EmulatorAgent;

  /** The process must have the emulator's environment, or that of another emulator: see `EmulatorAgent`. */
  constructor(emulator: Emulator) {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = emulator.env;
    this.agent = new EmulatorAgent(emulator.port);
    this.toolkit = new Toolkit({
      ioHost: new SilentIoHost(),
      sdkConfig: {
        baseCredentials: BaseCredentials.custom({
          provider: () => Promise.resolve({ accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! }),
          region: EMULATOR_REGION,
        }),
        httpOptions: { agent: this.agent as Agent as https.Agent },
      },
    });
  }

  /** Prepares the account for the toolkit. */
  async bootstrap(): Promise<void> {
    await this.toolkit.bootstrap(BootstrapEnvironments.fromList([`aws://${EMULATOR_ACCOUNT}/${EMULATOR_REGION}`]));
  }

  /** As integ-runner does: the stacks of each test case with what they depend on, then its assertions, of which one that fails leaves the others. */
  async deploy({ assembly, cases }: SynthesizedTest): Promise<void> {
    const source = await this.toolkit.fromAssemblyDirectory(assembly);
    for (const { stacks, assertionStack } of cases) {
      await this.deployStacks(source, stacks, ExpandStackSelection.UPSTREAM, true);
      if (assertionStack !== undefined) {
        await this.deployStacks(source, [assertionStack], ExpandStackSelection.NONE, false);
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async deployStacks(source: ICloudAssemblySource, patterns: string[], expand: ExpandStackSelection, rollback: boolean): Promise<void> {
    await this.toolkit.deploy(source, {
      stacks: { strategy: StackSelectionStrategy.PATTERN_MUST_MATCH, patterns, expand },
      rollback,
      deploymentMethod: { method: 'change-set' },
      stackEventPollingInterval: POLLING_INTERVAL_MS,
    });
  }
}

/**
 * Connects to one emulator, whatever AWS_ENDPOINT_URL says. The toolkit takes the endpoint from the environment, of which a process has one; this is what lets it
 * deploy to two emulators at once.
 */
class EmulatorAgent extends Agent {
  constructor(private readonly port: number) {
    super({ keepAlive: true });
  }

  createConnection(options: ClientRequestArgs, callback?: Parameters<Agent['createConnection']>[1]) {
    return super.createConnection({ ...options, port: this.port }, callback);
  }
}

/** The toolkit's progress is not shown: what failed is read from the stacks. Questions get their default answers. */
class SilentIoHost implements IIoHost {
  async notify(_message: IoMessage<unknown>): Promise<void> {
    // nobody listens
  }

  async requestResponse<T>(request: IoRequest<unknown, T>): Promise<T> {
    return request.defaultResponse;
  }
}
