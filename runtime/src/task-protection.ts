/**
 * The scale-in protection of the ECS task that this runs in, by the endpoint of the agent: a protected task is not stopped by scaling or by a deployment until the
 * protection is released or expires. Outside ECS, where nothing scales in, everything is as if it were protected.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export class TaskProtection {
  private until = 0;

  /**
   * @param agentUri what ECS puts into `ECS_AGENT_URI`; empty outside ECS
   * @param log told why protection was refused
   */
  constructor(private readonly agentUri: string, private readonly log: (text: string, error?: unknown) => void) {}

  /**
   * Makes sure that the task is protected for some time. Asks ECS only if it is not, because there is a limit on how often one may ask.
   *
   * @param seconds for how long
   * @returns false if ECS refuses, as it does while a deployment or scaling in waits for this task
   */
  public async cover(seconds: number): Promise<boolean> {
    if (this.agentUri === '' || this.until >= Date.now() + seconds * 1000) {
      return true;
    }
    const minutes = Math.ceil(seconds / 60) + SPARE_MINUTES;
    const until = Date.now() + minutes * 60_000;
    this.until = await this.put({ ProtectionEnabled: true, ExpiresInMinutes: minutes }) ? until : 0;
    return this.until > 0;
  }

  /**
   * Whether there is protection, but for less than some time. It is not prolonged without a pause: a deployment waits until a task is not protected, and no other task
   * gets protection while as many as are desired have theirs.
   * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
   *
   * @param seconds for how long it is needed
   */
  public isRunningOut(seconds: number): boolean {
    return this.until > 0 && this.until < Date.now() + seconds * 1000;
  }

  /** Lets ECS stop the task. */
  public async release(): Promise<void> {
    this.until = 0;
    if (this.agentUri !== '') {
      await this.put({ ProtectionEnabled: false });
    }
  }

  /** Whether ECS did what was asked. The agent says in the body whether it did; not only by the status. */
  private async put(wanted: { ProtectionEnabled: boolean; ExpiresInMinutes?: number }): Promise<boolean> {
    try {
      const response = await fetch(`${this.agentUri}/task-protection/v1/state`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(wanted),
        signal: AbortSignal.timeout(LONGEST_ANSWER_MILLISECONDS),
      });
      const answer = await response.text();
      const { protection } = JSON.parse(answer) as { protection?: { ProtectionEnabled?: boolean } };
      if (protection?.ProtectionEnabled === wanted.ProtectionEnabled) {
        return true;
      }
      this.log(`ECS did not set the protection of this task: ${answer}`);
    } catch (error) {
      this.log('the protection of this task could not be set:', error);
    }
    return false;
  }
}

/** Protection is asked for this much longer than it is needed, so that short messages need not ask for each. */
const SPARE_MINUTES = 5;

const LONGEST_ANSWER_MILLISECONDS = 5000;
