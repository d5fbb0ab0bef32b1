import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import type { MapPage } from '../../src/delivery/map/html';

/** What the script has in it of others. */
const BUNDLED = ['@dagrejs/dagre', '@dagrejs/graphlib'];

/** Bundles the script and the style of the page, which the command line has with it as text. */
export function bundleMapPage(): MapPage {
  const bundled = (entry: string) => {
    const { outputFiles: [output] } = buildSync({
      entryPoints: [path.join(__dirname, entry)],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      target: ['chrome109', 'firefox115', 'safari16'],
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'warning',
    });
    return output?.text ?? '';
  };
  const script = `${licences()}${bundled('page.ts')}`;
  return { script, scriptHash: `sha256-${createHash('sha256').update(script).digest('base64')}`, style: bundled('style.css') };
}

/** They ask that their licence goes with them. */
function licences(): string {
  return BUNDLED.map((name) => {
    const licence = fs.readFileSync(path.join(path.dirname(require.resolve(`${name}/package.json`)), 'LICENSE'), 'utf8');
    return `/*! ${name}\n\n${licence.trim().replaceAll('*/', '')} */\n`;
  }).join('');
}
