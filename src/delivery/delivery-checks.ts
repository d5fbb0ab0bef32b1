import * as path from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { Aspects, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import type { AcknowledgementEntry } from './acknowledgements';
import { METADATA_KEY } from './acknowledgements';
import { checkTemplates, RULE_IDS } from './checks';
import type { DeliveryChecksPluginProps } from './delivery-checks-plugin';
import { DeliveryChecksPlugin } from './delivery-checks-plugin';
import type { DeliveryFinding } from './delivery-finding';
import { DeliverySeverity } from './delivery-finding';
import { findingOf, report } from './private/finding';
import { isAtLeast } from './rules/rule';
import { readAssembly } from './template/assembly';

/** Why a finding does not matter. */
export interface DeliveryAcknowledgement {
  /** The id of the finding, such as `deadLetterQueueMissing`. */
  readonly id: string;
  /** For whoever reads it later: why the finding does not matter here. */
  readonly reason: string;
}

/**
 * Checks the delivery contract in what is synthesized, whoever wrote it: every hop delivers, or retries long enough, or sets the whole payload aside where an alarm watches.
 *
 * Patterns of this library, other people's constructs, L1 and L2 constructs and included templates are checked alike, across the stacks of the app. What only the deployment knows is never guessed:
 * it gives no finding.
 *
 * @example
 * // In a unit test:
 * const shop = new Stack(new App(), 'Shop');
 * DeliveryChecks.of(shop).hasNoFindings();
 */
export class DeliveryChecks {
  /**
   * Checks an app at each synthesis, by a policy validation plugin. Findings are reported as the CDK reports those of other plugins, and obey its switches.
   *
   * @param scope an app or a stage
   */
  public static addTo(scope: Stage, props: DeliveryChecksPluginProps = {}): void {
    const plugin = new DeliveryChecksPlugin(props);
    // Newer versions of aws-cdk-lib take plugins by a class of their own, and no longer by this list.
    const { Validations } = cdk as { readonly Validations?: { of(stage: Stage): { addPlugins(added: DeliveryChecksPlugin): void } } };
    if (Validations) {
      Validations.of(scope).addPlugins(plugin);
    } else {
      scope.policyValidationBeta1.push(plugin);
    }
  }

  /**
   * Synthesizes the app of a construct and checks what belongs to the construct: all stacks of an app or a stage, a stack with those nested in it, or the resources of any other construct.
   *
   * The rest of the app is read too, because a delivery may begin or end there.
   */
  public static of(scope: IConstruct): DeliveryChecks {
    const root = scope.node.root;
    if (!Stage.isStage(root)) {
      throw new Error(`DeliveryChecks.of(${scope.node.path || 'a construct without an app'}): the construct must be in an App or a Stage, because only these are synthesized: make the stack in an App`);
    }
    const resources = scope.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));
    const own = new Set(resources.map((resource) => {
      const stack = Stack.of(resource);
      return placeKey(stack.templateFile, String(stack.resolve(resource.logicalId)));
    }));
    const problems = checkTemplates(readAssembly(root.synth().directory))
      .filter(({ at: { stack, logicalId } }) => own.has(placeKey(path.basename(stack.input.file ?? ''), logicalId)));
    return new DeliveryChecks(scope.node.path, problems.map(findingOf));
  }

  /** Checks a single template, as it is asserted upon in unit tests. */
  public static ofTemplate(template: Template): DeliveryChecks {
    return new DeliveryChecks('the template', checkTemplates([{ stack: 'Template', template: template.toJSON() }]).map(findingOf));
  }

  /**
   * Says that findings of one id do not matter at a construct and below it. It is written into the metadata of the resources, so that every reader of the template finds it.
   *
   * An acknowledgement that matches nothing is itself a finding (`acknowledgementStale`).
   */
  public static acknowledge(scope: IConstruct, acknowledgement: DeliveryAcknowledgement): void {
    requireValid(scope, acknowledgement);
    const entry: AcknowledgementEntry = { ...acknowledgement, scope: scope.node.path };
    Aspects.of(scope).add({
      visit: (construct) => {
        if (CfnResource.isCfnResource(construct)) {
          const { acknowledge = [] } = (construct.getMetadata(METADATA_KEY) ?? {}) as { readonly acknowledge?: readonly AcknowledgementEntry[] };
          construct.addMetadata(METADATA_KEY, { acknowledge: [...acknowledge, entry] });
        }
      },
    });
  }

  private constructor(private readonly what: string, private readonly found: readonly DeliveryFinding[]) {}

  /** What was found and not acknowledged, stack by stack. */
  public get findings(): DeliveryFinding[] {
    return [...this.found];
  }

  /**
   * Does nothing if nothing was found, as the assertions of the CDK.
   *
   * @param leastSeverity findings that are less severe are passed over; warnings and errors count if it is left out
   * @throws an error that lists the findings, each with its fix
   */
  public hasNoFindings(leastSeverity: DeliverySeverity = DeliverySeverity.WARNING): void {
    const counted = this.found.filter(({ severity }) => isAtLeast(severity, leastSeverity));
    if (counted.length > 0) {
      throw new Error(`DeliveryChecks found ${counted.length === 1 ? 'one problem' : `${counted.length} problems`} in ${this.what === '' ? 'the app' : this.what}:\n${report(counted)}\n` +
        'To accept one, call DeliveryChecks.acknowledge with its construct, its id and the reason');
    }
  }
}

function requireValid(scope: IConstruct, { id, reason }: DeliveryAcknowledgement): void {
  const problems = [
    ...RULE_IDS.has(id) ? [] : [`id is '${id}', which is not the id of a rule: take it from the finding`],
    ...reason.trim() !== '' ? [] : ['reason is empty: say why the finding does not matter here'],
  ];
  if (problems.length > 0) {
    throw new Error(`DeliveryChecks.acknowledge(${scope.node.path}) is refused:${problems.map((problem) => `\n  - ${problem}`).join('')}`);
  }
}

function placeKey(templateFile: string, logicalId: string): string {
  return `${templateFile} ${logicalId}`;
}
