import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { readApps } from './inputs';
import { write } from './output';
import type { Io, Subcommand } from './subcommand';
import { CLEAN, UsageError } from './subcommand';
import { checkGraph, graphOf } from '../../src/delivery/checks';
import type { DeliveryMap } from '../../src/delivery/map/delivery-map';
import type { MapPage } from '../../src/delivery/map/html';
import { htmlMap } from '../../src/delivery/map/html';
import { mermaidMap, TooLargeError } from '../../src/delivery/map/mermaid';
import { readMap } from '../../src/delivery/map/read-map';
import type { TemplateInput } from '../../src/delivery/template/app';

const HELP = `Usage: cdk-serverless-patterns-cli map [options] <path...>

Draws every delivery of an app: how it is retried, where it gives up, what then
takes what could not be delivered, who is told, and what the checks find.

A path is a cloud assembly (cdk.out), a template (.json, .yaml, .yml, .template;
CloudFormation or SAM), or a folder of templates.

Options:
  --format <format>  mermaid (default), which GitHub renders in Markdown; html, a
                     page that needs no network (default for a file that ends with
                     .html); or json
  --output <file>    writes the map there
  --help             prints this

Exit status: 0 drawn, 2 something could not be read, or is too large for Mermaid.
`;

const FORMATS = ['mermaid', 'html', 'json'] as const;

export type MapFormat = typeof FORMATS[number];

/** The page of the map, which build.ts puts into the bundle. */
declare const MAP_PAGE: MapPage;

interface Options {
  readonly paths: readonly string[];
  readonly format: MapFormat;
  readonly output?: string | undefined;
}

export const MAP: Subcommand = {
  summary: 'draws the deliveries of an app, and what the checks find',
  help: HELP,
  run: (args, io) => map(optionsOf(args), io),
};

/** The map of the apps in a format. */
export function runMap(apps: readonly (readonly TemplateInput[])[], format: MapFormat, page: () => MapPage): string {
  const drawn = joined(apps.map((inputs, index) => {
    const graph = graphOf(inputs);
    return readMap(graph, checkGraph(graph), index === 0 ? '' : `a${index + 1}`);
  }));
  switch (format) {
    case 'mermaid':
      return mermaid(drawn);
    case 'html':
      return htmlMap(drawn, page());
    case 'json':
      return `${JSON.stringify(drawn, null, 2)}\n`;
  }
}

function mermaid(drawn: DeliveryMap): string {
  try {
    return mermaidMap(drawn);
  } catch (error) {
    throw error instanceof TooLargeError ? new UsageError(`${error.message}: use --format html`) : error;
  }
}

function joined(maps: readonly DeliveryMap[]): DeliveryMap {
  return {
    nodes: maps.flatMap(({ nodes }) => nodes),
    hops: maps.flatMap(({ hops }) => hops),
    elsewhere: maps.flatMap(({ elsewhere }) => elsewhere),
  };
}

function optionsOf(args: readonly string[]): Options {
  const { values, positionals: paths } = parsed(args);
  const given = values.format ?? (values.output !== undefined && path.extname(values.output) === '.html' ? 'html' : 'mermaid');
  const format = FORMATS.find((one) => one === given);
  if (paths.length === 0) {
    throw new UsageError('say what to draw, such as cdk.out');
  }
  if (format === undefined) {
    throw new UsageError(`--format is ${FORMATS.join(', ')}, not '${given}'`);
  }
  return { paths, format, output: values.output };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { format: { type: 'string' }, output: { type: 'string' } } });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function map({ paths, format, output }: Options, io: Io): number {
  const drawn = runMap(readApps(paths), format, () => MAP_PAGE);
  if (output === undefined) {
    io.out(drawn);
  } else {
    write(output, drawn);
    io.out(`the map is in ${output} now\n`);
  }
  return CLEAN;
}
