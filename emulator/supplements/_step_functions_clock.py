"""The time of an execution as AWS would count it: shortened waits count in full, everything else as long as it lasts here.

An execution has a clock; so has each of its branches and each task with a time limit. What waits for another waits with it:
the time that a branch or an awaited execution spends passes for the clocks above it too.
"""

import contextvars
import math
import threading
import time

from ministack.services import stepfunctions

SCALE = stepfunctions._SFN_WAIT_SCALE


class Clock:
    """Ends when its limit is reached or when `end` is called, once; actions that were registered run then."""

    def __init__(self, parent: "Clock | None" = None, limit: float = math.inf):
        self._parent = parent
        self._spared = parent._spared if parent else 0.0
        self._due = self._now() + limit
        self._changed = threading.Condition()
        self._at_end: list = []
        self.ended = False

    def _now(self) -> float:
        return time.monotonic() + self._spared

    def left(self) -> float:
        return self._due - self._now()

    def _chain(self):
        clock = self
        while clock:
            yield clock
            clock = clock._parent

    def wait(self, seconds: float) -> None:
        """Let this much time pass, shortened; leaves the thread when the clock ends meanwhile."""
        while seconds > 0:
            part = min([seconds, *(clock.left() for clock in self._chain() if not clock.ended)])
            time.sleep(max(part, 0) * SCALE)
            self._pass(max(part, 0))
            seconds -= max(part, 0)
            for clock in self._chain():
                if clock.left() <= 0:
                    clock.end()
            self.leave_if_ended()

    def _pass(self, seconds: float) -> None:
        spared = self._spared + seconds * (1 - SCALE)
        for clock in self._chain():
            with clock._changed:
                clock._spared = max(clock._spared, spared)
                clock._changed.notify_all()

    def leave_if_ended(self) -> None:
        """Of a thread that nobody waits for any more, nothing is heard: this exception ends it without a trace."""
        if any(clock.ended for clock in self._chain()):
            raise SystemExit

    def end(self) -> None:
        with self._changed:
            if self.ended:
                return
            self.ended = True
            actions = self._at_end
            self._changed.notify_all()
        for action in actions:
            action()

    def at_end(self, action) -> None:
        """Run this when the clock ends; at once, if it has."""
        with self._changed:
            if not self.ended:
                self._at_end.append(action)
                return
        action()

    def at_end_of_any(self, action) -> None:
        """Run this when the clock ends or one above it."""
        for clock in self._chain():
            clock.at_end(action)

    def until(self, condition) -> bool:
        """Wait in real time for a condition that `notify` announces; False if the clock ends first."""
        with self._changed:
            while not self.ended and self.left() > 0:
                if condition():
                    return True
                self._changed.wait(None if self.left() == math.inf else max(self.left(), 0))
        self.end()
        return False

    def notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


current: contextvars.ContextVar[Clock | None] = contextvars.ContextVar("step_functions_clock", default=None)
# Set while a task starts an execution that it waits for: ends with that execution.
awaited_by: contextvars.ContextVar[Clock | None] = contextvars.ContextVar("step_functions_awaited_by", default=None)
