import { parseArgs } from 'node:util';
import { compareReleases, currentTemplates, recordedVersions, recordRelease, staleBreaks, templatesOfRelease, unacknowledgedBreaks } from './releases';
import { record } from '../../scripts/results';
import { BREAKS } from '../acknowledged-findings';

const HELP = `Reports what would change for those who upgrade from the last recorded release.

  npm run upgrade                        compare, list what changed; fails if something breaking is not acknowledged
  npm run upgrade -- --record <version>  keep today's templates as those of a release`;

/** Before there is a first release, its number stands for the state that is agreed on, and may be recorded again. */
const UNRELEASED = '0.0.0';

function main(): number {
  const { values: { help, record: version } } = parseArgs({ options: { help: { type: 'boolean' }, record: { type: 'string' } } });
  if (help) {
    console.log(HELP);
    return 0;
  }
  return version === undefined ? compare() : keep(version);
}

function keep(version: string): number {
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    console.error(`upgrade: --record takes a version such as 1.2.0, not '${version}'`);
    return 1;
  }
  if (version !== UNRELEASED && recordedVersions().includes(version)) {
    console.error(`upgrade: the templates of ${version} are recorded already, and what was released does not change: record the next version`);
    return 1;
  }
  recordRelease(version, currentTemplates());
  console.log(`upgrade: kept the templates of ${version}`);
  return 0;
}

function compare(): number {
  const version = recordedVersions().at(-1);
  if (version === undefined) {
    console.error('upgrade: no release is recorded: npm run upgrade -- --record <version>');
    return 1;
  }
  const comparisons = compareReleases(templatesOfRelease(version), currentTemplates());
  const unacknowledged = unacknowledgedBreaks(comparisons, BREAKS);
  console.log(`Since ${version}:`);
  for (const { form, changes } of comparisons) {
    console.log(`\n${form}: ${changes.length === 0 ? 'unchanged' : ''}`);
    for (const { breaking, text } of changes) {
      const kind = !breaking ? 'compatible' : unacknowledged.includes(`${form}: ${text}`) ? 'BREAKING' : 'breaking, acknowledged';
      console.log(`  ${kind}: ${text}`);
    }
  }
  const stale = staleBreaks(comparisons, BREAKS);
  stale.forEach((change) => console.log(`\nacknowledged, but not so: ${change}`));
  const broken = comparisons.filter(({ form }) => unacknowledged.some((change) => change.startsWith(`${form}: `))).length;
  record('upgrade', { passed: comparisons.length - broken, failed: broken + stale.length });
  console.log(`\n${comparisons.length - broken} of ${comparisons.length} forms can be upgraded without a break`);
  return broken + stale.length === 0 ? 0 : 1;
}

process.exitCode = main();
