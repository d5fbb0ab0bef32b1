import * as fs from 'node:fs';
import * as path from 'node:path';
import type { TemplateInput } from './app';
import { Props } from './props';

/** Makes a template of the text of a file. Undefined: of such a file it cannot. Any error that it throws says what is wrong with the text. */
export type TemplateParser = (text: string, file: string) => unknown;

/** Something that is to be checked cannot be read. */
export class UnreadableError extends Error {
  public constructor(file: string, what: string) {
    super(`cannot read ${file}: ${what}`);
  }
}

/** A template that is no other's, and what its assembly says of it. */
interface Root {
  readonly file: string;
  /** What its stack may be called, the best first. */
  readonly names: readonly string[];
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly assets: Assets;
  /** The construct paths of its resources and of those in nested stacks, with their logical ids. */
  readonly constructs: readonly ConstructEntry[];
}

/** A template that was read from a file. */
type FileInput = TemplateInput & { readonly file: string };

interface ConstructEntry {
  readonly path: string;
  readonly logicalId: string;
}

/** The files of an assembly, by the names under which they are uploaded. */
type Assets = ReadonlyMap<string, string>;

const MANIFEST = 'manifest.json';
/** Beside each manifest; it has the version of the format. */
const MARKER = 'cdk.out';
const STACK_ARTIFACT = 'aws:cloudformation:stack';
const ASSEMBLY_ARTIFACT = 'cdk:cloud-assembly';
const ASSETS_ARTIFACT = 'cdk:asset-manifest';
const LOGICAL_ID_METADATA = 'aws:cdk:logicalId';

const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** More than CloudFormation takes by far: it takes a megabyte. */
const LARGEST_FILE = 100 * 1024 * 1024;

/** Templates that nest each other again and again are followed no further; what is deeper is unknown. */
const DEEPEST_NESTING = 20;
const MOST_USES_OF_A_TEMPLATE = 100;

/** Whether a folder is one that `cdk synth` writes, be it whole or not. Other things have manifests too. */
export function isAssembly(directory: string): boolean {
  const manifest = path.join(directory, MANIFEST);
  try {
    return isFile(manifest) && (isFile(path.join(directory, MARKER)) || new Props(JSON.parse(textOf(manifest))).has('artifacts') === true);
  } catch {
    return false;
  }
}

/**
 * The templates of a cloud assembly, such as `cdk.out`: of its stacks, of the stages in it, and those that are nested in them.
 *
 * @throws UnreadableError if the folder is none, or if a file of it is missing or broken
 */
export function readAssembly(directory: string, parse: TemplateParser = parseJson): TemplateInput[] {
  if (!isFile(path.join(directory, MANIFEST))) {
    throw new UnreadableError(directory, `it is no cloud assembly, because it has no ${MANIFEST}`);
  }
  return new TemplateReading(parse).read([...rootsIn(directory, new Set())]);
}

/**
 * Templates by their files, with those that are nested in them. What the cloud assembly in their folder says of them, if there is one, is known of them too.
 *
 * @throws UnreadableError if one is missing or broken
 */
export function readTemplates(files: readonly string[], parse: TemplateParser = parseJson): TemplateInput[] {
  const assemblies = new Map<string, ReadonlyMap<string, Root>>();
  const rootOf = (file: string): Root => {
    const directory = path.dirname(file);
    const known = assemblies.get(directory)
      ?? new Map(isAssembly(directory) ? [...stacksOf(directory, artifactsOf(directory))].map((root) => [path.basename(root.file), root]) : []);
    assemblies.set(directory, known);
    const name = path.basename(file).replace(/(\.template)?(\.\w+)?$/, '');
    const names = [name, `${path.basename(path.resolve(directory))}-${name}`];
    return { names, assets: new Map(), constructs: [], ...known.get(path.basename(file)), file };
  };
  return new TemplateReading(parse).read(files.map(rootOf));
}

/** Only JSON is read without help. */
function parseJson(text: string, file: string): unknown {
  return /\.ya?ml$/i.test(file) ? undefined : JSON.parse(text);
}

class TemplateReading {
  private readonly templates = new Map<string, unknown>();
  private readonly uses = new Map<string, number>();
  private readonly taken = new Set<string>();

  public constructor(private readonly parse: TemplateParser) {}

  public read(roots: readonly Root[]): TemplateInput[] {
    const shared = repeated(roots.map(({ names: [first] }) => first));
    const apps = roots.map((root) => {
      const { file, names, account, region, constructs } = root;
      const template = this.templateOf(file);
      if (typeof template !== 'object' || template === null || Array.isArray(template)) {
        throw new UnreadableError(file, template === undefined ? 'only JSON can be read here' : 'it is no template');
      }
      // All stacks that are called alike go by what tells them apart.
      const stack = this.unique(shared.has(names[0]) ? names.slice(1) : names);
      return { root, input: { stack, template, account, region, file, paths: pathsOf(constructs) } };
    });
    const nested = apps.map(({ root, input }) => [...this.nestedIn(input, root)]);
    // Of a folder, templates are given that others nest.
    const isNested = new Set(nested.flat().map(({ file }) => path.resolve(file)));
    return apps.flatMap(({ root, input }, index) => (isNested.has(path.resolve(root.file)) ? [] : [input, ...nested[index] ?? []]));
  }

  private *nestedIn(root: FileInput, { assets, constructs }: Root): Iterable<FileInput> {
    const open = [{ input: root, above: [path.resolve(root.file)] }];
    for (const { input, above } of open) {
      for (const [logicalId, resource] of Object.entries(new Props(input.template).part('Resources').content ?? {})) {
        const file = nestedFile(new Props(resource), path.dirname(input.file), assets);
        const place = file === undefined ? '' : path.resolve(file);
        const uses = (this.uses.get(place) ?? 0) + 1;
        if (file === undefined || above.includes(place) || above.length > DEEPEST_NESTING || uses > MOST_USES_OF_A_TEMPLATE) {
          continue;
        }
        const template = this.templateOf(file);
        const nestedAt = input.paths?.get(logicalId);
        if (template !== undefined) {
          this.uses.set(place, uses);
          const one = {
            stack: this.unique([`${input.stack}-${logicalId}`]),
            template,
            file,
            nestedIn: { stack: input.stack, logicalId },
            paths: pathsOf(nestedAt === undefined ? [] : constructs, prefixIn(nestedAt ?? '')),
          };
          yield one;
          open.push({ input: one, above: [...above, place] });
        }
      }
    }
  }

  private templateOf(file: string): unknown {
    const place = path.resolve(file);
    if (!this.templates.has(place)) {
      this.templates.set(place, parsed(file, this.parse));
    }
    return this.templates.get(place);
  }

  private unique(names: readonly string[]): string {
    const last = names.at(-1) ?? '';
    let name = names.find((one) => !this.taken.has(one));
    for (let number = 2; name === undefined; number++) {
      name = this.taken.has(`${last}-${number}`) ? undefined : `${last}-${number}`;
    }
    this.taken.add(name);
    return name;
  }
}

/** What comes more than once. */
function repeated<T>(items: readonly T[]): ReadonlySet<T> {
  const seen = new Set<T>();
  return new Set(items.filter((item) => {
    const again = seen.has(item);
    seen.add(item);
    return again;
  }));
}

/** The file of a nested stack's template, if it is there. */
function nestedFile(resource: Props, directory: string, assets: Assets): string | undefined {
  if (resource.value('Type') !== NESTED_STACK) {
    return undefined;
  }
  const url = resource.value('Properties.TemplateURL');
  // The toolkit has CDK write where the template is; without it, only the name is known under which it is uploaded.
  const [uploaded = ''] = /[0-9a-f]{64}\.\w+/.exec(textIn(url)) ?? [];
  const written = resource.value('Metadata.aws:asset:path');
  const local = typeof url === 'string' && !/^\w+:\/\//.test(url) ? url : undefined;
  const name = typeof written === 'string' ? written : assets.get(uploaded) ?? local;
  const file = name === undefined ? undefined : path.join(directory, name);
  return file !== undefined && isFile(file) ? file : undefined;
}

function textIn(url: unknown): string {
  const [form, parts] = typeof url === 'object' && url !== null ? Object.entries(url)[0] ?? [] : ['', url];
  const last = form === 'Fn::Join' && Array.isArray(parts) && Array.isArray(parts[1]) ? parts[1].at(-1) : parts;
  return typeof last === 'string' ? last : '';
}

function* rootsIn(directory: string, read: Set<string>): Iterable<Root> {
  const place = path.resolve(directory);
  if (read.has(place)) {
    return;
  }
  read.add(place);
  const artifacts = artifactsOf(directory);
  yield* stacksOf(directory, artifacts);
  for (const [, artifact] of artifacts) {
    const nested = artifact.literal('properties.directoryName');
    if (artifact.value('type') === ASSEMBLY_ARTIFACT && nested !== undefined) {
      yield* rootsIn(path.join(directory, nested), read);
    }
  }
}

function artifactsOf(directory: string): [string, Props][] {
  const manifest = new Props(parseManifest(path.join(directory, MANIFEST)));
  const artifacts = manifest.value('artifacts') ?? {};
  if (typeof artifacts !== 'object') {
    throw new UnreadableError(path.join(directory, MANIFEST), 'it lists no artifacts');
  }
  return Object.entries(artifacts).map(([id, artifact]) => [id, new Props(artifact)]);
}

function* stacksOf(directory: string, artifacts: readonly [string, Props][]): Iterable<Root> {
  const assets = assetsOf(directory, artifacts);
  for (const [id, artifact] of artifacts) {
    const template = artifact.literal('properties.templateFile');
    if (artifact.value('type') === STACK_ARTIFACT && template !== undefined) {
      const [, account, region] = /^aws:\/\/([^/]+)\/([^/]+)$/.exec(artifact.text('environment') ?? '') ?? [];
      yield {
        file: path.join(directory, template),
        names: [artifact.literal('properties.stackName') ?? id, id],
        account: account === 'unknown-account' ? undefined : account,
        region: region === 'unknown-region' ? undefined : region,
        assets,
        constructs: constructsOf(directory, artifact),
      };
    }
  }
}

/** Templates have paths only if the CDK's command line asked for them; the manifest has them always. */
function constructsOf(directory: string, artifact: Props): ConstructEntry[] {
  const file = artifact.literal('additionalMetadataFile');
  const further = file !== undefined && isFile(path.join(directory, file)) ? parseManifest(path.join(directory, file)) : undefined;
  return [artifact.part('metadata'), new Props(further)].flatMap((metadata) => Object.entries(metadata.content ?? {})).flatMap(([place, entries]) => (
    new Props({ entries }).items('entries')?.filter((entry) => entry.value('type') === LOGICAL_ID_METADATA)
      .map((entry) => ({ path: place.replace(/^\//, ''), logicalId: entry.text('data') ?? '' })) ?? []
  ));
}

/** The resource that is a nested stack. The constructs in the stack are below the path before the dot. */
const NESTED_STACK_PATH = /\.NestedStack\/[^/]*\.NestedStackResource$/;

/** The paths of the constructs of one template, by logical ids: those of stacks that are nested in it are left out. */
function pathsOf(constructs: readonly ConstructEntry[], prefix = ''): ReadonlyMap<string, string> {
  const own = constructs.filter((construct) => construct.path.startsWith(prefix));
  const nested = own.filter((construct) => NESTED_STACK_PATH.test(construct.path)).map((construct) => prefixIn(construct.path));
  const isOwn = (construct: ConstructEntry) => !nested.some((one) => construct.path.startsWith(one));
  return new Map(own.filter(isOwn).map((construct) => [construct.logicalId, construct.path]));
}

/** What the paths in a nested stack begin with. */
function prefixIn(nestedStack: string): string {
  return `${nestedStack.replace(NESTED_STACK_PATH, '')}/`;
}

function assetsOf(directory: string, artifacts: readonly [string, Props][]): Assets {
  const manifests = artifacts.filter(([, artifact]) => artifact.value('type') === ASSETS_ARTIFACT)
    .map(([, artifact]) => path.join(directory, artifact.literal('properties.file', '') ?? ''));
  const assets = manifests.filter(isFile).flatMap((file) => membersOf(new Props(parseManifest(file)).part('files')));
  return new Map(assets.flatMap((asset) => {
    const source = asset.literal('source.path');
    const keys = membersOf(asset.part('destinations')).map((destination) => destination.text('objectKey')?.split('/').at(-1) ?? '');
    return source === undefined ? [] : keys.map((key) => [key, source] as const);
  }));
}

function membersOf(of: Props): Props[] {
  return Object.values(of.content ?? {}).map((content) => new Props(content));
}

function parseManifest(file: string): unknown {
  return parsed(file, (text) => JSON.parse(text));
}

function isFile(file: string): boolean {
  return statOf(file)?.isFile() === true;
}

function statOf(file: string): fs.Stats | undefined {
  try {
    return fs.statSync(file);
  } catch {
    // A path that is too long, or that has no end, leads to nothing either.
    return undefined;
  }
}

function parsed(file: string, parse: TemplateParser): unknown {
  const text = textOf(file);
  try {
    return parse(text, file);
  } catch (error) {
    throw new UnreadableError(file, (error as Error).message.replace(/\s+/g, ' '));
  }
}

/** The text of a file, if it is one that a template may be. */
export function textOf(file: string): string {
  const stat = statOf(file);
  if (stat === undefined || !stat.isFile()) {
    throw new UnreadableError(file, stat === undefined ? 'there is no such file' : 'it is no file');
  }
  if (stat.size > LARGEST_FILE) {
    throw new UnreadableError(file, 'it is too large to be a template');
  }
  try {
    return fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UnreadableError(file, (error as Error).message);
  }
}
