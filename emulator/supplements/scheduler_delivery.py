"""Scheduler delivers a run as its role, tries again, sets aside what it cannot deliver, and reports to CloudWatch.

AWS: "Schedule types" (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html): a rate without a start date runs at
once, and then at each interval. RetryPolicy (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html): 185 attempts
in 24 hours by default, with exponential backoff. "Adding context attributes"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html): keywords in the input stand for the
schedule, the scheduled time, the execution and the attempt. "Configuring a dead-letter queue"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html): a standard queue, to which the role of the schedule
may send; attributes say what failed. "Confused deputy"
(https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html): Scheduler takes the role for a
schedule group. Metrics (https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html): by group only.

The emulator alone: looks every ten seconds, lets an interval pass before the first run, sends to queues without deduplication and without a
role, once, with the keywords as they are.

This supplement: looks every tenth of a second. An interval is shortened like CloudWatch's minutes (`_cloudwatch_clock`), and the scheduled
times are as far apart as on AWS. The waits between attempts are shortened as for all deliveries. AWS does not say which errors it does not
try again: here it tries all. Not here: time zones, flexible windows, the times of cron expressions in shortened time, and the role and the
dead-letter queue of targets that are no queues, which are delivered as by the emulator alone.
"""

import logging
import threading
from datetime import datetime, timezone

from ministack.core.iam_evaluator import pin_request_origin
from ministack.core.responses import get_account_id, new_uuid, request_scope
from ministack.services import eventbridge, scheduler, sqs

from supplements import _roles
from supplements._cloudwatch_clock import duration_here
from supplements._delivery import EventAge, count, expect_hooks, send_to_standard_queue
from supplements._patching import edit_function, expect_parameters

POLL = 0.1  # seconds
LONGEST_WAIT = 600  # seconds
SERVICE = "scheduler.amazonaws.com"
KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")

logger = logging.getLogger("scheduler")
_runs: dict[str, int] = {}  # how many runs a schedule has had, by its ARN and when it was made


def apply() -> None:
    expect_hooks()
    expect_parameters(sqs._act_send_message, "data", "qurl")
    expect_parameters(eventbridge._parse_rate_seconds, "expr")
    scheduler._SCHEDULE_TICK_INTERVAL = POLL
    scheduler.interval_here = interval_here
    scheduler.start_run = start_run
    edit_function(scheduler._tick_schedules, "= _eb._parse_rate_seconds(expr)", "= interval_here(_eb._parse_rate_seconds(expr))")
    edit_function(
        scheduler._tick_schedules,
        '_schedule_last_fired[state_key] = sched.get("CreationDate", now)',
        "_schedule_last_fired[state_key] = now - interval",
    )
    edit_function(scheduler._tick_schedules, "_eb._invoke_target(target, event, sched)", "start_run(target, event, sched)")


def interval_here(seconds: float | None) -> float | None:
    return None if seconds is None else duration_here(seconds)


def scheduled_time(schedule: dict, now: float) -> str:
    """When the run was due: as on AWS, where intervals have their full length."""
    expression = schedule["ScheduleExpression"]
    interval = eventbridge._parse_rate_seconds(expression)
    due = scheduler._at_time_epoch(expression)
    if due is None:
        made = schedule["CreationDate"]
        number = _runs[f"{schedule['Arn']} {made}"] = _runs.get(f"{schedule['Arn']} {made}", -1) + 1
        due = now if interval is None else made + number * interval
    return datetime.fromtimestamp(due, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def start_run(target: dict, event: dict, schedule: dict) -> None:
    account, region = get_account_id(), event["Region"]
    run = Run(target, event, schedule, scheduled_time(schedule, event["Time"]))

    def deliver() -> None:
        with request_scope(account, region):
            pin_request_origin("127.0.0.1", True)  # A service's own calls come over TLS.
            run.deliver()

    threading.Thread(target=deliver, daemon=True, name=f"schedule-{schedule['Name']}").start()


class TargetFailed(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


class Run:
    def __init__(self, target: dict, event: dict, schedule: dict, scheduled: str):
        self.target, self.event, self.schedule, self.scheduled = target, event, schedule, scheduled
        self.group = schedule["GroupName"]
        self.execution = new_uuid()

    def deliver(self) -> None:
        policy = self.target.get("RetryPolicy") or {}
        age, retries = EventAge(), 0
        while True:
            count("AWS/Scheduler", "InvocationAttemptCount", ScheduleGroup=self.group)
            try:
                return self._attempt(retries + 1)
            except TargetFailed as failed:
                failure = failed
            count("AWS/Scheduler", "TargetErrorCount", ScheduleGroup=self.group)
            wait = min(2**retries, LONGEST_WAIT)
            if retries >= int(policy.get("MaximumRetryAttempts", 185)):
                return self._give_up(failure, retries, "MaximumRetryAttempts")
            if age.seconds() + wait > int(policy.get("MaximumEventAgeInSeconds", 86400)):
                return self._give_up(failure, retries, "MaximumEventAgeInSeconds")
            age.wait(wait)
            retries += 1

    def _input(self, attempt: int) -> str:
        text = self.target.get("Input") or "{}"
        known = {
            "schedule-arn": self.schedule["Arn"],
            "scheduled-time": self.scheduled,
            "execution-id": self.execution,
            "attempt-number": str(attempt),
        }
        for name, value in known.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        return text

    def _attempt(self, attempt: int) -> None:
        arn = self.target["Arn"]
        if ":sqs:" not in arn:
            return eventbridge._invoke_target({**self.target, "Input": self._input(attempt)}, self.event, self.schedule)
        queue = sqs._queue_by_arn(arn)
        if queue is None:
            raise TargetFailed("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
        if not self._may_send(arn, queue):
            raise TargetFailed("AccessDenied", f"{self.target['RoleArn']} is not authorized to perform: sqs:SendMessage on resource: {arn}")
        group = (self.target.get("SqsParameters") or {}).get("MessageGroupId")
        try:
            sqs._act_send_message({"MessageBody": self._input(attempt), **({"MessageGroupId": group} if group else {})}, queue["url"])
        except sqs._Err as refused:
            raise TargetFailed(refused.code, str(refused)) from refused

    def _may_send(self, arn: str, queue: dict) -> bool:
        role = self.target["RoleArn"]
        key = _roles.customer_key((queue.get("attributes") or {}).get("KmsMasterKeyId"))
        return (
            _roles.trusts(role, SERVICE, {"aws:SourceArn": scheduler._group_arn(self.group)})
            and _roles.allowed(role, "sqs:SendMessage", arn)
            and (key is None or all(_roles.allowed(role, action, key["Arn"]) for action in KEY_ACTIONS))
        )

    def _give_up(self, failure: TargetFailed, retries: int, exhausted: str) -> None:
        logger.info("Schedule %s, %d retries: %s", self.schedule["Name"], retries, failure)
        count("AWS/Scheduler", "InvocationDroppedCount", ScheduleGroup=self.group)
        arn = (self.target.get("DeadLetterConfig") or {}).get("Arn")
        if not arn:
            return
        attributes = {
            "SCHEDULE_ARN": self.schedule["Arn"],
            "TARGET_ARN": self.target["Arn"],
            "EXECUTION_ID": self.execution,
            "SCHEDULED_TIME": self.scheduled,
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure),
            "RETRY_ATTEMPTS": str(retries),
            "EXHAUSTED_RETRY_CONDITION": exhausted,
        }
        queue = sqs._queue_by_arn(arn)
        sent = queue is not None and self._may_send(arn, queue) and send_to_standard_queue(
            arn, self._input(retries + 1), {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        )
        metric = "InvocationsSentToDeadLetterCount" if sent else "InvocationsFailedToBeSentToDeadLetterCount"
        count("AWS/Scheduler", metric, ScheduleGroup=self.group)
