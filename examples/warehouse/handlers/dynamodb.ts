import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Made once for each execution environment, and used by all of its invocations. */
export const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));
