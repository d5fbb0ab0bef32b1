import * as fs from 'node:fs';
import * as path from 'node:path';
import { anchorsOf } from '../rigs/docs';
import { ROOT } from '../rigs/structs';

const OWN = /^https:\/\/(?:github\.com\/cdkserverlesspatterns\/cdk-serverless-patterns\/blob|raw\.githubusercontent\.com\/cdkserverlesspatterns\/cdk-serverless-patterns)\/main\/([^#]+)(?:#(.+))?$/;

const links = [...fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);

// The page is shown on npm and PyPI too, where a path of the repository leads nowhere.
test('links of README.md are whole, or lead to a section of it', () => {
  const sections = anchorsOf('README.md') ?? [];
  expect(links.filter((link) => !link.startsWith('https://') && !sections.includes(link.replace(/^#/, '')))).toEqual([]);
});

test('links of README.md to this repository lead to what is there', () => {
  const own = links.flatMap((link) => {
    const [, file, section] = OWN.exec(link) ?? [];
    return file === undefined ? [] : [{ link, file, section }];
  });
  expect(own.length).toBeGreaterThan(10);
  const isThere = (file: string, section?: string) => (
    fs.existsSync(path.join(ROOT, file)) && (section === undefined || anchorsOf(file)?.includes(section))
  );
  const dead = own.filter(({ file, section }) => !isThere(file, section));
  expect(dead.map(({ link }) => link)).toEqual([]);
});

const pages = fs.readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => path.join('docs', file));

test.each([...pages, 'CONTRIBUTING.md'])('links of %s to other pages and sections lead to what is there', (page) => {
  const text = fs.readFileSync(path.join(ROOT, page), 'utf8').replace(/^( *)```.*?^\1```$/gms, '').replace(/`[^`\n]*`/g, '');
  const dead = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => {
    const [file = '', section] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    return !fs.existsSync(path.join(ROOT, target)) || (section !== undefined && !anchorsOf(target)?.includes(section));
  });
  expect(dead).toEqual([]);
});
