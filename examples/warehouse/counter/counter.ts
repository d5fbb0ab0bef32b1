import * as path from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { QueueFedServiceProps } from 'cdk-serverless-patterns';

const WORKER = path.join(__dirname, '..', '..', 'worker-python');

/** What counts goods, in Python. The CDK builds its image with Docker and puts it into the account; Graviton is cheaper, and the default of a QueueFedService. */
export function counter(): Pick<QueueFedServiceProps, 'image' | 'command'> {
  const python = process.env.PYTHON_OF_THE_EMULATOR;
  if (!python) {
    return { image: ContainerImage.fromAsset(__dirname, { platform: Platform.LINUX_ARM64, buildContexts: { worker: WORKER } }) };
  }
  // The demo needs no Docker: on the local emulator a container is a process of this machine.
  const start = `import runpy, sys; sys.path.insert(0, ${JSON.stringify(WORKER)}); runpy.run_path(${JSON.stringify(path.join(__dirname, 'count_goods.py'))})`;
  return { image: ContainerImage.fromRegistry('local/python'), command: [python, '-c', start] };
}
