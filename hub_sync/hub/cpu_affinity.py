"""Keep a serving process on one CPU: its threads take turns at Python's global lock (GIL) anyway.

With two CPUs every turn wakes a thread on the other one, several times a statement: that took half of a small read's time
(docs/adr/0077-one-cpu-a-process.md). Which CPU it is matters little: other programs move away from one that is busy.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
_STAT = Path("/proc/thread-self/stat")
_PROCESSOR = 36
"""The place of `processor` behind the name of the thread (proc_pid_stat(5))."""


def pin_thread(cpu: int | None) -> None:
    """Keep this thread, and the threads that it will start, on a CPU; None: on the one that it runs on just now.

    Nothing is done where the system has no such call or forbids it, where there is only one CPU, and for a Python without a
    global lock: it is slower then, and works.
    """
    cpus = available_cpus()
    if len(cpus) > 1:
        chosen = _current_cpu() if cpu is None else cpu
        try:
            os.sched_setaffinity(0, {chosen if chosen in cpus else cpus[-1]})
        except OSError as error:  # a sandbox forbids the call, or the set of CPUs has just become another one
            log.info("not_pinned", reason=str(error))


def least_used(used: Iterable[int | None]) -> int | None:
    """Return the CPU that the fewest processes have been given, or None if this process can't choose.

    Args:
        used: the CPUs of the other processes.
    """
    counts = Counter(used)
    return min(available_cpus(), key=lambda cpu: counts[cpu], default=None)


def available_cpus() -> list[int]:
    """Return the CPUs that this process may run on; none if there is nothing to choose."""
    has_global_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    if not has_global_lock or not hasattr(os, "sched_setaffinity"):
        return []
    try:
        return sorted(os.sched_getaffinity(0))
    except OSError:  # a sandbox forbids the call
        return []


def _current_cpu() -> int:
    """Return the CPU that this thread runs on, which the system has chosen because it was idle; -1 if it is not known."""
    try:
        return int(_STAT.read_text().rpartition(")")[2].split()[_PROCESSOR])
    except (OSError, IndexError, ValueError):
        return -1
