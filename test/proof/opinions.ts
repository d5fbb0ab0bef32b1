/** What the second opinions show, in one place: their tests judge the forms of all patterns at once. */
import { testsIn } from './promise';
import type { TestReference } from './promise';

const all = (file: string): TestReference => ({ file: `test/opinions/${file}` });
const deliveries = testsIn('test/opinions/test_deliveries.py');
const stateMachines = testsIn('test/opinions/state-machines.test.ts');

/** Each delivery between two services is allowed by the policies in the template. */
export const DELIVERIES_ALLOWED = deliveries('test_every_delivery_is_allowed');
/** No delivery is allowed by chance: take a statement away, and one is refused. */
export const STATEMENTS_NEEDED = deliveries('test_every_statement_is_needed');
/** Requests without TLS are refused, by the statement that is there for it. */
export const PLAIN_HTTP_REFUSED = deliveries('test_plain_http_is_refused');

/** Metrics and dimensions of the alarms are those of AWS. */
export const ALARM_METRICS = all('alarms.test.ts');
/** Templates are what the resource schemas of CloudFormation allow. */
export const RESOURCE_SCHEMAS = all('cloudformation-validate.test.ts');
/** What CloudFormation sends to the services is what their API models allow. */
export const SERVICE_REQUESTS = all('test_service_requests.py');
/** The actions in policies exist, and fit their resources. */
export const IAM_ACTIONS = all('test_iam_actions.py');
/** The resource types are there in the regions of AWS. */
export const REGIONS = all('test_regions.py');

/** Definitions of state machines are valid. */
export const DEFINITIONS_VALID = stateMachines('asl-validator › accepts %s');
/** Every expression of a workflow has a value, whatever the body and the result. */
export const EXPRESSIONS_HOLD = stateMachines('JSONata\'s reference engine › finds a value for each expression of %s');
/** A result is stored as JSON. */
export const RESULTS_ARE_JSON = stateMachines(
  'JSONata\'s reference engine › stores the result of %s byte for byte, and gives the work the body',
);
/** The names of errors that are retried or caught are names that AWS uses. */
export const ERROR_NAMES = stateMachines('botocore › knows each error that %s retries or catches');

/** Mapping templates, rendered by Apache Velocity 1.7, make the same requests and answers. */
export const VELOCITY = all('mapping-templates.test.ts');
/** The requests to the table do what they must. */
export const DYNAMODB = all('test_dynamodb_expressions.py');
