/** Makes pauses take no time, and gives how long each would have been, with `random` in place of chance. */
export function recordPauses(random = 1): number[] {
  const pauses: number[] = [];
  jest.spyOn(Math, 'random').mockReturnValue(random);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((resolve: () => void, milliseconds: number) => {
    pauses.push(milliseconds);
    setImmediate(resolve);
  }) as never);
  return pauses;
}
