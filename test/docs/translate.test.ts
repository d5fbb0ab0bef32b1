import type { Original } from '../../rosetta/translate';
import { problemsOf, translate } from '../../rosetta/translate';

const NO_TEXTS = { python: '', java: '', go: '', csharp: '' };

function original(code: string, options: Record<string, string> = {}): Original {
  return { where: 'page.md:1', code, options: new Map(Object.entries({ nofixture: '', ...options })) };
}

describe('what is not translated', () => {
  const problems = (found: readonly string[], options: Record<string, string> = {}) => problemsOf([original('', options)], [{ texts: NO_TEXTS, problems: found }]);

  test('is an error that names the snippet, and says how to leave it out', () => {
    expect(problems(['It has a spread.'])).toEqual(['page.md:1: It has a spread. Or say why it is left out: untranslated=class|spread']);
  });

  test('is none where the snippet gives a reason', () => {
    expect(problems(['It has a spread.'], { untranslated: 'spread' })).toEqual([]);
  });

  test('needs a reason that is known', () => {
    expect(problems(['It has a spread.'], { untranslated: 'tedious' })).toEqual(["page.md:1: untranslated is 'tedious', but must be one of class, spread"]);
  });

  test('is not left out where it could be translated', () => {
    expect(problems([], { untranslated: 'spread' })).toEqual(['page.md:1: jsii-rosetta translates it: leave out untranslated=spread']);
  });
});

describe('a translation', () => {
  const [values, spread, wrong, declared] = translate([
    original("import * as lambda from 'aws-cdk-lib/aws-lambda';\nimport { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';"),
    original('const some = [1, 2];\nconst more = [...some];'),
    original('const count: number = "three";'),
    original('class Engine {}'),
  ]);

  test('imports the packages that there are in Go', () => {
    expect(values?.texts.go.split('\n')).toEqual([
      'import lambda "github.com/aws/aws-cdk-go/awscdk/v2/awslambda"',
      'import "github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"',
      'import "github.com/aws/jsii-runtime-go"',
    ]);
  });

  test.each([
    ['a construct of the language that jsii-rosetta does not know', spread, /SpreadElement/],
    ['code that does not compile', wrong, /not assignable to type 'number'/],
    ['a class', declared, /class is incomplete/],
  ])('reports %s', (_, translation, problem) => {
    expect(translation?.problems.join('\n')).toMatch(problem);
  });
});
