import type { PagePromises } from './promise';
import { testsIn } from './promise';

const uses = testsIn('test/delivery/delivery-checks.test.ts');
const ownApps = testsIn('test/delivery/own-apps.test.ts');
const compositions = testsIn('test/delivery/compositions.test.ts');
const catalogue = testsIn('test/delivery/catalogue.test.ts');
const wild = testsIn('test/delivery/wild.test.ts');
const check = testsIn('test/cli/check.test.ts');
const formats = testsIn('test/cli/formats.test.ts');
const hostile = testsIn('test/cli/hostile.test.ts');
const sam = testsIn('test/cli/sam.test.ts');
const bin = testsIn('test/cli/bin.test.ts');
const map = testsIn('test/cli/map.test.ts');
const app = testsIn('test/delivery/template/app.test.ts');
const apis = testsIn('test/delivery/graph/apis.test.ts');
const services = testsIn('test/delivery/checks/queue-services.test.ts');

export const deliveryChecks: PagePromises = {
  name: 'DeliveryChecks',
  page: 'docs/delivery-checks.md',
  promises: [
    {
      id: 'defects-found',
      says: 'Each rule that a template can break finds the templates that break it, and not those that are nearly the same',
      section: 'the-delivery-contract',
      tests: [catalogue('each rule › is broken by a template in a test'), wild('%s › is found where it is wrong')],
    },
    {
      id: 'clean-apps-clean',
      says: 'Nothing is found in the patterns of this library, alone or composed at random, nor in the order desk, but for what is accepted with a reason',
      section: 'the-delivery-contract',
      tests: [
        ownApps('the patterns, in all their forms › lose nothing, but for what is accepted'),
        ownApps('the integ tests › lose nothing, but for what is accepted'),
        ownApps('the order desk › loses nothing'),
        compositions('composition %d › loses nothing'),
      ],
    },
    {
      id: 'safety-taken-away',
      says: 'As soon as one safety property of a composed app is taken away, there is a finding',
      section: 'the-delivery-contract',
      tests: [compositions('composition %d › is found out as soon as something is taken away')],
    },
    {
      id: 'map-up-to-date',
      says: 'The map of the order desk on this page is drawn from its templates as they are',
      section: 'the-delivery-contract',
      tests: [ownApps('the order desk › is drawn in the documentation as it is: npm run rules draws it anew')],
    },
    {
      id: 'across-stacks',
      says: 'References are followed between all stacks of an app, so that a delivery may begin in one and end in another',
      section: 'the-delivery-contract',
      tests: [
        app('across stacks, a resource is found › by an export'),
        app('across stacks, a resource is found › by a parameter of a nested stack'),
        app('across stacks, a resource is found › by an output of a nested stack'),
      ],
    },
    {
      id: 'scope',
      says: '`of` takes an app, a stage, a stack or any other construct, and reports what belongs to it',
      section: 'in-a-unit-test',
      tests: [
        uses('of an app › all that is wrong is found'),
        uses('of an app › a stack has what is nested in it, and nothing of others'),
        uses('of an app › a finding says what, why, and how to mend it'),
      ],
    },
    {
      id: 'assertion',
      says: '`hasNoFindings` throws an error that lists all findings of the construct, each with its fix; it is as readable in JUnit',
      section: 'in-a-unit-test',
      tests: [
        uses('of an app › the assertion lists them'),
        testsIn('examples/languages/java/src/test/java/com/example/DeliveryChecksTest.java')('aFailureListsWhatIsWrongAndHowToMendIt'),
        uses('a template can be checked as it is asserted upon'),
      ],
    },
    {
      id: 'severities',
      says: 'Errors and warnings count in an assertion and at synthesis, or what is at least as severe as is said',
      section: 'in-a-unit-test',
      tests: [
        uses('of an app › the assertion on what has a %s, for which %s is the least that counts, fails: %s'),
        uses('at synthesis › what has a %s, for which %s is the least that counts, fails: %s'),
      ],
    },
    {
      id: 'plugin',
      says: 'With `addTo`, findings fail the synthesis and are reported by the CDK with their fix',
      section: 'at-synthesis',
      tests: [uses('at synthesis › findings fail it, and are reported with their fix'), uses('at synthesis › an app in which nothing is found passes')],
    },
    {
      id: 'plugin-in-a-list',
      says: '`DeliveryChecksPlugin` is the same plugin, for apps that list their plugins; it reads templates, and never opens an asset',
      section: 'at-synthesis',
      tests: [
        uses('the plugin has a name, and the ids of all rules'),
        uses('the plugin tells the path of a construct %s'),
        uses('the plugin reads templates, and no assets'),
      ],
    },
    {
      id: 'command-line',
      says: '`check` reads cloud assemblies, templates in JSON and YAML, and SAM templates without the CDK, and its exit status says what it found',
      section: 'on-the-command-line',
      tests: [
        check('what is checked › a cloud assembly, with what it says of its stacks'),
        check('what is checked › all templates in a folder and its folders, and nothing else there'),
        sam('a defect in a template of SAM is found where it is'),
        bin('the package needs no other, and brings the licence of what it bundles'),
        formats('SARIF › is valid by its schema'),
        map('draws with Mermaid by default'),
      ],
    },
    {
      id: 'findings',
      says: 'A finding has the id of its rule, the construct path and logical id, the value that was seen, the reason with its page, and the fix',
      section: 'findings',
      tests: [uses('of an app › a finding says what, why, and how to mend it'), catalogue('each rule › is broken by a template in a test')],
    },
    {
      id: 'acknowledgements',
      says: 'An acknowledgement takes out the findings of its id at the construct and below it; one that matches nothing any more is a finding',
      section: 'accepting-a-finding',
      tests: [
        uses('an acknowledgement › takes out the findings of its id, at the construct and below it'),
        uses('an acknowledgement › is itself a finding if it matches nothing, once'),
        uses('an acknowledgement › in the metadata of a template says the same, and what is wrong with it is found'),
      ],
    },
    {
      id: 'baseline',
      says: 'With a baseline, only findings that are not in it fail',
      section: 'adopting-it-in-an-existing-app',
      tests: [check('the baseline › has what it lists ignored, and nothing else')],
    },
    {
      id: 'never-guessed',
      says: 'What only the deployment knows gives no finding, and no template makes the checks crash or hang',
      section: 'what-it-does-not-know',
      tests: [hostile('spoilt templates are checked › those of template $index'), { file: 'test/delivery/template/evaluation.test.ts' }],
    },
    {
      id: 'nothing-missing',
      says: 'Nothing is said to be missing from an app whose templates have a transform or a loop that cannot be expanded, or nest one that was not found',
      section: 'what-it-does-not-know',
      tests: [app('%s: more is deployed than it says: %p')],
    },
    {
      id: 'openapi',
      says: 'Of an OpenAPI document, the integrations are read',
      section: 'what-it-does-not-know',
      tests: [apis('an OpenAPI document › has a hop for each operation')],
    },
    {
      id: 'services',
      says: 'A service of ECS counts as the consumer of a queue by what the role of its tasks may do by name, and by what names the queue',
      section: 'what-it-does-not-know',
      tests: [services('which queues a service consumes › that which %s'), services('which queues a service consumes › none if it %s')],
    },
    {
      id: 'few-false-alarms',
      says: 'Fewer than 2 % of the findings in templates that nobody here wrote are false',
      section: 'findings-in-the-wild.md#templates-nobody-had-tried-yet',
      tests: [],
      untested: 'the templates of others are not part of this project: what was found in them, and read by hand, is on that page',
    },
  ],
};
