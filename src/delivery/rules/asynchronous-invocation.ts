import type { HandlerFacts } from './queue-consumer';
import { tenantProblem, unqualifiedProblem } from './queue-consumer';
import type { Rule } from './rule';

/** What is known of the asynchronous invocations of a function. */
export interface AsynchronousInvocationFacts {
  /** The path of the function. */
  readonly path: string;
  /** The version or the alias by which it is invoked. Undefined: none. */
  readonly qualifier?: string | undefined;
  /** Where what failed goes. `none`: nowhere. Undefined: not known. */
  readonly failures?: { readonly path: string; readonly fifo?: boolean | undefined } | 'none' | undefined;
}

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
];

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
