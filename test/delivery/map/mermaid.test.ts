import { mapOf } from './example-map';
import type { DeliveryMap } from '../../../src/delivery/map/delivery-map';
import { mermaidMap, TooLargeError } from '../../../src/delivery/map/mermaid';
import type { Resources } from '../checks/check-defects';

const shop = (): Resources => ({
  Topic: { Type: 'AWS::SNS::Topic' },
  Queue: { Type: 'AWS::SQS::Queue' },
  Dead: { Type: 'AWS::SQS::Queue' },
  Handler: { Type: 'AWS::Lambda::Function' },
  Source: { Type: 'AWS::Lambda::EventSourceMapping' },
});

/** Every line is one of these; whatever Mermaid does not read would be none. */
const GRAMMAR = [
  /^flowchart LR$/,
  /^ {2}subgraph s\d+\["[^"]*"\]$/,
  /^ {2}end$/,
  /^ {2,4}n\d+(\[\["[^"]*"\]\]|\[\("[^"]*"\)\]|\(\["[^"]*"\]\)|\{\{"[^"]*"\}\}|\("[^"]*"\)|\[\/"[^"]*"[/\\]\]|\["[^"]*"\])$/,
  /^ {2}h\d+lost\(\("lost"\)\)$/,
  /^ {2}n\d+ (-->|-\.->)\|"[^"]+"\| (n\d+|h\d+lost)$/,
  /^ {2}classDef \w+ [\w#:,\- ]+$/,
  /^ {2}class [\w,]+ \w+$/,
  /^ {2}linkStyle \d+ [\w#:,\-]+$/,
];

function linesOf(map: DeliveryMap): string[] {
  const lines = mermaidMap(map).trimEnd().split('\n');
  expect(lines.filter((line) => !GRAMMAR.some((form) => form.test(line)))).toEqual([]);
  return lines.map((line) => line.trim());
}

test('nodes are drawn in the box of their stack', () => {
  const lines = linesOf(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'arn:aws:sqs:eu-west-1:111122223333:theirs' }]));
  expect(lines.slice(0, 5)).toEqual([
    'flowchart LR',
    'subgraph s1["Shop"]',
    'n1{{"Topic<br/>topic"}}',
    'end',
    'n2[["theirs<br/>queue<br/>arn:aws:sqs:eu#45;west#45;1:111122223333:theirs"]]',
  ]);
  expect(lines).toContain('class n2 outside');
  expect(lines).toContain('class s1 stack');
});

test('the logical id is told where the label is another', () => {
  const resources = { ...shop(), Topic: { Type: 'AWS::SNS::Topic', Metadata: { 'aws:cdk:path': 'Shop/Orders/Topic/Resource' } } };
  expect(linesOf(mapOf(resources, [{ at: 'Topic', from: 'Topic', to: 'Queue' }]))).toContain('n1{{"Orders/Topic<br/>topic<br/>Topic"}}');
});

test('a hop tells its retries, and its dead letters are the end of a dashed line', () => {
  const lines = linesOf(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'Dead', retries: '185 attempts in 24 h' }]));
  expect(lines).toContain('n1 -->|"subscription<br/>185 attempts in 24 h"| n2');
  expect(lines).toContain('n1 -.->|"gives up"| n3');
  expect(lines).toContain('class n3 deadLetters');
  expect(lines).toContain('linkStyle 1 stroke:#bc4c00');
});

test('a hop that gives up nowhere ends at a red mark', () => {
  const lines = linesOf(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'none' }]));
  expect(lines).toContain('h1lost(("lost"))');
  expect(lines).toContain('n1 -.->|"gives up"| h1lost');
  expect(lines).toContain('class h1lost lost');
  expect(lines).toContain('linkStyle 1 stroke:#cf222e');
});

test('a hop of which that is not known is grey', () => {
  expect(linesOf(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'unknown' }]))).toContain('linkStyle 0 stroke:#8c959f');
});

test('a hop that keeps what it cannot deliver is one plain line', () => {
  const lines = linesOf(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue' }]));
  expect(lines.filter((line) => /->|linkStyle|lost\(/.test(line))).toEqual(['n1 -->|"subscription"| n2']);
});

test('a redrive policy is a dashed line', () => {
  expect(linesOf(mapOf(shop(), [{ at: 'Queue', from: 'Queue', to: 'Dead', kind: 'redrive' }]))).toContain('n1 -.->|"redrive"| n2');
});

test('hops that are alike are one line, and the way into their dead letters is another', () => {
  const hop = { at: 'Topic', from: 'Topic', to: 'Queue', deadLetters: 'Dead', retries: '3 attempts' };
  const lines = linesOf(mapOf(shop(), [hop, { ...hop, retries: '5 attempts' }, hop]));
  expect(lines.filter((line) => line.includes('->'))).toEqual([
    'n1 -->|"2 × subscription<br/>3 attempts"| n2',
    'n1 -.->|"3 × gives up"| n3',
    'n1 -->|"subscription<br/>5 attempts"| n2',
  ]);
  expect(lines).toContain('linkStyle 1 stroke:#bc4c00');
});

describe('problems', () => {
  test.each([
    ['error', 'stroke:#cf222e,stroke-width:3px'],
    ['warning', 'stroke:#9a6700,stroke-width:2px'],
  ] as const)('of a hop are at its line, in the colour of an %s', (severity, style) => {
    const lines = linesOf(mapOf(shop(), [{ at: 'Source', from: 'Queue', to: 'Handler', kind: 'eventSource' }], [{ at: 'Source', severity, id: 'tooShort' }, { at: 'Source', severity: 'note', id: 'odd' }]));
    expect(lines).toContain(`n1 -->|"event source<br/>${severity}: tooShort<br/>note: odd"| n2`);
    expect(lines).toContain(`linkStyle 0 ${style}`);
  });

  test('of a node are in it, each id once', () => {
    const lines = linesOf(mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Dead' }], [
      { at: 'Topic', id: 'open' }, { at: 'Topic', id: 'open', what: 'another' }, { at: 'Dead', id: 'short', severity: 'warning' }, { at: 'Topic', id: 'odd', severity: 'note' },
    ]));
    expect(lines).toContain('n1{{"Topic<br/>topic<br/>error: open<br/>note: odd"}}');
    expect(lines).toContain('class n1 error');
    expect(lines).toContain('class n2 warning');
  });

  test('which are notes do not colour a node', () => {
    const lines = linesOf(mapOf(shop(), [{ at: 'Queue', from: 'Queue', to: 'Dead', kind: 'redrive' }], [{ at: 'Queue', severity: 'note' }, { at: 'Dead', severity: 'note' }]));
    expect(lines.filter((line) => line.startsWith('class n'))).toEqual(['class n2 deadLetters']);
  });
});

test('nothing in a name is read as Mermaid, Markdown or HTML', () => {
  const name = '"]; end\n <script>alert(1)</script> `x` **b** #quot; %% {{x}} -->|a| 1. é';
  const resources = { ...shop(), Topic: { Type: 'AWS::SNS::Topic', Metadata: { 'aws:cdk:path': `Shop/${name}` } } };
  const line = linesOf(mapOf(resources, [{ at: 'Topic', from: 'Topic', to: 'Queue', retries: name, name }])).find((one) => one.startsWith('n1{{'));
  expect(line?.replaceAll('<br/>', '')).toMatch(/^n1\{\{"[\p{L}\p{N} .,:/#;]+"\}\}$/u);
  expect(line).toContain('#34;#93;#59; end#10; #60;script#62;');
  expect(line).toContain('é');
});

test('is not drawn with more edges than Mermaid takes', () => {
  const hops = (count: number) => Array.from({ length: count }, (_, index) => ({ at: 'Topic', from: 'Topic', to: 'Queue', retries: `${index} attempts` }));
  expect(mermaidMap(mapOf(shop(), hops(500))).split('\n').filter((line) => line.includes('-->'))).toHaveLength(500);
  expect(() => mermaidMap(mapOf(shop(), hops(501)))).toThrow(new TooLargeError('the map has 501 edges, and Mermaid draws 500 at most'));
});

test('is not drawn with more text than Mermaid takes', () => {
  const map = (length: number) => mapOf(shop(), [{ at: 'Topic', from: 'Topic', to: 'Queue', retries: 'x'.repeat(length) }]);
  const without = mermaidMap(map(0)).length;
  expect(mermaidMap(map(50_000 - without))).toHaveLength(50_000);
  expect(() => mermaidMap(map(50_001 - without))).toThrow('the map has 50001 characters, and Mermaid draws 50000 at most');
});
