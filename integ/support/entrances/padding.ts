/** Two parts of a multipart upload. */
const LARGE = 10 * 1024 * 1024;

/** More than a message takes by default. */
const MEDIUM = 300 * 1024;

/** Makes payloads of each size in turn: one that fits into a message, one that does not, one of 10 MB. */
export function padded(body: string, number: number): string {
  const size = [0, MEDIUM, LARGE][number % 3]!;
  return size === 0 ? body : JSON.stringify({ ...JSON.parse(body) as object, content: 'x'.repeat(size) });
}
