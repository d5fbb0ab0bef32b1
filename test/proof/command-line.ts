import type { PagePromises } from './promise';
import { testsIn } from './promise';

const check = testsIn('test/cli/check.test.ts');
const formats = testsIn('test/cli/formats.test.ts');
const bin = testsIn('test/cli/bin.test.ts');
const map = testsIn('test/cli/map.test.ts');
const mapPage = testsIn('test/delivery/map/html.test.ts');
const mapView = testsIn('test/delivery/map/view.test.ts');
const mapReading = testsIn('test/delivery/map/read-map.test.ts');
const mermaid = testsIn('test/delivery/map/mermaid.test.ts');
const assembly = testsIn('test/delivery/template/assembly.test.ts');
const sam = testsIn('test/cli/sam.test.ts');
const app = testsIn('test/delivery/template/app.test.ts');

const section = (anchor: string) => `../cli/README.md#${anchor}`;

export const commandLine: PagePromises = {
  name: 'check and map',
  page: 'cli/README.md',
  promises: [
    {
      id: 'needs-nothing',
      says: '`check` and `map` need no CDK and no credentials: the tool is one file that loads nothing but what Node.js has',
      section: section('cdk-serverless-patterns-cli'),
      tests: [bin('the package needs no other, and brings the licence of what it bundles'), bin('checks what an app synthesizes')],
    },
    {
      id: 'paths',
      says: 'Cloud assemblies with their stages and nested stacks, templates and folders are read as the table says, and other files of a folder are ignored',
      section: section('check'),
      tests: [
        check('what is checked › a cloud assembly, with what it says of its stacks'),
        check('what is checked › a template %s'),
        check('what is checked › all templates in a folder and its folders, and nothing else there'),
        check('what is checked › the assemblies in a folder, without their assets'),
        check('what is checked › templates that are nested by a path'),
        assembly('a cloud assembly › is read with stages and nested stacks, %s'),
      ],
    },
    {
      id: 'one-app',
      says: 'What one template exports, another of the same assembly, folder or command may import',
      section: section('check'),
      tests: [check('what is checked › several paths; files that are named are one app'), app('across stacks, a resource is found › by an export')],
    },
    {
      id: 'exit-status',
      says: 'The exit status is 0, 1 or 2 as the table says, `--fail-on` draws the line, and one line on standard error says why it is 2',
      section: section('check'),
      tests: [
        check('the exit status › where %s'),
        check('the exit status › with %s is 2'),
        check('the exit status › of %s is 2'),
        bin('says in one line what it cannot read'),
      ],
    },
    {
      id: 'output',
      says: '`--output` writes the report into a file and prints the sum; `--help` and `--version` say what they are asked for',
      section: section('check'),
      tests: [check('the output › goes into a file, and the sum is told'), check('the tool › says what check does'), check('the tool › says its version')],
    },
    {
      id: 'text',
      says: 'The text is grouped by stack and resource, with reason, fix and page; it has colors only on a terminal, and not with `NO_COLOR`',
      section: section('formats'),
      tests: [
        formats('text › groups findings by stack and resource'),
        formats('text › colors by severity'),
        check('the output › has colors where they are seen'),
        check('the output › is colored for %j: %s'),
        check('the output › into a file has no colors'),
        bin('has no colors in a pipe'),
      ],
    },
    {
      id: 'json',
      says: 'JSON is an array of findings with the fields that are listed, and nothing else',
      section: section('formats'),
      tests: [formats('JSON has the findings and nothing else')],
    },
    {
      id: 'sarif',
      says: 'SARIF is valid by its schema, and its fingerprint of a finding stays as long as the finding does',
      section: section('formats'),
      tests: [formats('SARIF › is valid by its schema'), formats('SARIF › knows a finding again, and tells it from others')],
    },
    {
      id: 'junit',
      says: 'JUnit has a suite for each stack, and a failure for each finding at or above `--fail-on`',
      section: section('formats'),
      tests: [
        formats('JUnit › has a suite for each stack, and a test that passed for one without findings'),
        formats('JUnit › fails as the run does'),
        formats('JUnit › is XML whatever the texts are'),
      ],
    },
    {
      id: 'map',
      says: 'The map says of each delivery how it is retried, where it gives up, where the message is then and who is notified, and marks what was found',
      section: section('map'),
      tests: [
        mapReading('a hop says how it is tried, and by whom'),
        mapReading('a hop with dead letters %s gives up: %s'),
        mapReading('where dead letters lie › at the dead letters of a hop'),
        testsIn('test/delivery/map/map-alarms.test.ts')('an alarm is told of where it watches, with whom it tells'),
        map('draws with Mermaid by default'),
      ],
    },
    {
      id: 'map-formats',
      says: 'The map is Mermaid of up to 500 deliveries, a page, or JSON; a file that ends in `.html` is a page; the exit status is 2 if something cannot be read',
      section: section('map'),
      tests: [
        map('draws with Mermaid by default'),
        map('prints the map as JSON'),
        map('writes a page into a file that is named like one'),
        map('says what to do with a map that is too large for Mermaid'),
        map('refuses %s'),
        mermaid('is not drawn with more edges than Mermaid takes'),
      ],
    },
    {
      id: 'map-page',
      says: 'The page needs no network, and has search, filters, stacks that fold, and the findings of each resource',
      section: section('map'),
      tests: [
        mapPage('only the script of the page runs, and it loads nothing'),
        mapPage('the page has the whole map in it'),
        mapView('a folded stack is one shape, and what happens in it is not shown'),
        mapView('a filter leaves %s'),
        mapView('%s is searched for'),
        mapView('findings are told once, the worst first, with the first of what they are of'),
      ],
    },
    {
      id: 'not-known',
      says: 'What only the deployment knows gives no finding, and nothing is said to be missing where more may be added',
      section: section('what-is-not-known'),
      tests: [{ file: 'test/delivery/template/evaluation.test.ts' }, app('%s: more is deployed than it says: %p')],
    },
    {
      id: 'sam',
      says: 'SAM templates are expanded as far as the page says, and what is not is not known',
      section: section('what-is-not-known'),
      tests: [{ file: 'test/cli/sam.test.ts' }, sam('an event › of %s is not known')],
    },
    {
      id: 'baseline',
      says: 'With a baseline only new findings fail; it is sorted, stale entries are reported, and `--update-baseline` removes them',
      section: section('start-with-what-is-new'),
      tests: [
        check('the baseline › lists what is found, in an order of its own'),
        check('the baseline › has what it lists ignored, and nothing else'),
        check('the baseline › is said to be stale where it lists what is found no more'),
      ],
    },
    {
      id: 'in-ci',
      says: 'The snippets for GitHub, GitLab and pre-commit fail where there are new findings',
      section: section('in-ci'),
      tests: [],
      untested: 'none of the three is at hand; the options in the snippets and the formats of the reports have their own tests',
    },
  ],
};
