import type { WorkerMessage, WorkerQueue } from '../../runtime/src';

interface Kept {
  readonly id: string;
  visibleAt: number;
  receives: number;
}

/** An SQS queue for one test, on the clock of the test, with the rules of SQS about what is visible when and which receipt handle is good. */
export class FakeQueue implements WorkerQueue {
  readonly receives: Parameters<WorkerQueue['receiveMessage']>[0][] = [];
  /** When each message was received, deleted, or had its visibility changed, in seconds. */
  readonly events: string[] = [];
  /** Thrown by the calls of a kind, as long as there are any. */
  readonly failures = { receive: [] as Error[], delete: [] as Error[], change: [] as Error[] };
  private readonly messages: Kept[] = [];

  constructor(...ids: string[]) {
    ids.forEach((id) => this.send(id));
  }

  get left(): string[] {
    return this.messages.map(({ id }) => id);
  }

  get visible(): string[] {
    return this.messages.filter(({ visibleAt }) => visibleAt <= Date.now()).map(({ id }) => id);
  }

  send(id: string): void {
    this.messages.push({ id, visibleAt: 0, receives: 0 });
  }

  /** What another consumer does: it gets the message if it is visible. */
  take(visibilitySeconds: number): WorkerMessage | undefined {
    const message = this.messages.find(({ visibleAt }) => visibleAt <= Date.now());
    if (!message) {
      return undefined;
    }
    message.receives += 1;
    message.visibleAt = Date.now() + visibilitySeconds * 1000;
    return { MessageId: message.id, Body: message.id, ReceiptHandle: `${message.id}#${message.receives}`, Attributes: { ApproximateReceiveCount: `${message.receives}` } };
  }

  async receiveMessage(input: Parameters<WorkerQueue['receiveMessage']>[0]): Promise<{ Messages?: WorkerMessage[] }> {
    this.receives.push(input);
    this.failIfMeant('receive');
    for (let waited = 0; ; waited++) {
      const message = this.take(input.VisibilityTimeout);
      if (message) {
        this.note('receive', message.Body!);
        return { Messages: [message] };
      }
      if (waited === input.WaitTimeSeconds) {
        return {};
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 1000);
      });
    }
  }

  async deleteMessage({ ReceiptHandle }: Parameters<WorkerQueue['deleteMessage']>[0]): Promise<void> {
    this.failIfMeant('delete');
    const message = this.behind(ReceiptHandle);
    this.note('delete', message.id);
    this.messages.splice(this.messages.indexOf(message), 1);
  }

  async changeMessageVisibility({ ReceiptHandle, VisibilityTimeout }: Parameters<WorkerQueue['changeMessageVisibility']>[0]): Promise<void> {
    this.failIfMeant('change');
    const message = this.behind(ReceiptHandle);
    this.note(`hide for ${VisibilityTimeout}`, message.id);
    message.visibleAt = Date.now() + VisibilityTimeout * 1000;
  }

  private behind(handle: string): Kept {
    const message = this.messages.find(({ id, receives }) => `${id}#${receives}` === handle);
    if (!message || message.visibleAt <= Date.now()) {
      throw Object.assign(new Error(`Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`), { name: 'InvalidParameterValue' });
    }
    return message;
  }

  private failIfMeant(kind: keyof FakeQueue['failures']): void {
    const error = this.failures[kind].shift();
    if (error) {
      throw error;
    }
  }

  private note(what: string, id: string): void {
    this.events.push(`${Date.now() / 1000} ${what} ${id}`);
  }
}
