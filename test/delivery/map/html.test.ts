import { createHash } from 'node:crypto';
import { mapOf } from './example-map';
import { bundleMapPage } from '../../../cli/map-page/bundle';
import { htmlMap } from '../../../src/delivery/map/html';
import type { Resources } from '../checks/check-defects';

const HOSTILE = '</script><script>alert(1)</script><!-- ]]> & "\' ';
const page = bundleMapPage();

const resources: Resources = {
  Topic: { Type: 'AWS::SNS::Topic', Metadata: { 'aws:cdk:path': `Shop/${HOSTILE}` } },
  Queue: { Type: 'AWS::SQS::Queue' },
};
const map = mapOf(resources, [{ at: 'Topic', from: 'Topic', to: 'Queue', name: HOSTILE, retries: HOSTILE }], [{ at: 'Queue', what: HOSTILE, fix: HOSTILE }]);
const text = htmlMap(map, page);

test('nothing in a name ends the element that it is in', () => {
  expect(text.match(/<\/?script\b/g)).toEqual(['<script', '</script', '<script', '</script']);
  expect(text).not.toContain('<!-- ]]>');
});

test('the page has the whole map in it', () => {
  const [, json] = /<script type="application\/json" id="map">([^<]*)<\/script>/.exec(text) ?? [];
  expect(JSON.parse(json ?? '')).toEqual(JSON.parse(JSON.stringify(map)));
});

test('only the script of the page runs, and it loads nothing', () => {
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(text) ?? [];
  const [, script = ''] = /<script>([^]*)<\/script>/.exec(text) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  expect(policy).toBe(`default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`);
  expect(text).not.toMatch(/\b(src|href)=|@import|url\((?!#)/);
});

test('the licences of what is bundled go with it', () => {
  expect(page.script.match(/Copyright \(c\)[^\n]*/g)).toHaveLength(2);
});
