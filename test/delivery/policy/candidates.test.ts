import { candidatesOf } from '../../../src/delivery/policy/candidates';
import { Statement } from '../../../src/delivery/policy/statement';

/** The statements of a policy that may match, of one that matches and others about another action. */
function candidatesAmong(others: number): readonly string[] {
  const statement = (action: string) => new Statement(action, { Effect: 'Allow', Principal: '*', Action: action, Resource: '*' });
  const statements = [statement('sqs:SendMessage'), ...Array.from({ length: others }, () => statement('sqs:ReceiveMessage'))];
  const request = { caller: { service: 'sns.amazonaws.com' }, action: 'sqs:SendMessage', resource: 'arn:aws:sqs:eu-west-1:111122223333:orders', context: () => undefined };
  return candidatesOf({ statements, complete: true }, request).map(({ place }) => place);
}

test('statements are looked up in a policy of more than ten', () => {
  expect(candidatesAmong(9)).toHaveLength(10);
  expect(candidatesAmong(10)).toEqual(['sqs:SendMessage']);
});
