import type { Rule } from './rule';
import type { StreamReadFacts } from './stream-consumer';
import { ageProblem, latestProblem, unboundedProblem } from './stream-consumer';

/** What is known of the state machine that a pipe starts. */
export interface StartedMachineFacts {
  readonly path: string;
  readonly express?: boolean | undefined;
  /** Whether the pipe waits for the end of the execution. */
  readonly awaited?: boolean | undefined;
  /** Whether a rule of EventBridge asks for its failed executions. */
  readonly watched?: boolean | undefined;
  /** Whether it records what fails in the table whose stream the pipe reads, so that the item itself says so. */
  readonly recorded?: boolean | undefined;
}

/** What is known of a pipe. */
export interface PipeFacts extends StreamReadFacts {
  /** Whether it names a place for records that it gives up. */
  readonly setsAside?: boolean | undefined;
  readonly stateMachine?: StartedMachineFacts | undefined;
}

const ERROR_PAGE = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-error-troubleshooting.html';
const MACHINE_PAGE = 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-pipes-pipe-pipetargetstatemachineparameters.html';

/**
 * What is true of a pipe that loses nothing.
 */
export const PIPE_RULES: readonly Rule<PipeFacts>[] = [
  {
    id: 'pipeWithoutDeadLetterQueue',
    severity: 'warning',
    why: 'A pipe discards records of a stream that failed for the last time, unless it has a dead-letter queue.',
    source: ERROR_PAGE,
    finding: ({ name, kind, setsAside }) => (
      kind === undefined || setsAside !== false ? undefined
        : {
          what: `${name} reads a stream without ${parametersOf(kind)}.DeadLetterConfig, so records are lost that it gives up`,
          fix: `set ${parametersOf(kind)}.DeadLetterConfig.Arn to a queue or a topic to which the role of the pipe may send`,
        }
    ),
  },
  {
    id: 'pipeRetriesUnbounded',
    severity: 'warning',
    why: 'A batch that is tried again without end holds up its shard until its records expire, and those behind it with them.',
    source: ERROR_PAGE,
    finding: (facts) => unboundedProblem(facts, facts.kind === undefined ? '' : `${parametersOf(facts.kind)}.`),
  },
  {
    id: 'pipeRecordAgeBeyondRetention',
    severity: 'warning',
    why: 'A record that expires in the stream before the pipe gives it up reaches no dead-letter queue.',
    source: ERROR_PAGE,
    finding: (facts) => ageProblem(facts, facts.kind === undefined ? '' : `${parametersOf(facts.kind)}.`),
  },
  {
    id: 'pipeStartsLatest',
    severity: 'warning',
    why: 'With LATEST, records are missed that are written while a pipe is created.',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html',
    finding: (facts) => latestProblem(facts, facts.kind === undefined ? '' : `${parametersOf(facts.kind)}.`),
  },
  {
    id: 'pipeBatchNotBisected',
    severity: 'note',
    why: 'One bad record fails all records of its batch, unless the pipe halves the batch to find it.',
    source: ERROR_PAGE,
    finding: ({ name, kind, batchSize, bisects }) => (
      kind === undefined || bisects !== false || batchSize === undefined || batchSize <= 1 ? undefined
        : {
          what: `${name} takes batches of ${batchSize} records without ${parametersOf(kind)}.OnPartialBatchItemFailure, so one bad record takes all others of its batch with it`,
          fix: `set ${parametersOf(kind)}.OnPartialBatchItemFailure: AUTOMATIC_BISECT`,
        }
    ),
  },
  {
    id: 'pipeWaitsForStandardWorkflow',
    severity: 'error',
    why: 'A pipe waits for executions of Express workflows only, and does so unless it is told not to.',
    source: MACHINE_PAGE,
    finding: ({ name, stateMachine }) => (
      stateMachine === undefined || stateMachine.express !== false || stateMachine.awaited !== true ? undefined
        : {
          what: `the target of ${name} is the Standard state machine '${stateMachine.path}', which a pipe cannot invoke as REQUEST_RESPONSE, the default`,
          fix: 'set TargetParameters.StepFunctionStateMachineParameters.InvocationType: FIRE_AND_FORGET, and a rule on its failed executions, or make the state machine EXPRESS',
        }
    ),
  },
  {
    id: 'pipeForgetsFailures',
    severity: 'warning',
    why: 'A pipe is done with a message when an execution has started, so that a failure of the execution reaches no dead-letter queue.',
    source: ERROR_PAGE,
    finding: ({ name, stateMachine }) => {
      if (stateMachine?.express === undefined || stateMachine.awaited !== false || stateMachine.recorded !== false) {
        return undefined;
      }
      const { path, express, watched } = stateMachine;
      // Nobody hears of the end of an Express execution.
      if (!express && watched !== false) {
        return undefined;
      }
      return {
        what: `${name} starts ${express ? 'Express' : 'Standard'} state machine '${path}' without waiting (FIRE_AND_FORGET), so a message whose execution fails is neither tried again nor set aside`,
        fix: express ? 'set TargetParameters.StepFunctionStateMachineParameters.InvocationType: REQUEST_RESPONSE'
          : 'send executions that are FAILED, TIMED_OUT or ABORTED to a queue by an AWS::Events::Rule on source aws.states, or start it from an Express state machine that the pipe waits for',
      };
    },
  },
];

function parametersOf(kind: NonNullable<PipeFacts['kind']>): string {
  return kind === 'stream' ? 'SourceParameters.KinesisStreamParameters' : 'SourceParameters.DynamoDBStreamParameters';
}
