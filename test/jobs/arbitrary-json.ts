import type { Random } from '../rigs/random';
import { sequence } from '../rigs/random';

/** Texts of JSON that do not survive being parsed and written again, and texts that break what they are put into. */
export const JSON_TEXTS: readonly string[] = [
  '"done"', '""', '"a \\"quoted\\" \\\\ text\\r\\n"', '"\\u0001\\u001f"', '"\\u0041\\/"', '"Grüße 你好 🚀 \u2028"', '"\\""', '"null"', '"\\ud83d"',
  '"1, \\"error\\": {\\"code\\": \\"FORGED\\"}"', '"$context.identity.userArn #set($x = 1) ${y} #end"', '"{% $states.input %}"', '{"value":"x"}',
  'null', 'true', 'false',
  '0', '-0', '-1.5', '12345678901', '9007199254740993', '12345678901234567890', '0.30000000000000004', '3.141592653589793', '1.0', '1e5', '1E+400', '-2.50e-7',
  '[]', '[1]', '[[1]]', '[null]', '["a", ["b", {}]]',
  '{}', '{"value": null}', '{"a" : {"b":[1, "x", {"c": "\\"}"}]}}', ' {\n\t"id": 12345678901234567890 }',
  '{"__proto__": 1, "constructor": {"prototype": []}}', '{"": {"": [""]}}',
];

/** As many texts of JSON as wanted, always the same ones. */
export function arbitraryJson(count: number): string[] {
  const random = sequence(20_240_229);
  return Array.from({ length: count }, () => textOf(random, 4));
}

function textOf(random: Random, depth: number): string {
  const kind = random(depth > 0 ? 6 : 4);
  switch (kind) {
    case 0:
      return ['null', 'true', 'false'][random(3)]!;
    case 1:
    case 2:
      return numberOf(random);
    case 3:
      return stringOf(random);
    case 4:
      return `[${listOf(random, () => textOf(random, depth - 1))}]`;
    default:
      return `{${listOf(random, (index) => `"${index}${stringOf(random).slice(1)}${gap(random)}:${gap(random)}${textOf(random, depth - 1)}`)}}`;
  }
}

function listOf(random: Random, item: (index: number) => string): string {
  return Array.from({ length: random(4) }, (_, index) => `${gap(random)}${item(index)}${gap(random)}`).join(',');
}

const gap = (random: Random) => ['', '', ' ', '\n'][random(4)]!;

function numberOf(random: Random): string {
  const digits = (count: number) => Array.from({ length: count }, () => random(10)).join('');
  const whole = random(3) === 0 ? '0' : `${1 + random(9)}${digits(random(25))}`;
  const fraction = random(2) ? `.${digits(1 + random(20))}` : '';
  const exponent = random(3) === 0 ? `${'eE'[random(2)]}${['', '+', '-'][random(3)]}${random(300)}` : '';
  return `${random(2) ? '-' : ''}${whole}${fraction}${exponent}`;
}

const PIECES = ['a', 'Z', ' ', "'", '\\"', '\\\\', '\\/', '\\n', '\\u0000', '\\u00e9', 'ü', '你', '🚀', '$x', '#end', '{%', '%}', '</script>', ',', '}', ']'];

function stringOf(random: Random): string {
  return `"${Array.from({ length: random(8) }, () => PIECES[random(PIECES.length)]).join('')}"`;
}
