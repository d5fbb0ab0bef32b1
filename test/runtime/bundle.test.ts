import * as path from 'node:path';
import { build } from 'esbuild';
import * as runtime from '../../runtime/src';

/** What a bundle of a handler that imports only this has to load from elsewhere. */
async function loadedFor(name: string): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export { ${name} } from './runtime/src';`, resolveDir: path.join(__dirname, '../..') },
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    external: ['@aws-sdk/*'],
  });
  return Object.values(metafile.outputs).flatMap(({ imports }) => imports.map((imported) => imported.path)).filter((file) => file.startsWith('@aws-sdk'));
}

const WITH_S3 = ['claim', 'claimStream', 'deposit', 'hasPayload'];

test.each(Object.keys(runtime).filter((name) => !WITH_S3.includes(name)))('a bundle with %s alone loads no client of the SDK', async (name) => {
  expect(await loadedFor(name)).toEqual([]);
});

test.each(WITH_S3)('a bundle with %s loads the client of S3', async (name) => {
  expect(new Set(await loadedFor(name))).toEqual(new Set(['@aws-sdk/client-s3']));
});
