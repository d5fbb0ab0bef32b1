// eslint-disable-next-line @typescript-eslint/no-require-imports
const { version } = require('../../../package.json') as { version: string };

/** The docs of this release. They must stay where they are: descriptions of deployed alarms and problem details of deployed APIs name them. */
export const DOCUMENTATION = `https://github.com/cdkserverlesspatterns/cdk-serverless-patterns/blob/v${version}/docs`;
