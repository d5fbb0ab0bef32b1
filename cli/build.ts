import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { bundleMapPage } from './map-page/bundle';

/** Bundles the tool into one file, with the page of the map in it as text. */
const { values: { outfile } } = parseArgs({ options: { outfile: { type: 'string', default: 'lib/cli.js' } } });

buildSync({
  absWorkingDir: __dirname,
  entryPoints: ['src/bin.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  legalComments: 'none',
  define: { MAP_PAGE: JSON.stringify(bundleMapPage()) },
  outfile: path.resolve(__dirname, outfile),
  logLevel: 'warning',
});
