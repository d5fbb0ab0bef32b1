/** A message that is to be sent once. */
export interface OneOffSchedule {
  /**
   * The name of the schedule: at most 64 letters, digits and `-_.`. Scheduler refuses a second one of a name (`ConflictException`), so a name that is made
   * of what it is about, such as `order-4711`, makes it safe to try again; and by the name it can be deleted before its time.
   */
  readonly name: string;

  /** When the message is sent. Scheduler sends it within a minute, in UTC. */
  readonly at: Date;

  /** @default - none */
  readonly input?: { readonly [key: string]: unknown };
}

/** What `CreateSchedule` is told of the target of a one-off schedule. */
export interface OneOffTarget {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly DeadLetterConfig: { readonly Arn: string };
  readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
  readonly SqsParameters?: { readonly MessageGroupId: string };
  readonly Input: string;
}

/** What `CreateSchedule` takes. */
export interface OneOffRequest {
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' };
  readonly ActionAfterCompletion: 'DELETE';
  readonly Target: OneOffTarget;
}

/**
 * A request to create a schedule that sends one message to the consumer of a `ScheduledMessages`, and is deleted then: for `createSchedule` of the
 * `Scheduler` of `@aws-sdk/client-scheduler`. The message names its schedule and its time, so that a FIFO queue drops one that is delivered twice, and no other.
 *
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 *
 * @param request the `scheduleRequest` of the `ScheduledMessages`, from an environment variable
 * @param schedule its name, its time and what the consumer is to find as `input`
 * @throws RangeError for a name that Scheduler does not take, or a date that is none
 */
export function oneOffSchedule(request: string, { name, at, input }: OneOffSchedule): OneOffRequest {
  if (!/^[0-9a-zA-Z-_.]{1,64}$/.test(name)) {
    throw new RangeError(`name is '${name}', but must be 1 to 64 letters, digits, hyphens, underscores and dots: shorten it, or replace the others`);
  }
  if (Number.isNaN(at.getTime())) {
    throw new RangeError('at is no date: state when the message is to be sent');
  }
  const { Target, ...common } = JSON.parse(request) as OneOffRequest;
  const message = { schedule: '<aws.scheduler.schedule-arn>', scheduledTime: '<aws.scheduler.scheduled-time>', ...input && { input } };
  return { ...common, Name: name, ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`, Target: { ...Target, Input: JSON.stringify(message) } };
}
