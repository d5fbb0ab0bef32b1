import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { folder } from './files';
import { bundleMapPage } from '../../cli/map-page/bundle';

const CLI = path.join(__dirname, '..', '..', 'cli');

test('the tool that is published has the page of the map in it', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'map-bin-'));
  const [bin, map] = [path.join(directory, 'cli.js'), path.join(directory, 'map.html')];
  execFileSync(process.execPath, ['--import', require.resolve('tsx'), 'build.ts', `--outfile=${bin}`], { cwd: CLI, stdio: 'pipe' });
  execFileSync(process.execPath, [bin, 'map', '--output', map, folder({ 'a.json': { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } } })], { cwd: directory, stdio: 'pipe' });
  const { script, style } = bundleMapPage();
  const page = fs.readFileSync(map, 'utf8');
  expect(page).toContain(`<script>${script}</script>`);
  expect(page).toContain(`<style>${style}</style>`);
});
