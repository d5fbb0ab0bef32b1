import type { HandlerFacts } from './queue-consumer';
import { tenantProblem, unqualifiedProblem } from './queue-consumer';
import type { Place, Rule } from './rule';
import { knownToDiffer } from './rule';

/** What is known of the asynchronous invocations of a function. */
export interface AsynchronousInvocationFacts {
  /** The path of the function. */
  readonly path: string;
  /** The version or the alias by which it is invoked. Undefined: none. */
  readonly qualifier?: string | undefined;
  /** Where what failed goes. `none`: nowhere. Undefined: not known. */
  readonly failures?: AsynchronousFailuresFacts | 'none' | undefined;
}

/** What is known of the queue, topic or other place where failed events go. */
export interface AsynchronousFailuresFacts {
  readonly path: string;
  readonly fifo?: boolean | undefined;
  /** Of a queue. */
  readonly maximumMessageBytes?: number | undefined;
}

/** The longest event that Lambda takes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LONGEST_EVENT_BYTES = 1_048_576;

const FAILURE_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html';

/**
 * What is true of asynchronous invocations that are not lost.
 */
export const ASYNCHRONOUS_INVOCATION_RULES: readonly Rule<AsynchronousInvocationFacts>[] = [
  {
    id: 'asynchronousInvocationWithoutDestination',
    severity: 'warning',
    why: 'Lambda discards an event whose last attempt failed, or that waited too long, unless the function has a destination or a dead-letter queue for it.',
    source: FAILURE_PAGE,
    finding: ({ path, qualifier, failures }) => (
      failures !== 'none' ? undefined
        : {
          what: `function '${path}' is invoked asynchronously${qualifier === undefined ? '' : ` by '${qualifier}'`}, but has neither an OnFailure destination for this nor a DeadLetterConfig, ` +
            'so events are lost on which it fails',
          fix: `set DeadLetterConfig.TargetArn of the function, or DestinationConfig.OnFailure in an AWS::Lambda::EventInvokeConfig with Qualifier '${qualifier ?? '$LATEST'}'`,
        }
    ),
  },
  {
    id: 'asynchronousFailuresToFifo',
    severity: 'error',
    why: 'Lambda sends failed events to standard queues and standard topics only.',
    source: FAILURE_PAGE,
    finding: ({ path, failures }) => (
      typeof failures !== 'object' || !failures.fifo ? undefined
        : {
          what: `the events on which function '${path}' fails go to '${failures.path}', which is FIFO and takes none of them`,
          fix: 'set the OnFailure destination, or DeadLetterConfig.TargetArn, to a standard queue or topic',
        }
    ),
  },
  {
    id: 'asynchronousFailuresTooLarge',
    severity: 'warning',
    why: 'A failed event that does not fit into the queue for it is lost.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html',
    finding: ({ path, failures }) => {
      const bytes = typeof failures === 'object' ? failures.maximumMessageBytes : undefined;
      return typeof failures !== 'object' || bytes === undefined || bytes >= LONGEST_EVENT_BYTES ? undefined
        : {
          what: `the events on which function '${path}' fails go to queue '${failures.path}', whose MaximumMessageSize is ${bytes} bytes, but an event may have ${LONGEST_EVENT_BYTES} bytes`,
          fix: `set MaximumMessageSize of the queue to ${LONGEST_EVENT_BYTES}, or leave it out`,
        };
    },
  },
];

/** What is known of settings for the asynchronous invocations of a function, a version or an alias. */
export interface AsynchronousSettingsFacts {
  /** What texts call them by, such as `the settings of 'Shop/Mail'`. */
  readonly name: string;
  /** Where they are made. */
  readonly place: Place;
  readonly handler: Place & { readonly path: string; readonly reservedConcurrency?: number | undefined };
  /** The version or the alias that they are of; `$LATEST` for the function itself. Undefined: not known. */
  readonly qualifier?: string | undefined;
  readonly retryAttempts?: number | undefined;
  readonly eventAgeSeconds?: number | undefined;
  /** Where failed events go, as texts say it. Undefined: nowhere, or not known. */
  readonly failures?: string | undefined;
  /** Other settings of the same function. */
  readonly others: readonly { readonly path: string; readonly qualifier?: string | undefined }[];
}

const SETTINGS_PAGE = 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html';
export const UNQUALIFIED = '$LATEST';

/** Lambda waits one minute before the first retry, and two before the second. */
const WAITED_BEFORE_RETRY = [60, 180];

/**
 * What is true of settings for asynchronous invocations that do what they say.
 */
export const ASYNCHRONOUS_SETTINGS_RULES: readonly Rule<AsynchronousSettingsFacts>[] = [
  {
    id: 'asynchronousSettingsElsewhere',
    severity: 'error',
    why: 'Lambda keeps these settings with the function, in its account and region.',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventinvokeconfig.html',
    finding: ({ name, place, handler }) => {
      const what = knownToDiffer(handler.account, place.account) ? 'account' : knownToDiffer(handler.region, place.region) ? 'region' : undefined;
      return what && {
        what: `${name} are made in ${what} ${place[what]}, but handler '${handler.path}' is in ${handler[what]}`,
        fix: `make them in a stack of ${what} ${handler[what]}`,
      };
    },
  },
  {
    id: 'asynchronousSettingsTwice',
    severity: 'error',
    why: 'A function, a version or an alias has one such configuration, and each that is made later replaces it.',
    source: 'https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html',
    finding: ({ name, handler: { path }, qualifier, others }) => {
      const same = qualifier === undefined ? [] : others.filter((other) => other.qualifier === qualifier);
      return same.length === 0 ? undefined
        : {
          what: `${name} are for ${invoked(path, qualifier)}, and so are those in ${listed(same)}, of which Lambda keeps one`,
          fix: 'remove one of them',
        };
    },
  },
  {
    id: 'asynchronousSettingsSplit',
    severity: 'warning',
    why: 'An invocation has the settings of what it names, the function itself or its version or alias, and no others.',
    source: SETTINGS_PAGE,
    finding: ({ name, handler: { path }, qualifier, others }) => {
      const isSplit = (other?: string) => other !== undefined && qualifier !== undefined && (other === UNQUALIFIED) !== (qualifier === UNQUALIFIED);
      const split = others.filter((other) => isSplit(other.qualifier));
      return split.length === 0 ? undefined
        : {
          what: `${name} are for ${invoked(path, qualifier)}, but those in ${listed(split)} for ${split.map((other) => invoked(path, other.qualifier)).join(' and ')}, ` +
            'so what becomes of an event depends on how its sender names the function',
          fix: 'have all senders name the same version or alias, and remove the other settings',
        };
    },
  },
  {
    id: 'asynchronousRetriesCutShort',
    severity: 'warning',
    why: 'Lambda waits one minute before the first retry and two more before the second, and gives an event up that would be too old by then.',
    source: SETTINGS_PAGE,
    finding: ({ name, retryAttempts, eventAgeSeconds }) => {
      const needed = retryAttempts === undefined ? undefined : WAITED_BEFORE_RETRY[retryAttempts - 1];
      return needed === undefined || eventAgeSeconds === undefined || eventAgeSeconds > needed ? undefined
        : {
          what: `${name} give an event up after ${eventAgeSeconds} seconds, but the last of ${retryAttempts} retries comes ${needed} seconds after the first attempt, or later`,
          fix: 'raise MaximumEventAgeInSeconds (maxEventAge), or lower MaximumRetryAttempts (retryAttempts)',
        };
    },
  },
  {
    id: 'asynchronousHandlerPaused',
    severity: 'warning',
    why: 'With a reserved concurrency of 0, Lambda does not keep events until the function may run again, but sends each at once to where failed ones go.',
    source: FAILURE_PAGE,
    finding: ({ handler: { path, reservedConcurrency }, failures = 'nowhere' }) => (
      reservedConcurrency !== 0 ? undefined
        : {
          what: `the reserved concurrency of '${path}' is 0, so Lambda sends every event at once, and without an attempt, to ${failures}`,
          fix: 'raise reservedConcurrentExecutions, or stop the senders for as long as the function is paused, and replay what was set aside',
        }
    ),
  },
];

function invoked(path: string, qualifier: string | undefined): string {
  return qualifier === UNQUALIFIED ? `function '${path}' itself` : `'${qualifier}' of function '${path}'`;
}

function listed(settings: readonly { readonly path: string }[]): string {
  return settings.map(({ path }) => `'${path}'`).join(', ');
}

/** What is known of a function and what invokes it, a rule or a schedule. */
export interface AsynchronousHandlerFacts extends Pick<HandlerFacts, 'path' | 'durable' | 'qualified' | 'tenantIsolation'> {
  /** What texts call it by. */
  readonly invoker: string;
}

/**
 * What is true of a function that a rule or a schedule can invoke.
 */
export const ASYNCHRONOUS_HANDLER_RULES: readonly Rule<AsynchronousHandlerFacts>[] = [
  {
    id: 'asynchronousHandlerUnqualified',
    severity: 'error',
    why: 'A durable execution goes on with the version that it began with, so it is invoked by a version or an alias.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html',
    finding: ({ invoker, ...handler }) => {
      const problem = unqualifiedProblem(handler);
      return problem && { ...problem, what: `${problem.what}, and ${invoker} invokes it so` };
    },
  },
  {
    id: 'asynchronousHandlerTenantIsolation',
    severity: 'error',
    why: 'Each invocation of a function with tenant isolation names its tenant, and EventBridge knows none.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html',
    finding: ({ invoker, ...handler }) => tenantProblem(handler, invoker),
  },
];

/** What is known of something that a function sends, and of who gets it. */
export interface SentResultFacts {
  /** What texts call it by, such as `failure destination of 'Shop/Config'`. */
  readonly name: string;
  /** The path of the function. */
  readonly sender: string;
  readonly destination: string;
  /** What brings it back to the function. Undefined: nothing, or not known. */
  readonly returnsBy?: string | undefined;
  /** Whether it is what the function returned that goes to a bucket. */
  readonly successToBucket?: boolean | undefined;
  /** Whether it is what the function returned that goes to a FIFO queue or topic. */
  readonly successToFifo?: boolean | undefined;
}

/**
 * What is true of a result that ends somewhere.
 */
export const SENT_RESULT_RULES: readonly Rule<SentResultFacts>[] = [
  {
    id: 'destinationTriggersSource',
    severity: 'error',
    why: 'A function whose results or failures come back to it runs without end, and Lambda detects only some of these loops.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html',
    finding: ({ name, sender, destination, returnsBy }) => (
      returnsBy === undefined ? undefined
        : {
          what: `${name} is '${destination}', from which ${returnsBy} brings everything back to function '${sender}'`,
          fix: 'set a destination that nothing delivers to the same function',
        }
    ),
  },
  {
    id: 'successDestinationIsBucket',
    severity: 'error',
    why: 'Lambda sends only failures to a bucket.',
    source: FAILURE_PAGE,
    finding: ({ name, destination, successToBucket }) => (
      !successToBucket ? undefined
        : {
          what: `${name} is the bucket '${destination}', but Lambda writes only failures to a bucket`,
          fix: 'set DestinationConfig.OnSuccess.Destination to a queue, a topic, an event bus or a function',
        }
    ),
  },
  {
    id: 'successDestinationIsFifo',
    severity: 'error',
    why: 'Lambda sends records of invocations to standard queues and standard topics only.',
    source: FAILURE_PAGE,
    finding: ({ name, destination, successToFifo }) => (
      !successToFifo ? undefined
        : {
          what: `${name} is '${destination}', which is FIFO and takes none of them`,
          fix: 'set DestinationConfig.OnSuccess.Destination to a standard queue or topic, an event bus or a function',
        }
    ),
  },
];

/** What is known of a function that may invoke itself by way of others. */
export interface RecursionFacts {
  readonly path: string;
  readonly recursionAllowed?: boolean | undefined;
}

/**
 * What is true of a function that Lambda stops when it runs in a loop.
 */
export const RECURSION_RULES: readonly Rule<RecursionFacts>[] = [
  {
    id: 'recursionAllowed',
    severity: 'warning',
    why: 'Lambda stops a function that is invoked in a loop after about 16 rounds, unless it is told to let it go on.',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html',
    finding: ({ path, recursionAllowed }) => (
      !recursionAllowed ? undefined
        : {
          what: `function '${path}' has RecursiveLoop: Allow, so a loop of its own messages goes on until somebody stops it`,
          fix: 'leave RecursiveLoop out, or set it to Terminate, unless the function is meant to invoke itself and knows when to end',
        }
    ),
  },
];
