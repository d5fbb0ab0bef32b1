import type { HandlerFacts } from './queue-consumer';
import type { Rule } from './rule';

/** What is known of the function itself. */
export interface AliasedFunctionFacts extends Pick<HandlerFacts, 'path' | 'durable' | 'managedInstances' | 'tenantIsolation'> {
  readonly reservedConcurrency?: number | undefined;
  readonly snapStart?: boolean | undefined;
  /** Where its code comes from, if that does not tell one release from the next. */
  readonly codeWithoutVersion?: string | undefined;
}

/** What is known of its versions. */
export interface FunctionVersionFacts {
  /** The provisioned concurrency that each gets. Undefined: none is stated. `'unknown'`: one is stated, but it is a token. */
  readonly provisionedConcurrency?: number | 'unknown' | undefined;
  /** Whether they are deleted when they are superseded. */
  readonly deleted?: boolean | undefined;
  /** The paths of versions that something else makes. */
  readonly others?: readonly string[] | undefined;
}

/** What is known of the alias. */
export interface AliasFacts {
  readonly name?: string | undefined;
  /** The paths of other aliases of the function that have its name. */
  readonly sameName?: readonly string[] | undefined;
  /** Undefined: it has none. */
  readonly provisionedConcurrency?: {
    readonly maxCapacity?: number | undefined;
    /** That of the aliases of the function that were made before, as far as it is known. */
    readonly maxCapacityBefore: number;
    /** The property of a template that states it. Undefined: the options of a pattern do. */
    readonly property?: string | undefined;
  } | undefined;
  /** The settings for asynchronous invocations of the function, its versions and aliases. */
  readonly asyncSettings?: readonly { readonly path: string; readonly ofAlias: boolean }[] | undefined;
}

/** What is known of a function that is invoked by an alias. */
export interface FunctionAliasFacts {
  readonly handler: AliasedFunctionFacts;
  readonly versions: FunctionVersionFacts;
  readonly alias: AliasFacts;
}

const PROVISIONED_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html';

/**
 * What is true of a function whose versions are published, and invoked by an alias.
 */
export const FUNCTION_ALIAS_RULES: readonly Rule<FunctionAliasFacts>[] = [
  {
    id: 'aliasNameTaken',
    severity: 'error',
    why: 'Lambda refuses a second alias of the same name.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html',
    finding: ({ handler, alias: { name, sameName = [] } }) => (
      sameName.length === 0 ? undefined
        : {
          what: `aliasName is ${name === undefined ? 'a token' : `'${name}'`}, but handler '${handler.path}' has another alias of this name ('${sameName.join('\', \'')}')`,
          fix: 'state another aliasName, or use the alias of the CanaryFunction there',
        }
    ),
  },
  {
    id: 'versionMadeElsewhere',
    severity: 'warning',
    why: 'Lambda publishes no second version of the same code.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html',
    finding: ({ handler, versions: { others = [] } }) => (
      others.length === 0 ? undefined
        : {
          what: `handler '${handler.path}' has versions that are made elsewhere ('${others.join('\', \'')}'), and Lambda publishes no second version of the same code, so a deployment of both fails`,
          fix: 'use version of the CanaryFunction, or currentVersion of the function',
        }
    ),
  },
  {
    id: 'codeWithoutVersion',
    severity: 'warning',
    why: 'CloudFormation deploys code only when the template names another place for it.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html',
    finding: ({ handler: { path, codeWithoutVersion } }) => (
      codeWithoutVersion === undefined ? undefined
        : {
          what: `handler '${path}' takes its code from ${codeWithoutVersion}, which names no version of it, so what is put there later is no change for CloudFormation, and is not deployed`,
          fix: 'give each release a tag or a key of its own, or state the digest or the version of the object',
        }
    ),
  },
  {
    id: 'durableVersionsDeleted',
    severity: 'warning',
    why: 'A durable execution goes on with the version that it began with.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ handler: { path, durable }, versions: { deleted } }) => (
      !durable || !deleted ? undefined
        : {
          what: `handler '${path}' is durable: its executions go on with the version that they began with, which is deleted when it is superseded`,
          fix: 'leave versionRemovalPolicy out',
        }
    ),
  },
  {
    id: 'asyncSettingsOfOthers',
    severity: 'warning',
    why: 'Settings for asynchronous invocations hold for the function, the version or the alias that they name, and for no other.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html',
    finding: ({ handler, alias: { asyncSettings = [] } }) => (
      asyncSettings.length === 0 || asyncSettings.some(({ ofAlias }) => ofAlias) ? undefined
        : {
          what: `the settings for asynchronous invocations of handler '${handler.path}' (${asyncSettings.map(({ path }) => path).join(', ')}) do not hold for its alias, which callers invoke`,
          fix: 'state them with alias.configureAsyncInvoke of the CanaryFunction',
        }
    ),
  },
  {
    id: 'provisionedConcurrencyOfVersions',
    severity: 'error',
    why: 'A version that is superseded keeps its provisioned concurrency, and is charged for it.',
    source: PROVISIONED_PAGE,
    finding: ({ handler: { path }, versions: { provisionedConcurrency } }) => (
      provisionedConcurrency === undefined ? undefined
        : {
          what: `handler '${path}' has provisionedConcurrentExecutions (${provisionedConcurrency}) in currentVersionOptions, which each version would keep and be charged for after it was superseded`,
          fix: 'take it out and state provisionedConcurrency here',
        }
    ),
  },
  {
    id: 'provisionedConcurrencyAboveReserved',
    severity: 'error',
    why: 'The environments that Lambda keeps ready for all aliases of a function are part of its reserved concurrency.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html',
    finding: ({ handler: { path, reservedConcurrency: reserved }, alias: { provisionedConcurrency: options } }) => {
      if (options?.maxCapacity === undefined || reserved === undefined || options.maxCapacity + options.maxCapacityBefore <= reserved) {
        return undefined;
      }
      const together = options.maxCapacityBefore > 0 ? `, ${options.maxCapacity + options.maxCapacityBefore} together with other aliases` : '';
      const { property } = options;
      return {
        what: `${property ?? 'provisionedConcurrency.maxCapacity'} is ${options.maxCapacity}${together}, but must be at most the reserved concurrency of handler '${path}' (${reserved})`,
        fix: reserved === 0 ? `take ${property ?? 'provisionedConcurrency'} out as long as the function is paused` : `raise that or lower ${property ?? 'maxCapacity'}`,
      };
    },
  },
  {
    id: 'provisionedConcurrencyWithSnapStart',
    severity: 'error',
    why: 'Lambda keeps no environments ready for a function with SnapStart.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html',
    finding: excludingProvisionedConcurrency('SnapStart', ({ snapStart }) => snapStart),
  },
  {
    id: 'provisionedConcurrencyWithTenantIsolation',
    severity: 'error',
    why: 'Lambda keeps no environments ready for a function with tenant isolation.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html',
    finding: excludingProvisionedConcurrency('tenant isolation', ({ tenantIsolation }) => tenantIsolation),
  },
  {
    id: 'provisionedManagedInstances',
    severity: 'warning',
    why: 'Managed Instances keep environments ready by themselves.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html',
    finding: ({ handler: { path, managedInstances }, alias: { provisionedConcurrency } }) => (
      !managedInstances || !provisionedConcurrency ? undefined
        : {
          what: `handler '${path}' runs on Managed Instances, which keep environments ready by themselves`,
          fix: 'leave provisionedConcurrency out, and state the least and the most of them in currentVersionOptions of the function (minExecutionEnvironments, maxExecutionEnvironments)',
        }
    ),
  },
];

/** A feature that Lambda does not combine with provisioned concurrency. */
function excludingProvisionedConcurrency(feature: string, has: (handler: AliasedFunctionFacts) => boolean | undefined): Rule<FunctionAliasFacts>['finding'] {
  return ({ handler, alias: { provisionedConcurrency } }) => (
    provisionedConcurrency && has(handler)
      ? {
        what: `${provisionedConcurrency.property ?? 'provisionedConcurrency'} is stated, but handler '${handler.path}' has ${feature}, and Lambda does not take both`,
        fix: 'leave one of them out',
      }
      : undefined
  );
}
