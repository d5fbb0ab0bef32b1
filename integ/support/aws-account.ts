import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** The stack that `cdk bootstrap` makes; without it nothing can be deployed. */
const BOOTSTRAP_STACK = 'CDKToolkit';

export interface Account {
  readonly region: string;
}

/**
 * Makes sure that the credentials are for the account that the person stated, so that tests never run in another by mistake.
 *
 * The account is read from the ARN of the bootstrap stack, which shows at once that the CDK toolkit can deploy there.
 *
 * @throws Error when the account is not stated, or not the one of the credentials; when there are no credentials or no region; when it is not bootstrapped
 */
export async function requireAccount(stated: string | undefined): Promise<Account> {
  if (stated === undefined) {
    throw new Error('tests on AWS make resources that cost money: state the account that they may use, as in --account 123456789012');
  }
  if (!/^\d{12}$/.test(stated)) {
    throw new Error(`--account must have 12 digits, got '${stated}'`);
  }
  const client = new CloudFormationClient({ maxAttempts: 2 });
  const region = await client.config.region().catch(() => {
    throw new Error('no region is set: set AWS_REGION, or choose a profile that has one');
  });
  await client.config.credentials().catch((error: Error) => {
    throw new Error(`no AWS credentials were found: set AWS_PROFILE or log in first (${error.message})`);
  });
  const actual = await bootstrappedAccount(client, region);
  if (actual !== stated) {
    throw new Error(`the credentials are for account ${actual}, not for ${stated}: nothing was done`);
  }
  return { region };
}

async function bootstrappedAccount(client: CloudFormationClient, region: string): Promise<string> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: BOOTSTRAP_STACK }));
    return stack!.StackId!.split(':')[4]!;
  } catch (error) {
    if ((error as Error).name === 'ValidationError') {
      throw new Error(`stack ${BOOTSTRAP_STACK} does not exist in ${region}: run npx cdk bootstrap there first`);
    }
    throw new Error(`the account of the credentials cannot be read: ${(error as Error).message}`);
  }
}
