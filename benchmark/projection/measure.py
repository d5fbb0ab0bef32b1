"""Runs a command and reports what it took: wall seconds, and the CPU seconds of all its processes, servers and their workers included.

    python3 measure.py REPORT COMMAND [ARGUMENT ...]

Whatever loses its parent becomes a child of this process (PR_SET_CHILD_SUBREAPER), so that every process is waited for by one that counts
it. Needs Linux.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

# How long what is left over may take to end by itself, and then when it is asked to.
GRACE = 10


def children():
    found = []
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children") as file:
            found += [int(pid) for pid in file.read().split()]
    return found


def wait_for(child):
    """Waits for the command, and at once for whatever it leaves behind: who watches a process by its id must not see it stay."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child.pid:
            return os.waitstatus_to_exitcode(status)


def reap_until(deadline):
    """Waits for all children, which includes what they leave behind."""
    while time.monotonic() < deadline:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.05)


def end(number):
    for pid in children():
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def main():
    report, *command = sys.argv[1:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("measure.py: the kernel does not let this process adopt what its children leave behind")
    start = time.monotonic()
    child = subprocess.Popen(command)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    code = wait_for(child)
    wall = time.monotonic() - start
    reap_until(time.monotonic() + GRACE)
    end(signal.SIGTERM)
    reap_until(time.monotonic() + GRACE)
    end(signal.SIGKILL)
    reap_until(time.monotonic() + GRACE)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(report, "w") as file:
        json.dump({"wallSeconds": wall, "cpuSeconds": usage.ru_utime + usage.ru_stime}, file)
    sys.exit(code if code >= 0 else 128 - code)


main()
