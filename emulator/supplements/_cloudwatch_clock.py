"""CloudWatch's clock, which is faster here than on AWS: the one place that knows by how much.

`CLOUDWATCH_TIME_SCALE` is what a second of CloudWatch's time lasts here, in seconds; 1/60 when it is not set, so that a
minute lasts a second. It applies to what CloudWatch counts in minutes: how often services report, the periods of
alarms, and the age of the oldest message as a metric; also to the age of a stream's records, and to the waits of what
reads it. Timestamps, and the periods of GetMetricData, are the wall clock's.

Once each of these minutes, for each account and region that has an alarm, the services report first and the alarms are
evaluated after them. While there is no alarm, nothing is done.
"""

import logging
import os
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from supplements._patching import SupplementRefused

SCALE = float(os.environ.get("CLOUDWATCH_TIME_SCALE", 1 / 60))
MINUTE = 60 * SCALE
SHORTEST_MINUTE = 0.1

logger = logging.getLogger("cloudwatch")
_reports: list = []
_evaluations: list = []
_started = threading.Lock()


def duration_here(seconds: float) -> float:
    """How long this much of CloudWatch's time lasts here, in seconds."""
    return seconds * SCALE


def duration_on_aws(seconds: float) -> float:
    """How much of CloudWatch's time passes during these seconds."""
    return seconds / SCALE


def report_each_minute(report) -> None:
    """Call `report(end)` in the scope of each account and region with alarms; `end` is when the minute ended, as a time stamp."""
    _reports.append(report)
    _start()


def evaluate_each_minute(evaluate) -> None:
    """As `report_each_minute`, after all reports."""
    _evaluations.append(evaluate)
    _start()


def _start() -> None:
    if MINUTE < SHORTEST_MINUTE:
        raise SupplementRefused(f"CLOUDWATCH_TIME_SCALE={SCALE}: must be at least {SHORTEST_MINUTE / 60:.4f}, a minute of {SHORTEST_MINUTE} s")
    if _started.acquire(blocking=False):
        threading.Thread(target=_run, daemon=True, name="cloudwatch-clock").start()


def _run() -> None:
    while True:
        time.sleep(MINUTE - time.time() % MINUTE)
        # A sleep may end a little early; the minute that is meant is then the one about to begin.
        end = int(time.time() / MINUTE + 0.01) * MINUTE
        for account, region in {(account, region) for account, region, _name in list(cloudwatch._alarms._data)}:
            with request_scope(account, region):
                for action in (*_reports, *_evaluations):
                    try:
                        action(end)
                    except Exception:
                        logger.exception("CloudWatch's clock: %s failed", action.__module__)
