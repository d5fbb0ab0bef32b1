import type { JobAttribute, JobTable } from '../../runtime/src';

type Item = Record<string, JobAttribute>;

/** The table of the jobs for one test, on the clock of the test. It knows the one condition that workers write with. */
export class FakeJobTable implements JobTable {
  readonly items = new Map<string, Item>();
  readonly updates: Parameters<JobTable['updateItem']>[0][] = [];
  /** Thrown by the next calls, before or after they have written. */
  readonly failures: { readonly error: Error; readonly written: boolean }[] = [];

  /** A job that was accepted just now. */
  accept(job: string, seconds: number, body: unknown = {}): void {
    const deadline = `${Math.floor(Date.now() / 1000) + seconds}`;
    this.items.set(job, { jobKey: { S: job }, jobId: { S: `k-${job}` }, requestBody: { S: JSON.stringify(body) }, jobStatus: { S: 'PENDING' }, deadline: { N: deadline } });
  }

  /** What the table has of a job. */
  of(job: string): Item {
    return this.items.get(job)!;
  }

  async updateItem(input: Parameters<JobTable['updateItem']>[0]): Promise<{ Attributes: Item }> {
    this.updates.push(input);
    const failure = this.failures.shift();
    if (failure && !failure.written) {
      throw failure.error;
    }
    const { TableName, Key, ConditionExpression, UpdateExpression, ExpressionAttributeValues: values } = input;
    expect([TableName, ConditionExpression]).toEqual(['Jobs', 'jobStatus IN (:pending, :running) AND deadline > :now']);
    expect(values).toMatchObject({ ':pending': { S: 'PENDING' }, ':running': { S: 'RUNNING' } });
    const item = this.items.get(Key.jobKey!.S);
    const isOpen = ['PENDING', 'RUNNING'].includes(item?.jobStatus?.S ?? '') && Number(item?.deadline?.N) > Number((values[':now'] as { N: string }).N);
    if (!isOpen) {
      throw Object.assign(new Error('The conditional request failed'), { name: 'ConditionalCheckFailedException', Item: item });
    }
    for (const [, name = '', value = ''] of UpdateExpression.matchAll(/(\w+) = (:\w+)/g)) {
      item![name] = values[value]!;
    }
    if (failure) {
      throw failure.error;
    }
    return { Attributes: { ...item } };
  }
}
