import { parseArgs } from 'node:util';
import { Baseline } from './baseline';
import type { Report } from './finding';
import { findingOf } from './finding';
import { json } from './formats/json';
import { junit } from './formats/junit';
import { sarif } from './formats/sarif';
import { summary, text } from './formats/text';
import { readApps } from './inputs';
import { write } from './output';
import type { Io, Subcommand } from './subcommand';
import { CLEAN, FOUND, UsageError } from './subcommand';
import { checkTemplates } from '../../src/delivery/checks';
import type { Severity } from '../../src/delivery/rules/rule';
import { isAtLeast, SEVERITIES } from '../../src/delivery/rules/rule';

const FORMATS: ReadonlyMap<string, (report: Report, colors: boolean) => string> = new Map([['text', text], ['json', json], ['sarif', sarif], ['junit', junit]]);

const HELP = `Usage: cdk-serverless-patterns-cli check [options] <path...>

Checks the delivery contract: every message, event and record is delivered, or
kept in a place that somebody is told of.

A path is a cloud assembly (cdk.out), a template (.json, .yaml, .yml, .template;
CloudFormation or SAM), or a folder of templates.

Options:
  --fail-on <severity>  error, warning (default) or note: the mildest finding that
                        makes the exit status 1
  --format <format>     text (default), json, sarif or junit
  --output <file>       writes the report there
  --baseline <file>     does not report the findings that this file lists
  --update-baseline     writes all findings into that file instead
  --help                prints this

Exit status: 0 nothing found, 1 something found, 2 something could not be read.
`;

interface Options {
  readonly paths: readonly string[];
  readonly failOn: Severity;
  readonly format: (report: Report, colors: boolean) => string;
  readonly output?: string | undefined;
  readonly baseline?: string | undefined;
  readonly updateBaseline: boolean;
}

export const CHECK: Subcommand = {
  summary: 'checks the delivery contract of an app by its templates',
  help: HELP,
  run: (args, io) => check(optionsOf(args), io),
};

function optionsOf(args: readonly string[]): Options {
  const { values, positionals: paths } = parsed(args);
  const failOn = SEVERITIES.find((severity) => severity === values['fail-on']);
  const format = FORMATS.get(values.format);
  if (paths.length === 0) {
    throw new UsageError('say what to check, such as cdk.out');
  }
  if (failOn === undefined) {
    throw new UsageError(`--fail-on is error, warning or note, not '${values['fail-on']}'`);
  }
  if (format === undefined) {
    throw new UsageError(`--format is ${[...FORMATS.keys()].join(', ')}, not '${values.format}'`);
  }
  if (values['update-baseline'] && values.baseline === undefined) {
    throw new UsageError('--update-baseline needs --baseline, the file to write');
  }
  return { paths, failOn, format, output: values.output, baseline: values.baseline, updateBaseline: values['update-baseline'] };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'fail-on': { type: 'string', default: 'warning' },
        'format': { type: 'string', default: 'text' },
        'output': { type: 'string' },
        'baseline': { type: 'string' },
        'update-baseline': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function check({ paths, failOn, format, output, baseline: baselineFile, updateBaseline }: Options, io: Io): number {
  const baseline = baselineFile === undefined || updateBaseline ? undefined : Baseline.read(baselineFile);
  const apps = readApps(paths);
  const all = apps.flatMap((inputs) => checkTemplates(inputs).map(findingOf));
  if (baselineFile !== undefined && updateBaseline) {
    io.out(`${Baseline.write(baselineFile, all)} findings are in the baseline ${baselineFile} now\n`);
    return CLEAN;
  }
  const findings = all.filter((finding) => baseline?.has(finding) !== true);
  const stacks = apps.flatMap((inputs) => inputs.map(({ stack }) => stack));
  const report: Report = {
    findings,
    stacks,
    failOn,
    baseline: baseline && { file: String(baselineFile), ignored: all.length - findings.length, stale: baseline.stale },
  };
  if (output === undefined) {
    io.out(format(report, io.colors));
  } else {
    write(output, format(report, false));
    io.out(`${summary(findings, stacks)}\n`);
  }
  return findings.some(({ severity }) => isAtLeast(severity, failOn)) ? FOUND : CLEAN;
}
