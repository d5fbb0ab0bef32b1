import { Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The assembly that a construct is deployed with: its nearest stage (an app is one), or its root where there is none.
 */
export function stageOf(construct: IConstruct): IConstruct {
  return Stage.of(construct) ?? construct.node.root;
}
