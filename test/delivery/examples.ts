import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { graphOf } from '../../src/delivery/checks';
import { mermaidMap } from '../../src/delivery/map/mermaid';
import { readMap } from '../../src/delivery/map/read-map';
import type { TemplateInput } from '../../src/delivery/template/app';
import { readAssembly } from '../../src/delivery/template/assembly';
import { ROOT } from '../rigs/structs';

/** The templates of an example app, synthesized. Its functions are not bundled: what they do is no matter here. */
export function exampleApp(name: 'order-desk' | 'warehouse'): TemplateInput[] {
  const assembly = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  const env = {
    ...process.env,
    CDK_OUTDIR: assembly,
    CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [] }),
    TSX_TSCONFIG_PATH: path.join(ROOT, 'tsconfig.dev.json'),
    NODE_OPTIONS: '',
  };
  try {
    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'app.ts'], { cwd: path.join(ROOT, 'examples', name), env, encoding: 'utf8' });
    if (status !== 0) {
      throw new Error(`${name} was not synthesized: ${stderr}`);
    }
    return readAssembly(assembly);
  } finally {
    fs.rmSync(assembly, { recursive: true, force: true });
  }
}

/** The map of the order desk's deliveries, as it is drawn in docs/delivery-checks.md. */
export function mapOf(inputs: readonly TemplateInput[]): string {
  return `\`\`\`mermaid\n${mermaidMap(readMap(graphOf(inputs), [])).trim()}\n\`\`\``;
}

/** Puts the map into the page. */
export function withMap(page: string, map: string): string {
  return page.replace(/<!-- map -->[\s\S]*<!-- \/map -->/, () => `<!-- map -->\n\n${map}\n\n<!-- /map -->`);
}
