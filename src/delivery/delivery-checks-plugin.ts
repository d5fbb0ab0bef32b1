import type { IPolicyValidationContextBeta1, IPolicyValidationPluginBeta1, PolicyValidationPluginReportBeta1, PolicyViolationBeta1 } from 'aws-cdk-lib';
import { checkTemplates, RULE_IDS } from './checks';
import type { DeliveryProblem } from './checks/check';
import { DeliverySeverity } from './delivery-finding';
import { findingOf } from './private/finding';
import { isAtLeast } from './rules/rule';
import { readTemplates } from './template/assembly';

/** Props of DeliveryChecksPlugin. */
export interface DeliveryChecksPluginProps {
  /**
   * The least severity by which the synthesis fails. What is less severe is reported only together with what fails.
   *
   * @default DeliverySeverity.WARNING
   */
  readonly failOn?: DeliverySeverity;
}

/**
 * The checks of DeliveryChecks as a policy validation plugin, for apps that list their plugins. `DeliveryChecks.addTo(app)` does the same in one line on every version of aws-cdk-lib.
 *
 * It reads templates only, and no assets.
 */
export class DeliveryChecksPlugin implements IPolicyValidationPluginBeta1 {
  /** The name under which the CDK reports findings. */
  public readonly name = 'cdk-serverless-patterns';
  /** The ids of all rules. */
  public readonly ruleIds?: string[] = [...RULE_IDS];
  private readonly failOn: DeliverySeverity;

  public constructor(props: DeliveryChecksPluginProps = {}) {
    this.failOn = props.failOn ?? DeliverySeverity.WARNING;
  }

  /** Called by the CDK at synthesis. */
  public validate(context: IPolicyValidationContextBeta1): PolicyValidationPluginReportBeta1 {
    const problems = checkTemplates(readTemplates(context.templatePaths));
    const success = !problems.some((problem) => isAtLeast(problem.severity, this.failOn));
    return { success, violations: success ? [] : problems.map(violationOf) };
  }
}

function violationOf(problem: DeliveryProblem): PolicyViolationBeta1 {
  const { id, severity, message, why, fix, docs, path, logicalId } = findingOf(problem);
  const { stack, attributes } = problem.at;
  const resource = { resourceLogicalId: logicalId, templatePath: stack.input.file ?? '', locations: [] };
  return {
    ruleName: id,
    description: `${message} (${why})`,
    fix: `${fix} (${docs})`,
    severity,
    // Newer versions of aws-cdk-lib find by the path what was acknowledged.
    violatingResources: [{ ...resource, ...{ constructPath: attributes.text('Metadata.aws:cdk:path') ?? path } }],
  };
}
