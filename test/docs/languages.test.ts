import * as fs from 'node:fs';
import * as path from 'node:path';
import { pagesWithSnippets, snippetsOfMarkdown, TRANSLATED } from '../../rosetta/snippets';
import { ROOT } from '../rigs/structs';

interface Targets {
  readonly python: { readonly module: string };
  readonly java: { readonly package: string };
  readonly go: { readonly moduleName: string; readonly packageName: string };
  readonly dotnet: { readonly namespace: string };
}

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');

const translated = fs.readdirSync(path.join(ROOT, TRANSLATED), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'));

const originals = pagesWithSnippets().filter((file) => (
  snippetsOfMarkdown(file, read(file)).some(({ options }) => !options.has('untranslated') && (options.get('fixture') ?? 'default') === 'default')
));

test('every page with snippets of apps is translated, and no other', () => {
  expect(translated.sort()).toEqual(originals.map((file) => file.replace(/^docs\//, '')).sort());
});

// README.md links to the repository, where it is shown elsewhere too.
test.each(originals.filter((file) => file !== 'README.md'))('%s leads to its translation, and that leads back', (file) => {
  const twin = path.join(TRANSLATED, file.replace(/^docs\//, ''));
  expect(read(file)).toContain(`](${path.relative(path.dirname(file), twin)})`);
  expect(read(twin)).toContain(`](${path.relative(path.dirname(twin), file)})`);
});

test('README.md leads to the translations', () => {
  expect(read('README.md')).toContain('/blob/main/docs/languages/README.md)');
});

test.each(translated)('%s imports the library by the names that it is published under', (file) => {
  const { jsii: { targets: { python, java, go, dotnet } } } = JSON.parse(read('package.json')) as { readonly jsii: { readonly targets: Targets } };
  const text = read(path.join(TRANSLATED, file));
  expect(text).toContain(`\nfrom ${python.module} import `);
  expect(text).toContain(`\nimport ${java.package}.`);
  expect(text).toContain(`\nimport "${go.moduleName}/${go.packageName}"\n`);
  expect(text).toContain(`\nusing ${dotnet.namespace};\n`);
});

// jsii-rosetta names none of them rightly by itself: see rosetta/translate.ts.
test.each(translated)('%s has in Go only packages that there are, and no operator in a name', (file) => {
  const go = [...read(path.join(TRANSLATED, file)).matchAll(/^```go\n(.*?)^```$/gms)].map(([, code = '']) => code).join('');
  const packages = [...go.matchAll(/^import (?:\w+ )?"(.+)"$/gm)].map(([, name = '']) => name);
  const known = /^github\.com\/(aws\/aws-cdk-go\/awscdk\/v2(\/aws[a-z0-9]+)?|aws\/constructs-go\/constructs\/v10|aws\/jsii-runtime-go|cdkserverlesspatterns\/.+)$/;
  expect(packages.filter((name) => !known.test(name))).toEqual([]);
  expect(go.match(/\w+_\*\w+/g)).toBeNull();
});
