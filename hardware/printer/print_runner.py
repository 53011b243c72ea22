"""Run each print in a process of its own, which is killed at its deadline: a printer can hang a program for ever.

The process gets one JSON object on its standard input, and writes lines of JSON: `{"phase": "sending"}` before the first byte that
can leave something on paper, and at its end `{"result": ...}` or `{"health": ...}`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hardware.printer.address import PrinterAddress
from hardware.printer.discovery import PrinterChoice
from hardware.printer.printer import (
    DriverResult,
    PrinterHealth,
    PrinterState,
    PrintFailure,
    PrintOutcome,
    PrintResult,
)

START_S = 15.0
"""The time that a process may need to start and draw, on a busy machine; the printer's own time follows."""
HEALTH_S = 12.0
_REAP_S = 1.0


class PrintRunner:
    """Runs the processes of one printer, one at a time. Not thread-safe: it belongs to one thread."""

    def __init__(
        self, command: Sequence[str], *, start_s: float = START_S, health_s: float = HEALTH_S
    ) -> None:
        """Take the command of the process. The times are for tests."""
        self._command, self._start_s, self._health_s = tuple(command), start_s, health_s
        self._hung: subprocess.Popen[str] | None = None
        self._running: subprocess.Popen[str] | None = None

    def print_job(self, job_id: str, address: PrinterAddress, job: dict[str, Any]) -> PrintResult:
        """Run one print, and return its result. Never raises."""
        if self._is_hung():
            return PrintResult(
                job_id, PrintOutcome.FAILED, PrintFailure.HUNG, PrinterState.HUNG, message=_HUNG
            )
        lines, is_over = self._run({"address": address.text, "job": job}, self._start_s + address.timeout_s)
        for line in lines:
            if isinstance(line.get("result"), dict):
                return load_result(line["result"]).of_job(job_id)
        has_begun = any(line.get("phase") == "sending" for line in lines)
        return PrintResult(
            job_id,
            PrintOutcome.UNSURE if has_begun else PrintOutcome.FAILED,
            PrintFailure.PROGRAM_FAILED if is_over else PrintFailure.TIMED_OUT,
            PrinterState.UNKNOWN,
            is_partial=has_begun,
            message="The print's process failed." if is_over else "The print was ended at its deadline.",
        )

    def ask_health(self, address: PrinterAddress) -> PrinterHealth:
        """Ask for a printer's state. Never raises."""
        if self._is_hung():
            return PrinterHealth(PrinterState.HUNG, _HUNG)
        lines, is_over = self._run({"address": address.text}, self._health_s)
        for line in lines:
            if isinstance(line.get("health"), dict):
                return load_health(line["health"])
        return PrinterHealth(PrinterState.SILENT, "" if is_over else "The printer did not answer in time.")

    def list_printers(self, other_ports: Sequence[str]) -> tuple[PrinterChoice, ...]:
        """List the printers of this machine. Never raises."""
        lines, _ = self._run({"other_ports": list(other_ports)}, self._health_s)
        for line in lines:
            if isinstance(choices := line.get("choices"), list):
                return tuple(PrinterChoice(str(address), str(name)) for address, name in choices)
        return ()

    def stop(self) -> None:
        """Kill the process that runs; may be called from another thread."""
        if (process := self._running) is not None:
            _kill(process)

    def _is_hung(self) -> bool:
        """Return True as long as a killed process does not end: the system's driver waits for the printer."""
        if self._hung is not None and self._hung.poll() is not None:
            for pipe in (self._hung.stdin, self._hung.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._hung = None
        return self._hung is not None

    def _run(self, request: dict[str, Any], timeout: float) -> tuple[list[dict[str, Any]], bool]:
        """Run a process; return its lines, and False if it was killed at the deadline."""
        try:
            process = subprocess.Popen(  # noqa: S603 -- our own module
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": _module_path()},
            )
        except OSError:
            return [], True
        self._running = process
        try:
            output, _ = process.communicate(json.dumps(request), timeout)
        except subprocess.TimeoutExpired:
            return self._end(process), False
        except OSError:
            return self._end(process), True
        finally:
            self._running = None
        return list(_parse(output)), True

    def _end(self, process: subprocess.Popen[str]) -> list[dict[str, Any]]:
        _kill(process)
        try:
            output, _ = process.communicate(timeout=_REAP_S)
        except (subprocess.TimeoutExpired, OSError, ValueError):
            self._hung = process
            return [{"phase": "sending"}]  # nothing is known: something may have come out
        return list(_parse(output))


_HUNG = "The system's driver still waits for the printer after a print was ended: pull the printer's plug."


def _kill(process: subprocess.Popen[str]) -> None:
    """Kill a process with its children, such as the system's print command."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _parse(output: str) -> list[dict[str, Any]]:
    """Return the lines that are objects; a library may have written others."""
    lines = []
    for text in output.splitlines():
        with contextlib.suppress(ValueError):
            if isinstance(line := json.loads(text), dict):
                lines.append(line)
    return lines


def _module_path() -> str:
    """Return this program's module path, so that the process imports the same modules."""
    return os.pathsep.join(path or str(Path.cwd()) for path in sys.path)


def write_line(line: dict[str, Any]) -> None:
    """Write a line of a process to its station."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def dump_result(result: DriverResult) -> dict[str, Any]:
    """Return a result as JSON values."""
    return asdict(result)


def load_result(values: dict[str, Any]) -> DriverResult:
    """Return the result in JSON values of our own process."""
    failure = values["failure"]
    return DriverResult(
        PrintOutcome(values["outcome"]),
        None if failure is None else PrintFailure(failure),
        PrinterState(values["state"]),
        is_partial=bool(values["is_partial"]),
        is_confirmed=bool(values["is_confirmed"]),
        message=str(values["message"]),
    )


def dump_health(health: PrinterHealth) -> dict[str, Any]:
    """Return a health as JSON values."""
    return asdict(health)


def load_health(values: dict[str, Any]) -> PrinterHealth:
    """Return the health in JSON values of our own process."""
    return PrinterHealth(PrinterState(values["state"]), str(values["message"]))
