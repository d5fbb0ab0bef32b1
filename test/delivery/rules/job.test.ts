import type { RuleCases } from './check-rules';
import { checkRules } from './check-rules';
import type { JobEngineFacts, JobFacts } from '../../../src/delivery/rules/job';
import { JOB_ENGINE_RULES, JOB_RULES } from '../../../src/delivery/rules/job';
import { findings } from '../../../src/delivery/rules/rule';

describe('jobs', () => {
  checkRules<JobFacts, JobFacts>({
    rules: () => JOB_RULES,
    facts: (different) => ({ timeoutSeconds: 60, retentionSeconds: 61, ...different }),
    unknown: {},
    cases: {
      jobExpiresBeforeItsEnd: {
        breaks: [{ retentionSeconds: 60 }, { timeoutSeconds: 61 }],
        keeps: [{ timeoutSeconds: undefined }, { retentionSeconds: undefined }, { timeoutSeconds: undefined, retentionSeconds: undefined }],
      },
    },
  });
});

describe('engines', () => {
  const HERE = { account: '111122223333', region: 'eu-west-1' };
  const WORKER = { path: 'W', ...HERE };
  const ACCOUNT = { account: '444455556666' };
  const REGION = { region: 'eu-north-1' };

  /** A rule about the place of a worker. */
  const elsewhere = (name: 'handler' | 'stateMachine' | 'queue', place: 'account' | 'region'): RuleCases<JobEngineFacts>[string] => ({
    breaks: [{ [name]: { ...WORKER, ...place === 'account' ? ACCOUNT : REGION } }],
    keeps: [{ [name]: WORKER }, { [name]: { ...WORKER, [place]: undefined } }, { [name]: { ...WORKER, [place]: 'other' }, [place]: undefined }],
  });
  const queue = { ...WORKER, visibilityTimeoutSeconds: 60 };

  checkRules<JobEngineFacts, JobEngineFacts>({
    rules: () => JOB_ENGINE_RULES,
    facts: (different) => ({ ...HERE, timeoutSeconds: 61, ...different }),
    unknown: {},
    cases: {
      jobExpressTooLong: {
        breaks: [{ workflowType: 'EXPRESS', timeoutSeconds: 241 }],
        keeps: [
          { workflowType: 'EXPRESS', timeoutSeconds: 240 }, { workflowType: 'EXPRESS', timeoutSeconds: undefined },
          { workflowType: 'STANDARD', timeoutSeconds: 241 }, { timeoutSeconds: 241 },
        ],
      },
      jobExpressRunsStandard: {
        breaks: [{ workflowType: 'EXPRESS', stateMachine: { ...WORKER, type: 'STANDARD' } }],
        keeps: [
          { workflowType: 'EXPRESS', stateMachine: { ...WORKER, type: 'EXPRESS' } }, { workflowType: 'EXPRESS', stateMachine: WORKER },
          { workflowType: 'STANDARD', stateMachine: { ...WORKER, type: 'STANDARD' } }, { stateMachine: { ...WORKER, type: 'STANDARD' } },
        ],
      },
      jobHandlerRegion: { ...elsewhere('handler', 'region'), keeps: [...elsewhere('handler', 'region').keeps, { handler: { ...WORKER, ...ACCOUNT } }] },
      jobHandlerUnqualified: {
        breaks: [{ handler: { ...WORKER, durable: true, qualified: false } }],
        keeps: [
          { handler: { ...WORKER, durable: true, qualified: true } }, { handler: { ...WORKER, durable: true } },
          { handler: { ...WORKER, durable: false, qualified: false } },
        ],
      },
      jobHandlerExecutionTooLong: {
        breaks: [{ handler: { ...WORKER, executionTimeoutSeconds: 901 } }],
        keeps: [{ handler: { ...WORKER, executionTimeoutSeconds: 900 } }],
      },
      jobHandlerTenantIsolation: {
        breaks: [{ handler: { ...WORKER, tenantIsolation: true } }],
        keeps: [{ handler: { ...WORKER, tenantIsolation: false } }],
      },
      jobStateMachineAccount: elsewhere('stateMachine', 'account'),
      jobStateMachineRegion: elsewhere('stateMachine', 'region'),
      jobQueueAccount: elsewhere('queue', 'account'),
      jobQueueRegion: elsewhere('queue', 'region'),
      jobEndsBeforeRetry: {
        breaks: [{ queue: { ...queue, visibilityTimeoutSeconds: 61 } }, { queue, timeoutSeconds: 60 }],
        keeps: [{ queue }, { queue: { ...queue, visibilityTimeoutSeconds: undefined } }, { queue, timeoutSeconds: undefined }],
      },
    },
    warnings: ['jobEndsBeforeRetry'],
  });

  test('say who reaches its own place only', () => {
    const texts = findings(JOB_ENGINE_RULES, {
      ...HERE, handler: { path: 'H', ...REGION }, stateMachine: { path: 'S', ...REGION, ...ACCOUNT }, queue: { path: 'Q', ...REGION, ...ACCOUNT },
    }).map(({ text }) => text);
    const inOther = (name: string, place: 'account' | 'region', reach: string) => (
      `${name} is in ${place} ${{ ...ACCOUNT, ...REGION }[place]}, but the API is in ${HERE[place]}, and ${reach} only in its own ${place}: give one of this ${place}`
    );
    expect(texts).toEqual([
      inOther("handler 'H'", 'region', 'a workflow invokes functions'),
      inOther("stateMachine 'S'", 'account', 'a workflow starts executions'),
      inOther("stateMachine 'S'", 'region', 'a workflow starts executions'),
      inOther("queue 'Q'", 'account', 'a pipe delivers'),
      inOther("queue 'Q'", 'region', 'a pipe delivers'),
    ]);
  });
});
