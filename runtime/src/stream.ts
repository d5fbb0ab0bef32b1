/** The part of a record of Kinesis or of a DynamoDB stream, as Lambda gives it, that matters here. */
export interface StreamRecord {
  readonly kinesis?: { readonly sequenceNumber?: string | undefined } | undefined;
  readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined;
}

/** What a handler tells Lambda of a batch from a stream: from which record on it is to be delivered again. */
export interface StreamBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

export interface ProcessInOrderOptions<R> {
  /**
   * Told of the record that failed, and of its error. What this throws fails the whole batch.
   *
   * @default - both go to the log, by `console.error`
   */
  readonly onFailure?: (error: unknown, record: R) => void;
}

/**
 * Processes the records of a stream one after the other, and stops at the first that fails: what a handler of Kinesis or of a DynamoDB
 * stream returns if its event source mapping has `ReportBatchItemFailures` on. Lambda then keeps what came before, and delivers the rest
 * again, beginning with the record that failed. An error of the handler never fails the batch.
 *
 * There is no option to go on with records of other keys: Lambda delivers everything from the **lowest** sequence number on again, whatever
 * else the response says, so what was processed behind the failure would be processed once more at each attempt. The way past a record that
 * always fails are the retry attempts of the event source mapping, after which it is set aside. Handlers must expect records twice in any
 * case.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 *
 * @param records `event.Records`
 * @param handler what processes a record; it is awaited before the next one begins
 * @param options who is told of the failure
 * @returns what the handler of the function returns
 * @throws TypeError if one of the records is not of a stream; none is processed then
 */
export async function processInOrder<R extends StreamRecord>(
  records: readonly R[], handler: (record: R) => unknown, options: ProcessInOrderOptions<R> = {},
): Promise<StreamBatchResponse> {
  const numbered = records.map((record, index): [R, string] => [record, sequenceNumberOf(record, index)]);
  for (const [record, itemIdentifier] of numbered) {
    try {
      await handler(record);
    } catch (error) {
      if (options.onFailure) {
        options.onFailure(error, record);
      } else {
        console.error(`the record ${itemIdentifier} failed, so it and what follows will be delivered again:`, error);
      }
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  }
  return { batchItemFailures: [] };
}

/** An empty or a wrong one would make Lambda deliver the whole batch again. */
function sequenceNumberOf({ kinesis, dynamodb }: StreamRecord, index: number): string {
  const number = kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber;
  if (!number) {
    throw new TypeError(`record ${index} has no sequence number: processInOrder takes the records of Kinesis and of DynamoDB streams, as Lambda gives them`);
  }
  return number;
}
