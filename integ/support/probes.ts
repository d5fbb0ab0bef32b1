/**
 * Tries one thing after the other, and says of each whether it was `allowed` or `refused`, or how else it failed.
 *
 * @param isRefusal whether an error of this name means that the permission is missing
 */
export async function outcomesOf<P>(
  probes: Readonly<Record<string, P>>,
  attempt: (probe: P) => Promise<unknown>,
  isRefusal: (name: string) => boolean,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [name, probe] of Object.entries(probes)) {
    answers[name] = await attempt(probe).then(() => 'allowed', (error: Error) => isRefusal(error.name) ? 'refused' : `${error.name}: ${error.message}`);
  }
  return answers;
}
