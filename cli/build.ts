import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { BuildOptions } from 'esbuild';
import { buildSync } from 'esbuild';
import { bundleMapPage } from './map-page/bundle';

/** What only `replay` needs, and is larger than all the rest: a file of its own, which only it loads. */
const AWS_CLIENTS = './replay/aws-clients.js';

/** Bundles the tool into one file, with the page of the map in it as text, and the AWS clients into another. */
const { values: { outfile } } = parseArgs({ options: { outfile: { type: 'string', default: 'lib/cli.js' } } });
const tool = path.resolve(__dirname, outfile);

const common: BuildOptions = {
  absWorkingDir: __dirname,
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

const { metafile: ofTool } = buildSync({
  ...common,
  entryPoints: ['src/bin.ts'],
  define: { MAP_PAGE: JSON.stringify(bundleMapPage()) },
  external: [AWS_CLIENTS],
  outfile: tool,
});

const { metafile: ofClients } = buildSync({
  ...common,
  entryPoints: ['src/replay/aws-clients.ts'],
  // The modules of which what is not used can be left out.
  mainFields: ['module', 'main'],
  outfile: path.resolve(path.dirname(tool), AWS_CLIENTS),
});

requireLicences([ofTool, ofClients].flatMap((meta) => Object.values(meta?.outputs ?? {})).flatMap(({ inputs }) => (
  Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file)
)));

/** Who is bundled in asks that the licence goes along. */
function requireLicences(files: readonly string[]): void {
  const text = fs.readFileSync(path.join(__dirname, 'THIRD-PARTY-LICENSES'), 'utf8');
  const names = new Set(files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  const missing = [...names].filter((name) => !text.includes(`\n${name} (`));
  if (missing.length > 0) {
    throw new Error(`THIRD-PARTY-LICENSES lacks ${missing.join(', ')}`);
  }
}
