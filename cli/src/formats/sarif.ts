import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECKS } from '../../../src/delivery/checks';
import { groupedBy } from '../../../src/delivery/graph/reading';
import { textOf } from '../../../src/delivery/template/assembly';
import { version } from '../../package.json';
import type { Finding, Report } from '../finding';

/** For code scanning. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function sarif({ findings }: Report): string {
  const known = CHECKS.flatMap(({ rules }) => rules.map(({ id, severity, why, source }) => ({ id, severity, why, docs: source })));
  // Some findings are of no rule, such as acknowledgements that match nothing.
  const rules = [...new Map([...findings, ...known].map(({ id, severity, why, docs }) => [id, {
    id,
    shortDescription: { text: why },
    fullDescription: { text: why },
    helpUri: docs,
    defaultConfiguration: { level: severity },
  }])).values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const lines = new Map([...new Set(findings.map(({ file }) => file))].map((file) => [file, linesOf(file)]));
  const seen = new Map<string, number>();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{
      tool: {
        driver: { name: 'cdk-serverless-patterns', version, informationUri: 'https://github.com/cdkserverlesspatterns/cdk-serverless-patterns', rules },
      },
      results: findings.map((finding) => {
        const { id, severity, message, fix, logicalId, path: construct, file } = finding;
        return {
          ruleId: id,
          ruleIndex: indexes.get(id),
          level: severity,
          message: { text: `${message}: ${fix}` },
          locations: [{
            ...file === undefined ? {} : {
              physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: lines.get(file)?.get(logicalId) ?? 1 } },
            },
            logicalLocations: [{ name: logicalId, fullyQualifiedName: construct, kind: 'resource' }],
          }],
          partialFingerprints: { 'deliveryContract/v1': fingerprint(finding, seen) },
        };
      }),
    }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** From where the tool runs, as code scanning expects it; a file that is elsewhere is named in full. */
function uriOf(file: string): string {
  const place = path.resolve(file);
  const relative = path.relative(process.cwd(), place).split(path.sep);
  return relative[0] === '..' || path.isAbsolute(relative.join(path.sep)) ? pathToFileURL(place).href : relative.map(encodeURIComponent).join('/');
}

/** The same as long as the finding is, whatever else changes. Those of one rule at one resource are numbered. */
function fingerprint({ id, stack, path: construct }: Finding, seen: Map<string, number>): string {
  const key = JSON.stringify([stack, construct, id]);
  const number = seen.get(key) ?? 0;
  seen.set(key, number + 1);
  return createHash('sha256').update(`${key}${number}`).digest('hex').slice(0, 32);
}

/** Where the resources of a template begin, which is where their logical ids come first after `Resources`. */
function linesOf(file: string | undefined): ReadonlyMap<string, number> {
  const lines = file === undefined ? [] : textOf(file).split('\n');
  const begin = lines.findIndex((line) => /^\s*["']?Resources["']?\s*:/.test(line));
  const keys = lines.flatMap((line, index) => {
    const key = index > begin ? /^\s*["']?([A-Za-z0-9]+)["']?\s*:/.exec(line)?.[1] : undefined;
    return key === undefined ? [] : [{ key, line: index + 1 }];
  });
  return new Map([...groupedBy(keys, ({ key }) => key)].map(([key, found]) => [key, found[0]?.line ?? 1]));
}
