/** The types of DynamoDB's tables; the CDK makes a `TableV2` of the second, also in one region. */
export const TABLES: readonly string[] = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
