import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, succeeds } from './command';
import { MAVEN_CACHE } from './packages';

/** How the app of one language is built and run, as somebody who writes in that language does it. */
export interface Language {
  readonly name: string;
  /** The app's folder, here. */
  readonly folder: string;
  /** What jsii-pacmak calls the language. */
  readonly target: string;
  /** Runs the unit tests of the app, in the environment that it runs in. Undefined: it has none. */
  readonly test?: (app: string, environment: Readonly<Record<string, string>>) => Promise<void>;
  /** What this machine lacks to build the app, if anything. */
  missing(): Promise<string | undefined>;
  /** Installs what the app in folder `app` needs, the library from the packages in `dist`; gives the environment to run the app in. */
  install(app: string, dist: string): Promise<Record<string, string>>;
  /** The folder that has the library's sources in this language, once the app is installed. */
  sources(app: string, dist: string): Promise<string>;
}

const typescript: Language = {
  name: 'TypeScript',
  folder: 'typescript',
  target: 'js',
  missing: async () => undefined,
  install: async (app, dist) => {
    const tarball = path.join(dist, onlyFile(dist, '.tgz'));
    await run('npm', ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', tarball], { cwd: app });
    await run('npx', ['tsc', '--incremental'], { cwd: app });
    return {};
  },
  sources: async (app) => path.join(app, 'node_modules', 'cdk-serverless-patterns', 'lib'),
};

const python: Language = {
  name: 'Python',
  folder: 'python',
  target: 'python',
  missing: async () =>
    await succeeds('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))']) ? undefined : 'Python 3.10 or newer with its venv module',
  install: async (app, dist) => {
    const bin = path.join(app, 'venv', 'bin');
    if (!fs.existsSync(path.join(bin, 'pip'))) {
      await run('python3', ['-m', 'venv', 'venv'], { cwd: app });
    }
    await run(path.join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--find-links', dist, '-r', 'requirements.txt'], { cwd: app });
    return { PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  },
  sources: async (app) => {
    const print = 'import importlib.util; print(importlib.util.find_spec("cdk_serverless_patterns").submodule_search_locations[0])';
    return (await run(path.join(app, 'venv', 'bin', 'python'), ['-c', print], { cwd: app })).trim();
  },
};

const java: Language = {
  name: 'Java',
  folder: 'java',
  target: 'java',
  missing: async () => {
    if (!await succeeds('javac', ['--release', '17', '-version'])) {
      return 'a JDK, 17 or newer';
    }
    return await succeeds('mvn', ['--version']) ? undefined : 'Maven';
  },
  install: async (app, dist) => {
    // Maven keeps a released version for ever, and takes any 0.0.0 that it has.
    fs.rmSync(path.join(MAVEN_CACHE, 'io', 'github', 'cdkserverlesspatterns'), { recursive: true, force: true });
    fs.writeFileSync(path.join(app, 'settings.xml'), `<settings>
  <localRepository>${MAVEN_CACHE}</localRepository>
  <profiles>
    <profile>
      <id>packed</id>
      <repositories><repository><id>packed</id><url>${pathToFileURL(dist).href}</url></repository></repositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>packed</activeProfile></activeProfiles>
</settings>
`);
    fs.mkdirSync(path.join(app, '.mvn'), { recursive: true });
    fs.writeFileSync(path.join(app, '.mvn', 'maven.config'), '--batch-mode\n--settings=settings.xml\n');
    return {};
  },
  test: async (app, env) => {
    await run('mvn', ['-e', '-q', 'test'], { cwd: app, env });
  },
  sources: async (app, dist) => {
    const sources = path.join(app, 'sources');
    fs.rmSync(sources, { recursive: true, force: true });
    fs.mkdirSync(sources);
    await run('jar', ['--extract', '--file', path.join(dist, onlyFile(dist, '-sources.jar'))], { cwd: sources });
    return sources;
  },
};

const go: Language = {
  name: 'Go',
  folder: 'go',
  target: 'go',
  missing: async () => await succeeds('go', ['version']) ? undefined : 'Go',
  install: async (app, dist) => {
    const module = 'github.com/cdkserverlesspatterns/cdk-serverless-patterns-go/cdkserverlesspatterns';
    await run('go', ['mod', 'edit', `-replace=${module}=${path.join(dist, 'cdkserverlesspatterns')}`], { cwd: app });
    return { GOFLAGS: `${process.env.GOFLAGS ?? ''} -mod=mod`, GOWORK: 'off' };
  },
  sources: async (_app, dist) => path.join(dist, 'cdkserverlesspatterns'),
};

/** The language of the library first: the templates of the others are compared with its template. */
export const LANGUAGES: readonly Language[] = [typescript, python, java, go];

function onlyFile(folder: string, ending: string): string {
  const [file, ...more] = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  if (file === undefined || more.length > 0) {
    throw new Error(`there must be one file *${ending} in ${folder}, but there are ${file === undefined ? 0 : more.length + 1}`);
  }
  return file;
}
