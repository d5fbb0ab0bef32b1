import { App, CfnResource, Stack } from 'aws-cdk-lib';
import { OnlyOnAws } from '../../emulator/only-on-aws';
import { leftOutOf } from '../../integ/support/left-out';

function assemblyWith(...types: string[]): string {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  types.forEach((type, index) => new CfnResource(stack, `R${index}`, { type }));
  OnlyOnAws.apply(app);
  return app.synth().directory;
}

test('what the emulator does not have is named, with the reason', () => {
  expect(leftOutOf(assemblyWith('AWS::SQS::Queue', 'AWS::Events::Connection'))).toEqual([
    'Stack: R1 (AWS::Events::Connection): the API is there, the resource type is not',
  ]);
});

test('of what it has nothing is said', () => {
  expect(leftOutOf(assemblyWith('AWS::SQS::Queue'))).toEqual([]);
});
