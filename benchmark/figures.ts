import type { RequireCost } from './import-cost';
import type { Circumstances, Results } from './results';
import type { Spread } from './statistics';
import { SUPPLEMENTED } from './supplements';
import type { SynthCase } from './synth';
import { againOf, OTHER_PATTERNS, OURS, PLAIN, PLAIN_AGAIN, SOLUTIONS } from './synth';

/** The targets that the project has set itself. */
const TARGETS = { cpuRatio: 1.00, importMs: 10, packedKb: 300, invocations: 14, supplementsRatio: 1.05, checksMs: 1000 };

const NAMES: Readonly<Record<string, string>> = {
  [OURS]: 'QueueFedFunction',
  [PLAIN]: 'plain L2',
  [PLAIN_AGAIN]: 'plain L2, once more',
  [SOLUTIONS]: 'Solutions Constructs',
};

/** The tables of the README, in Markdown, from what was measured. */
export function figures(results: Results): string {
  return [
    ...(results.synth ? [synthTables(results.synth)] : []),
    ...(results.patterns ? [patternsTable(results.patterns)] : []),
    ...(results.import ? [importTable(results.import)] : []),
    ...(results.size ? [sizeLine(results.size)] : []),
    ...(results.emulator ? [emulatorTables(results.emulator)] : []),
    ...(results.supplements ? [supplementsTable(results.supplements)] : []),
    ...(results.checks ? [checksTable(results.checks)] : []),
  ].join('\n\n');
}

/** The mean cost of one more pattern, from the larger app and the smaller one. */
export function perPattern(cases: readonly SynthCase[], way: string, from: number, to: number): number | undefined {
  const cpu = (patterns: number) => cases.find((entry) => entry.way === way && entry.patterns === patterns)?.cpuMs.median;
  const [less, more] = [cpu(from), cpu(to)];
  return less === undefined || more === undefined ? undefined : (more - less) / (to - from);
}

function synthTables({ cases, ...where }: NonNullable<Results['synth']>): string {
  const versions = [...new Set(cases.map(({ cdkVersion }) => cdkVersion))];
  const tables = versions.map((version) => {
    const own = cases.filter(({ cdkVersion }) => cdkVersion === version);
    const rows = own.map((entry) => [
      String(entry.patterns),
      NAMES[entry.way] ?? entry.way,
      String(entry.resources),
      entry.way === PLAIN ? '1' : withQuartiles(entry.cpuRatio, 3),
      entry.way === PLAIN ? '1' : withQuartiles(entry.wallRatio, 3),
      entry.cpuMs.median.toFixed(0),
      entry.wallMs.median.toFixed(0),
      entry.maxRssMb.median.toFixed(0),
      String(entry.cpuMs.count),
    ]);
    const slopes = [OURS, PLAIN, SOLUTIONS].map((way) => ({ way, early: perPattern(own, way, 10, 100), late: perPattern(own, way, 100, 1000) }));
    const linear = slopes
      .filter(({ early, late }) => early !== undefined && late !== undefined)
      .map(({ way, early, late }) => [NAMES[way] ?? way, early!.toFixed(1), late!.toFixed(1), (late! / early!).toFixed(2)]);
    return [
      `#### aws-cdk-lib ${version}`,
      table(['patterns', 'way', 'resources', 'CPU, x plain L2', 'wall, x plain L2', 'CPU ms', 'wall ms', 'memory MB', 'runs'], rows),
      ...(linear.length ? [table(['CPU ms for one more pattern', 'from 10 to 100', 'from 100 to 1000', 'late / early'], linear)] : []),
    ].join('\n\n');
  });
  const missed = cases.filter(({ way, cpuRatio }) => way === OURS && cpuRatio.median > TARGETS.cpuRatio);
  const verdict = missed.length === 0
    ? `Target reached everywhere: CPU at most ${TARGETS.cpuRatio.toFixed(2)} x plain L2 code.`
    : `Target (CPU at most ${TARGETS.cpuRatio.toFixed(2)} x plain L2 code) **not reached** for ` +
      `${missed.map(({ patterns, cdkVersion, cpuRatio }) => `${patterns} patterns on ${cdkVersion} (${cpuRatio.median.toFixed(3)})`).join(', ')}.`;
  return ['### Synthesis', measuredOn(where), verdict, ...tables].join('\n\n');
}

function patternsTable({ cases, ...where }: NonNullable<Results['patterns']>): string {
  const caseOf = (way: string, patterns: number) => cases.find((entry) => entry.way === way && entry.patterns === patterns)!;
  const compared = OTHER_PATTERNS.flatMap(({ pattern, ours, plain }) => cases.filter(({ way }) => way === ours).map((own) => ({
    pattern, own, plain: caseOf(plain, own.patterns), again: caseOf(againOf(plain), own.patterns),
  })));
  const rows = compared.map(({ pattern, own, plain, again }) => [
    String(own.patterns),
    pattern,
    String(own.resources),
    withQuartiles(own.cpuRatio, 3),
    withQuartiles(again.cpuRatio, 3),
    withQuartiles(own.wallRatio, 3),
    own.cpuMs.median.toFixed(0),
    plain.cpuMs.median.toFixed(0),
    own.maxRssMb.median.toFixed(0),
    String(own.cpuMs.count),
  ]);
  const missed = compared.filter(({ own }) => own.cpuRatio.median > TARGETS.cpuRatio);
  // Those of one run say the same of it.
  const apart = new Map<string, Set<string>>();
  for (const { pattern, own: { measured } } of compared) {
    if (measured) {
      const when = measuredOn(measured);
      apart.set(when, (apart.get(when) ?? new Set()).add(pattern));
    }
  }
  const target = `CPU at most ${TARGETS.cpuRatio.toFixed(2)} x plain L2 code`;
  const missing = missed.map(({ pattern, own }) => `${own.patterns} x ${pattern} (${own.cpuRatio.median.toFixed(3)})`).join(', ');
  return [
    '### Synthesis of the other patterns',
    measuredOn(where),
    ...[...apart].map(([when, names]) => `${[...names].join(', ')}: ${when.replace('Measured', 'measured')}`),
    missed.length === 0 ? `Target reached everywhere: ${target}.` : `Target (${target}) **not reached** for ${missing}.`,
    `On aws-cdk-lib ${[...new Set(cases.map(({ cdkVersion }) => cdkVersion))].join(', ')}:`,
    table(['patterns', 'which', 'resources', 'CPU, x plain L2', 'plain L2, once more', 'wall, x plain L2', 'CPU ms', 'plain L2', 'memory MB', 'runs'], rows),
  ].join('\n\n');
}

function importTable(cost: NonNullable<Results['import']>): string {
  const missed = cost.own.filter(({ patterns, wallMs }) => patterns.length === 1 && wallMs.median > TARGETS.importMs);
  const target = `at most ${TARGETS.importMs} ms beyond the CDK's modules for an app with one pattern`;
  return [
    '### Import',
    measuredOn(cost),
    missed.length === 0 ? `Target reached: ${target}.` : `Target (${target}) **not reached** for ${missed.map(({ patterns }) => patterns.join()).join(', ')}.`,
    table(['what is required', 'ms', 'CPU ms', 'runs'], [
      ...cost.own.map((own) => importRow(`this library alone for ${own.patterns.length > 1 ? 'all patterns' : own.patterns.join()} (${own.files} files)`, own)),
      importRow('this library for QueueFedFunction and all that it loads, in a fresh process', cost.whole),
      importRow('the plain L2 code and all that it loads, in a fresh process', cost.plain),
      importRow('Solutions Constructs\' aws-sqs-lambda and all that it loads, in a fresh process', cost.solutions),
    ]),
  ].join('\n\n');
}

function importRow(what: string, { wallMs, cpuMs }: RequireCost): string[] {
  return [what, withQuartiles(wallMs, 1), withQuartiles(cpuMs, 1), String(wallMs.count)];
}

function sizeLine({ packedBytes, unpackedBytes, files, date }: NonNullable<Results['size']>): string {
  const packed = packedBytes / 1000;
  return [
    '### Size',
    `Target (at most ${TARGETS.packedKb} kB packed) ${packed <= TARGETS.packedKb ? 'reached' : '**not reached**'}.`,
    `The package as published (\`npm pack\`, ${date}): ${packed.toFixed(0)} kB packed, ${(unpackedBytes / 1000).toFixed(0)} kB unpacked, ${files} files.`,
  ].join('\n\n');
}

function emulatorTables({ deliveries, throughput, seed, ...where }: NonNullable<Results['emulator']>): string {
  const ours = deliveries[0]!;
  const onlyPoisonSetAside = ours.setAside === ours.poison && ours.poisonSetAside === ours.poison;
  const reached = ours.invocations <= TARGETS.invocations && onlyPoisonSetAside && ours.goodHarmed === 0;
  return [
    '### Messages, on the emulator',
    measuredOn(where),
    `Target (${TARGETS.invocations} invocations, ${ours.poison} set aside, 0 good messages harmed) ${reached ? 'reached' : '**not reached**'}.`,
    `${ours.messages} messages, ${ours.poison} of them poison at random places (seed ${seed}):`,
    table(
      ['way', 'invocations', 'set aside', 'of these good', 'good done again', 'good never done', 'good harmed', 'messages per invocation', 'seconds'],
      deliveries.map((entry) => [
        entry.way,
        String(entry.invocations),
        String(entry.setAside),
        String(entry.goodSetAside),
        String(entry.goodDoneAgain),
        String(entry.goodNeverDone),
        String(entry.goodHarmed),
        Object.entries(entry.batchSizes).map(([size, times]) => `${times} x ${size}`).join(', '),
        entry.seconds.toFixed(0),
      ]),
    ),
    table(['messages per second', 'median', 'runs'], [
      ['QueueFedFunction', withQuartiles(throughput.ours, 0), String(throughput.ours.count)],
      ['by hand, with the same maximum concurrency', withQuartiles(throughput.byHand, 0), String(throughput.byHand.count)],
      ['ratio', withQuartiles(throughput.ratio, 2), String(throughput.ratio.count)],
    ]),
  ].join('\n\n');
}

function supplementsTable({ messages, costs, ...where }: NonNullable<Results['supplements']>): string {
  const reached = costs.find(({ way }) => way === SUPPLEMENTED)!.cpuRatio.median <= TARGETS.supplementsRatio;
  return [
    '### What the supplements cost',
    measuredOn(where),
    `Target (CPU at most ${TARGETS.supplementsRatio.toFixed(2)} x the emulator alone) ${reached ? 'reached' : '**not reached**'}. ${messages} messages in each run:`,
    table(['SQS to Lambda', 'CPU, x alone', 'wall, x alone', 'CPU µs a message', 'messages per second', 'runs'], costs.map((cost) => [
      cost.way,
      withQuartiles(cost.cpuRatio, 3),
      withQuartiles(cost.wallRatio, 3),
      withQuartiles(cost.cpuMicrosecondsPerMessage, 0),
      withQuartiles(cost.messagesPerSecond, 0),
      String(cost.cpuRatio.count),
    ])),
  ].join('\n\n');
}

function checksTable({ cases, ...where }: NonNullable<Results['checks']>): string {
  const missed = cases.filter(({ resources, wallMs }) => wallMs.median * 10_000 > TARGETS.checksMs * Math.max(resources, 10_000));
  return [
    '### Checks of templates',
    measuredOn(where),
    `Target (at most ${TARGETS.checksMs} ms of wall time per 10,000 resources) ${missed.length === 0 ? 'reached' : `**not reached** for ${missed.map(({ resources }) => resources).join(', ')} resources`}.`,
    table(
      ['resources', 'wall ms', 'CPU ms', 'CPU, x JSON.parse of the templates', 'CPU per resource, x the size before', 'runs'],
      cases.map(({ resources, wallMs, cpuMs, parseRatio, perResourceRatio }) => [
        String(resources), withQuartiles(wallMs, 0), withQuartiles(cpuMs, 0), withQuartiles(parseRatio, 1), perResourceRatio ? withQuartiles(perResourceRatio, 2) : '', String(cpuMs.count),
      ]),
    ),
  ].join('\n\n');
}

function measuredOn({ date, processor, cores, memoryGb, node, loadBefore }: Circumstances): string {
  return `Measured on ${date}: ${cores} cores (${processor}), ${memoryGb} GB of memory, Node.js ${node}, load ${loadBefore} before.`;
}

function withQuartiles({ median, quartiles }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${quartiles.map((value) => value.toFixed(digits)).join('–')})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, column) => column === 0 ? ':--' : '--:'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
