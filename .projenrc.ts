import { awscdk, javascript, JsonFile } from 'projen';

/** The oldest aws-cdk-lib that users may have; the library is compiled and tested against it, and once more against the newest. */
const CDK_FLOOR = '2.250.0';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-serverless-patterns',
  description: 'AWS CDK constructs for serverless patterns that lose nothing: dead-letter queues, concurrency and alarms set by default, each pattern deployed and broken in test',
  author: 'cdk-serverless-patterns maintainers',
  authorAddress: 'maintainers@users.noreply.github.com',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns.git',
  keywords: ['aws', 'cdk', 'aws-cdk', 'serverless', 'sqs', 'lambda', 'dead-letter-queue', 'patterns', 'constructs'],
  license: 'Apache-2.0',
  copyrightOwner: 'The cdk-serverless-patterns authors',
  defaultReleaseBranch: 'main',

  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',

  cdkVersion: CDK_FLOOR,
  constructsVersion: '10.5.1',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~6.0.3',

  publishToPypi: { distName: 'cdk-serverless-patterns', module: 'cdk_serverless_patterns' },
  publishToMaven: {
    javaPackage: 'io.github.cdkserverlesspatterns',
    mavenGroupId: 'io.github.cdkserverlesspatterns',
    mavenArtifactId: 'cdk-serverless-patterns',
  },
  publishToGo: { moduleName: 'github.com/cdkserverlesspatterns/cdk-serverless-patterns-go', packageName: 'cdkserverlesspatterns' },
  publishToNuget: { dotNetNamespace: 'CdkServerlessPatterns', packageId: 'CdkServerlessPatterns' },

  devDeps: [
    'projen@0.103.25',
    'tsx@^4.23.15',
    'esbuild@^0.28.2',
    'jest@^30.5.2',
    'ts-jest@^29.4.15',
    '@types/jest@^30',
    '@types/node@^20',
    'jsii-rosetta@~6.0.0',
    'jsii-pacmak@1.140.0',
    'jsii-docgen@^10.12.6',
    // The real toolkit and the integ runner: the newest that read each other's cloud assemblies.
    'aws-cdk@2.1148.1',
    '@aws-cdk/integ-runner@2.197.10',
    '@aws-cdk/integ-tests-alpha@2.245.0-alpha.0',
    'cdk-nag@^2.38.0',
    // Deploys the integ tests to the emulator in one process.
    '@aws-cdk/toolkit-lib@1.43.0',
    // Second opinions on what is synthesized, each independent of the emulator: see test/opinions/README.md.
    'asl-validator@^4.0.0',
    'jsonata@^2.2.2',
    '@aws-cdk/aws-service-spec@^0.1.216',
    '@aws/cloudformation-validate@1.9.0-beta',
    // Handlers of the integ tests and the example find these in the real Lambda runtime; the emulator finds them here.
    '@aws-sdk/client-sqs@^3',
    '@aws-sdk/client-lambda@^3',
    '@aws-sdk/client-dynamodb@^3',
    '@aws-sdk/lib-dynamodb@^3',
    '@aws-sdk/client-cloudformation@^3',
    '@aws-sdk/client-cloudwatch@^3',
    '@aws-sdk/client-codedeploy@^3',
    '@aws-sdk/client-iam@^3',
    '@aws-sdk/client-s3@^3',
    '@aws-sdk/client-sfn@^3',
    '@aws-sdk/client-sns@^3',
    // The command-line tool brings this one and three of those above.
    '@aws-sdk/client-firehose@^3',
    // The example's client signs its requests with it.
    '@smithy/signature-v4@^5',
    '@types/aws-lambda@^8',
    // Renders the mapping templates of APIs in the unit tests; the emulator does with another engine.
    'velocityjs@^2.1.7',
    // Read the templates that the command-line tool is given, and judge the reports that it writes.
    'yaml@^2',
    '@microsoft/jest-sarif@1.0.0-beta.0',
    // Lays out the map of deliveries, in the page that the tool writes.
    '@dagrejs/dagre@3.1.3',
    // jsii-pacmak writes the installed versions of these two into go.mod.
    '@aws-cdk/cloud-assembly-schema@53.0.0',
    '@aws-cdk/asset-node-proxy-agent-v6@2.1.1',
  ],

  // Names of the standard top level, and one way to do each thing.
  docgen: true,
  docgenFilePath: 'API.md',
  readme: { contents: '# cdk-serverless-patterns\n' },
  sampleCode: false,
  github: false,
  release: false,
  depsUpgrade: false,
  buildWorkflow: false,
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  integrationTestAutoDiscover: false,
  excludeTypescript: ['cdk.out/**'],
  eslintOptions: {
    dirs: ['src'],
    devdirs: ['runtime', 'cli', 'test', 'integ', 'emulator', 'examples', 'benchmark', 'scripts', 'rosetta'],
    ignorePatterns: ['.build', '.emulator', '*.js', '*.d.ts', 'node_modules/', '*.generated.ts', 'coverage', 'lib', 'dist', 'cdk.out', '*.snapshot'],
  },
  jestOptions: {
    configFilePath: 'jest.config.json',
    jestConfig: {
      roots: ['<rootDir>/test'],
      // A check of its own: npm test -- opinions.
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/opinions/'],
      moduleNameMapper: { '^cdk-serverless-patterns$': '<rootDir>/src', '^cdk-serverless-patterns-runtime$': '<rootDir>/runtime/src' },
      globalSetup: '<rootDir>/test/jest-global-setup.ts',
      globalTeardown: '<rootDir>/test/jest-global-teardown.ts',
      setupFiles: ['<rootDir>/test/jest-setup.ts'],
      collectCoverage: false,
    },
    junitReporting: false,
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
  },
  tsJestOptions: { transformOptions: { isolatedModules: true } },
  // No source maps: the compiled files read like the sources, and without these every import of the library is quicker.
  tsconfig: { compilerOptions: { types: ['node'], inlineSourceMap: false, inlineSources: false } },
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    compilerOptions: {
      module: 'node16',
      moduleResolution: javascript.TypeScriptModuleResolution.NODE16,
      target: 'ES2022',
      lib: ['es2022'],
      isolatedModules: true,
      esModuleInterop: true,
      skipLibCheck: true,
      types: ['node', 'jest'],
      rootDir: '.',
    },
    include: ['.projenrc.ts', 'src/**/*.ts', 'runtime/src/**/*.ts', 'cli/src/**/*.ts', 'test/**/*.ts', 'integ/**/*.ts', 'emulator/**/*.ts', 'examples/**/*.ts', 'benchmark/**/*.ts', 'scripts/**/*.ts', 'rosetta/**/*.ts'],
    exclude: ['node_modules', '**/*.snapshot', '**/cdk.out', '.build', '.emulator'],
  },
  gitignore: [
    '.emulator/', '.build/', 'cdk.out/', 'cdk.context.json', '*.tabl.json', '.DS_Store',
    '/runtime/lib/', '/cli/lib/', '__pycache__/', '.pytest_cache/', '/integ/cdk-integ.out.*', '/integ/*.snapshot/', '/examples/order-desk/report.html',
  ],
});

// jsii, and then what makes the library quick to load.
project.compileTask.reset('tsx scripts/compile.ts');

// One TypeScript runner for every script, this file included.
project.defaultTask?.reset('tsx .projenrc.ts');

// The package is the library, its assembly, API.md, README and licence; nothing else.
project.npmignore?.exclude(
  // Only the command line draws maps.
  'lib/delivery/map/',
  '*.tabl.json',
  '.ci/',
  '.emulator/',
  '.build/',
  'integ/',
  'emulator/',
  'examples/',
  'benchmark/',
  'cli/',
  'docs/',
  'rosetta/',
  'runtime/',
  'scripts/',
  'test/',
  'CONTRIBUTING.md',
  '.projenrc.ts',
  'jest.config.json',
  'tsconfig.*.json',
  'cdk.out/',
);

// The README of each language's package shows its snippets in that language.
for (const task of project.tasks.all.filter(({ name }) => /^package:(python|java|go|dotnet)$/.test(name))) {
  task.reset(`jsii-pacmak -v --target ${task.name.split(':')[1]} --rosetta-unknown-snippets translate`);
}

// The package's root is what people import; package.json is what tools read.
project.package.addField('exports', { '.': { types: './lib/index.d.ts', default: './lib/index.js' }, './package.json': './package.json', './.jsii': './.jsii' });
project.package.addField('overrides', { 'unrs-resolver': '1.12.2' });
project.tsconfigDev.file.addOverride('compilerOptions.paths', {
  'cdk-serverless-patterns': ['./src/index.ts'],
  'cdk-serverless-patterns-runtime': ['./runtime/src/index.ts'],
});

// Lint knows the types of everything that the development configuration covers, not only of src.
const eslintrc = project.tryFindObjectFile('.eslintrc.json');
eslintrc?.addDeletionOverride('parserOptions.projectService');
eslintrc?.addOverride('parserOptions.project', './tsconfig.dev.json');
eslintrc?.addOverride('settings.import/resolver.typescript.project', './tsconfig.dev.json');

// The check that jsii's own compiler options leave out. (Not exactOptionalPropertyTypes: aws-cdk-lib's own props do not take it when one is handed on.)
new JsonFile(project, 'tsconfig.strict.json', {
  obj: {
    extends: './tsconfig.dev.json',
    compilerOptions: { noEmit: true, noUncheckedIndexedAccess: true },
  },
});

// Every command sets itself up on a bare machine, so these start with plain Node and no package.
for (const command of ['demo', 'test', 'pattern', 'unit', 'emulator', 'integ', 'integ:aws', 'languages', 'mutation', 'newest', 'upgrade', 'repeat', 'proof', 'rules', 'projection', 'seeded-faults', 'benchmark', 'snippets', 'twins', 'wild']) {
  project.setScript(command, `node scripts/run.js ${command}`);
}

project.synth();
