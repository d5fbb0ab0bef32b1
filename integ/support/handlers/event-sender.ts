import { putEvents } from '../eventbridge';

/** Tries to send an event to each bus with its own role, and answers what came of each. The names of the buses are named as the answers shall be. */
export async function handler(buses: Record<string, string>): Promise<Record<string, string>> {
  const answers = Object.entries(buses).map(async ([name, bus]) => [name, await outcome(bus)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

async function outcome(bus: string): Promise<string> {
  try {
    const [answer] = await putEvents(bus, [{ body: JSON.stringify({ run: 'probe', number: 1 }), category: 'probe' }]);
    return answer?.EventId === undefined ? String(answer?.ErrorCode) : 'allowed';
  } catch (error) {
    const { name, message } = error as Error;
    return name.startsWith('AccessDenied') ? 'refused' : `${name}: ${message}`;
  }
}
