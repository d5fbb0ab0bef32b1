import * as fs from 'node:fs';
import * as path from 'node:path';
import { Construct } from 'constructs';
import { patterns } from './patterns';
import * as library from '../src';
import { fileNameOf } from './rigs/docs';

describe('the registry', () => {
  test('has every exported pattern', () => {
    const exported = Object.values(library).filter((value) => typeof value === 'function' && value.prototype instanceof Construct);
    expect(new Set(patterns().map(({ type }) => type))).toEqual(new Set(exported));
  });

  test.each(patterns())('has the checks of $name', ({ name }) => {
    const file = path.join(__dirname, 'patterns', `${fileNameOf(name)}.test.ts`);
    expect(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '').toContain('checkPattern(');
  });
});
