/** Judges what Step Functions gets: with asl-validator, with JSONata's reference engine, and with the errors that botocore models. */
import { botocoreData, unknownErrorNames } from './error-names';
import type { Definition, StateMachine } from './state-machine';
import { copyOf, stateMachinesOf } from './state-machine';
import { formTemplates, integTemplates } from './templates';
import { violations } from './violations';
import type { Walk } from './walk';
import { inputsOf, walk } from './walk';
import { arbitraryJson, JSON_TEXTS } from '../jobs/arbitrary-json';

/** What stands in the table as the body of a job, and what its work gives: texts. */
const TEXTS = [...JSON_TEXTS, ...arbitraryJson(40)];

const all = [...formTemplates(), ...integTemplates()].flatMap(stateMachinesOf);
const machines = distinct(all);
const inJsonata = machines.filter(({ definition }) => definition.QueryLanguage === 'JSONata');
const table = (some: readonly StateMachine[]) => some.map((machine): [string, StateMachine] => [machine.name, machine]);
const describeIf = (some: readonly unknown[]) => (some.length > 0 ? describe : describe.skip);

/** The machines that differ in more than the names of what they use: what starts them counts too. */
function distinct(some: readonly StateMachine[]): StateMachine[] {
  const byShape = new Map<string, StateMachine>();
  for (const machine of some) {
    const shape = Object.entries(machine.judged.template.Resources ?? {})
      .sort(([one], [other]) => other.length - one.length)
      .reduce((text, [id, { Type }]) => text.replaceAll(id, Type), JSON.stringify([machine.definition, inputsOf(machine, '"done"')]));
    byShape.set(shape, byShape.get(shape) ?? machine);
  }
  return [...byShape.values()];
}

/** The machine with which most is to be seen: it does the work of a job. */
function workflowIn(some: readonly StateMachine[]): Definition {
  const workflow = some.find(({ definition }) => definition.States.Work?.Arguments !== undefined);
  return copyOf(workflow?.definition ?? { StartAt: '', States: {} });
}

const replaced = (definition: Definition, from: string, to: string) => {
  const text = JSON.stringify(definition);
  expect(text).toContain(from);
  return JSON.parse(text.replace(from, to)) as Definition;
};

function failuresIn({ evaluations }: Walk): string[] {
  return evaluations
    .filter(({ error }) => error !== undefined)
    .map(({ state, field, expression, error }) => `${state}.${field}: ${expression}: ${error}`);
}

/** The attribute values of DynamoDB that are no text, or no number in a text, where they must be. */
function badAttributes(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]) => {
    const bad = (key === 'S' && typeof item !== 'string') || (key === 'N' && !(typeof item === 'string' && /^-?\d+(\.\d+)?$/.test(item)));
    return bad ? [`${path}.${key} is ${JSON.stringify(item)}`] : badAttributes(item, `${path}.${key}`);
  });
}

/** What is stored as the results of the jobs, and what the work was given. */
function storedResults({ calls }: Walk): string[] {
  return calls.flatMap(({ arguments: given }) => {
    const stored = (given as { ExpressionAttributeValues?: { ':result'?: { S?: string } } }).ExpressionAttributeValues?.[':result'];
    return stored ? [stored.S ?? ''] : [];
  });
}

function workInputs({ calls }: Walk): { body: unknown; deadline: unknown }[] {
  return calls.flatMap(({ arguments: given }) => {
    const { Payload, Input } = given as { Payload?: object; Input?: object };
    return Payload ?? Input ? [(Payload ?? Input) as { body: unknown; deadline: unknown }] : [];
  });
}

async function walksOf(machine: StateMachine, json: string, definition = machine.definition): Promise<Walk[]> {
  return Promise.all(inputsOf(machine, json).map((input) => walk(definition, input, json)));
}

test('there are state machines to judge, in both query languages', () => {
  expect(all.filter(({ name }) => name.startsWith('Integ')).length).toBeGreaterThan(0);
  expect(inJsonata.length).toBeGreaterThan(0);
  expect(inJsonata.length).toBeLessThan(machines.length);
});

describe('asl-validator', () => {
  test.each(table(machines))('accepts %s', (_, { definition }) => {
    expect(violations(definition)).toEqual([]);
  });

  test.each([
    ['a state that is not there', '"Next":"RecordResult"', '"Next":"Recorded"'],
    ['an unknown field', '"TimeoutSeconds"', '"TimeoutInSeconds"'],
    ['a resource that is no ARN', 'arn:aws:states:::', 'states:::'],
    ['a state without a way on', '"Next":"Work"', '"Comment":"Work"'],
  ])('refuses %s', (_, from, to) => {
    const sound = workflowIn(inJsonata);
    expect(violations(replaced(sound, from, to))).not.toEqual([]);
  });
});

describeIf(inJsonata)('JSONata\'s reference engine', () => {
  test.each(table(inJsonata))('finds a value for each expression of %s', async (_, machine) => {
    for (const json of TEXTS) {
      const walks = await walksOf(machine, json);
      // Where a state chooses, the way depends on the input.
      const chooses = Object.values(machine.definition.States).some(({ Type }) => Type === 'Choice');
      const ways = chooses ? [walks.flatMap(({ states }) => [...states])] : walks.map(({ states }) => [...states]);
      for (const way of ways) {
        expect([...new Set(way)].sort()).toEqual(Object.keys(machine.definition.States).sort());
      }
      for (const taken of walks) {
        expect(failuresIn(taken)).toEqual([]);
        expect(taken.evaluations.length).toBeGreaterThan(0);
        expect(taken.calls.flatMap((call) => badAttributes(call.arguments, call.state))).toEqual([]);
        for (const { value } of taken.evaluations.filter(({ field }) => field === 'TimeoutSeconds')) {
          expect(Number.isInteger(value) && value as number > 0).toBe(true);
        }
      }
    }
  });

  const workflows = inJsonata.filter(({ definition }) => JSON.stringify(definition).includes(':result'));
  test.each(table(workflows))('stores the result of %s byte for byte, and gives the work the body', async (_, machine) => {
    for (const json of TEXTS) {
      for (const taken of await walksOf(machine, json)) {
        expect(storedResults(taken)).toEqual([json]);
        expect(workInputs(taken)).toEqual([expect.objectContaining({ deadline: expect.any(Number) })]);
        expect(JSON.stringify(workInputs(taken)[0]?.body)).toBe(JSON.stringify(JSON.parse(json)));
      }
    }
  });

  const express = workflows.filter(({ definition }) => definition.States.Work?.Resource?.endsWith('startSyncExecution'));
  const testExpress = express.length > 0 ? test : test.skip;
  testExpress.each(['FAILED', 'TIMED_OUT'])('makes an error of an Express execution that has %s', async (status) => {
    for (const { definition, ...machine } of express) {
      const [input] = inputsOf({ ...machine }, '{}');
      const taken = await walk(definition, input, '{}', (result, state) => (state === 'Work' ? { ExecutionArn: 'arn', Status: status } : result));
      expect(failuresIn(taken)).toEqual([expect.stringMatching(new RegExp(`^Work\\.Output: .*: the execution has ${status}$`))]);
    }
  });

  const functionWorkflow = workflows.find(({ definition }) => definition.States.Work?.Resource?.endsWith('lambda:invoke'));
  const answering = async (answer: object) => {
    const machine = functionWorkflow as StateMachine;
    const [input] = inputsOf(machine, '{}');
    return walk(machine.definition, input, '{}', (result, state) => (state === 'Work' ? { StatusCode: 200, ...answer } : result));
  };
  const testFunction = functionWorkflow ? test : test.skip;

  testFunction('makes an error of a function that fails', async () => {
    const taken = await answering({ FunctionError: 'Unhandled', Payload: '{"errorMessage":"no"}' });
    expect(failuresIn(taken)).toEqual([expect.stringMatching(/^Work\.Output: .*: the function has failed: \{"errorMessage":"no"\}$/)]);
  });

  testFunction.each([['{"a": '], ['done']])('makes an error of what a function returns that is no JSON: %s', async (Payload) => {
    expect(failuresIn(await answering({ Payload }))).toEqual([expect.stringMatching(/^Work\.Output: /)]);
  });

  testFunction.each([[{ Payload: '' }], [{}]])('stores null for a function that returns nothing: %j', async (answer) => {
    expect(storedResults(await answering(answer))).toEqual(['null']);
  });

  (functionWorkflow ? describe : describe.skip)('reports', () => {
    const planted = async (from: string, to: string, json = '"done"') => {
      const machine = functionWorkflow as StateMachine;
      const [taken] = await walksOf(machine, json, replaced(machine.definition, from, to));
      return taken as Walk;
    };

    test('an expression that does not parse', async () => {
      expect(failuresIn(await planted('$parse($states.input)', '$parse($states.input'))).not.toEqual([]);
    });

    test('a variable that is not set', async () => {
      const taken = await planted('"job":"{% $job %}"', '"job":"{% $jobKey %}"');
      expect(failuresIn(taken)).toEqual([expect.stringContaining('the value is not defined')]);
    });

    test('an attribute that the result does not have', async () => {
      const taken = await planted('Attributes.requestBody.S', 'Attributes.body.S');
      expect(failuresIn(taken)).toEqual([expect.stringContaining('the value is not defined')]);
    });

    test('a number where DynamoDB wants a text', async () => {
      const taken = await planted('{% $string($floor(', '{% ($floor(');
      expect(taken.calls.flatMap((call) => badAttributes(call.arguments, call.state))).not.toEqual([]);
    });

    test('a result that was parsed and written again', async () => {
      const output = JSON.stringify(functionWorkflow?.definition.States.Work?.Output).slice(1, -1);
      const taken = await planted(output, '{% $string($parse($states.result.Payload)) %}', '0.30000000000000004');
      expect(storedResults(taken)).toEqual(['0.3']);
    });
  });
});

// It comes with the emulator's Python packages, which `npm test` installs and `npm run unit` does not.
const data = botocoreData();
(data ? describe : describe.skip)('botocore', () => {
  test('is asked about error names', () => {
    expect(machines.reduce((sum, { definition }) => sum + unknownErrorNames(definition, data ?? '').looked, 0)).toBeGreaterThan(0);
  });

  test.each(table(machines))('knows each error that %s retries or catches', (_, { definition }) => {
    expect(unknownErrorNames(definition, data ?? '').unknown).toEqual([]);
  });

  test.each([
    ['States.Timedout', 'dynamodb:updateItem'],
    ['DynamoDB.ConditionFailedException', 'dynamodb:updateItem'],
    ['DynamoDb.ConditionalCheckFailedException', 'dynamodb:updateItem'],
    ['Lambda.TooManyRequests', 'aws-sdk:lambda:invoke'],
    ['Lambda.AWSLambdaException', 'aws-sdk:lambda:invoke'],
    ['StepFunctions.ThrottlingException', 'states:startExecution.sync'],
    ['Sfn.ThrottlingException', 'aws-sdk:sfn:startSyncExecution'],
    ['StepFunctions.ExecutionLimitExceeded', 'states:startExecution.sync'],
  ])('does not know %s of %s', (error, integration) => {
    const task = { Type: 'Task', Resource: `arn:aws:states:::${integration}`, Retry: [{ ErrorEquals: [error] }] };
    expect(unknownErrorNames({ StartAt: 'A', States: { A: task } }, data ?? '').unknown).toEqual([`A: ${error}`]);
  });
});
