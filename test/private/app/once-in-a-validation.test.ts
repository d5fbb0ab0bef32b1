import { App, Stack, Stage } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { onceInAValidation } from '../../../src/private/app/once-in-a-validation';

/** Constructs that ask for the paths in their stage when they are validated. */
function appWith(find: jest.Mock<string[], [Construct]>) {
  const app = new App();
  const seen: string[][] = [];
  const asking = (scope: Construct, id: string) => {
    const construct = new Construct(scope, id);
    construct.node.addValidation({
      validate: () => {
        seen.push(onceInAValidation(construct, 'paths', find));
        return [];
      },
    });
  };
  const stack = new Stack(app, 'Stack');
  ['One', 'Two', 'Three'].forEach((id) => asking(stack, id));
  return { app, stack, asking, seen };
}

const pathsIn = () => jest.fn<string[], [Construct]>((stage) => stage.node.findAll().map(({ node }) => node.path));

test('a stage is looked through once for all that ask', () => {
  const find = pathsIn();
  const { app, seen } = appWith(find);
  app.synth();
  expect(find).toHaveBeenCalledTimes(1);
  expect(seen).toHaveLength(3);
  expect(seen[0]).toContain('Stack/Three');
});

test('it is looked through again when the app is synthesized again, with what was added meanwhile', () => {
  const find = pathsIn();
  const { app, stack, seen } = appWith(find);
  app.synth();
  new Construct(stack, 'Later');
  app.synth({ force: true });
  expect(find).toHaveBeenCalledTimes(2);
  expect(seen[2]).not.toContain('Stack/Later');
  expect(seen[3]).toContain('Stack/Later');
});

test('each stage is looked through by itself', () => {
  const find = pathsIn();
  const { app, asking, seen } = appWith(find);
  asking(new Stack(new Stage(app, 'Prod'), 'Stack'), 'One');
  app.synth();
  expect(find).toHaveBeenCalledTimes(2);
  expect(seen.map((paths) => paths.includes('Stack/One'))).toEqual(expect.arrayContaining([true, false]));
});
