import type { IResource } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { differ } from '../../private/app/environments';
import type { Problems } from '../../private/checks/problems';

/**
 * Notes a problem if what does the work is known to be in another region or account, where it would fail at each job.
 *
 * @param what its name, as in `stateMachine`
 * @param reason why it cannot be there; it ends with "only in its own"
 * @param places which of the two count
 */
export function requireOwnPlace(
  problems: Problems, scope: Construct, what: string, resource: IResource, reason: string, places: readonly ('account' | 'region')[] = ['account', 'region'],
): void {
  for (const place of places) {
    const [theirs, own] = [resource.env[place], Stack.of(scope)[place]];
    if (differ(theirs, own)) {
      problems.add(`${what} '${resource.node.path}' is in ${place} ${theirs}, but the API is in ${own}, and ${reason} only in its own ${place}: give one of this ${place}`);
    }
  }
}
