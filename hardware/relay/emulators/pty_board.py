"""Base class of emulated boards: a pty with a stable name, a thread, contacts, a log, and settable faults.

One thread owns the pty, the contacts and the timers; `plug`, `unplug` and the context manager run on it. Faults are plain
attributes that may be set at any time.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self


class ContactChange(NamedTuple):
    """A contact that changed: monotonic seconds of the command's arrival, channel (from 1), and the new state."""

    changed_at: float
    channel: int
    on: bool


class PtyBoard:
    """A board at the other end of a pty. `link` is a symlink that exists while the board is plugged in, like a port name.

    `external_power`: if True, the contacts stay as they are while the board is unplugged; else they open, as on a board that USB powers.
    """

    external_power = False

    def __init__(self, link: Path, *, channels: int = 1) -> None:
        self.link = Path(link)
        self.contact_changes: list[ContactChange] = []
        self.received_bytes = bytearray()  # every byte since the start
        self.silent = False  # executes commands, never responds
        self.garbage_response = b""  # is sent instead of each response
        self.stalled = False  # reads no bytes, so that the writer's buffer fills
        self.welded_closed: set[int] = set()  # channels whose contact no longer opens
        self.stuck_open: set[int] = set()  # channels whose contact no longer closes
        self.response_byte_delay_s = 0.0  # pause between the bytes of a response
        self.deaf_after_command_s = 0.0  # commands that arrive so soon after the last one are lost
        self.lost_offs = 0  # so many of the next "off" commands are lost
        self.echoes = False  # an RS485 adapter that sends back what is sent
        self.contacts = [False] * channels
        self._buffer = b""
        self._off_due_at: dict[int, float] = {}
        self._deaf_until = 0.0
        self._master_fd = self._slave_fd = -1
        self._jobs: list[tuple[Callable[[], None], Future[None]]] = []
        self._wake_read_fd, self._wake_write_fd = -1, -1
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._wake_read_fd, self._wake_write_fd = os.pipe()
        self._thread = threading.Thread(target=self._serve, name=f"board {self.link.name}", daemon=True)
        self._thread.start()
        try:
            self.plug()
        except OSError:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._run_on_thread(self._unplug, thread)
        os.write(self._wake_write_fd, b"q")
        thread.join()
        os.close(self._wake_write_fd)
        os.close(self._wake_read_fd)

    def plug(self) -> None:
        """Create `link` to a new pty. Does nothing if it is plugged in."""
        self._run_on_thread(self._plug, self._thread)

    def unplug(self) -> None:
        """Remove the port. A program that has it open gets a hang-up."""
        self._run_on_thread(self._unplug, self._thread)

    def count_pulses(self, channel: int = 1) -> int:
        """Return how often the channel's contact closed."""
        return sum(event.on for event in self.contact_changes if event.channel == channel)

    # --- board protocol, for subclasses ------------------------------------------------------------

    def handle_command(self, buffer: bytes, now: float) -> tuple[int, bytes]:
        """Execute the first command in `buffer`; return the number of bytes consumed (0: wait for more) and the response."""
        raise NotImplementedError

    def set_contact(self, channel: int, on: bool, now: float, duration: float | None = None) -> None:
        """Set a contact, and log a change. With `duration` (seconds) it opens again by itself."""
        if not 1 <= channel <= len(self.contacts):
            return
        if not on and self.lost_offs and self.contacts[channel - 1]:
            self.lost_offs -= 1
            return
        self._off_due_at.pop(channel, None)
        if on and duration is not None:
            self._off_due_at[channel] = now + duration
        if self.contacts[channel - 1] != on and channel not in (
            self.stuck_open if on else self.welded_closed
        ):
            self.contacts[channel - 1] = on
            self.contact_changes.append(ContactChange(now, channel, on))

    # --- thread ------------------------------------------------------------------------------------

    def _run_on_thread(self, job: Callable[[], None], thread: threading.Thread | None) -> None:
        if thread is None:
            raise RuntimeError("the emulated board is not running: use it in a with block")
        done: Future[None] = Future()
        self._jobs.append((job, done))
        os.write(self._wake_write_fd, b"j")
        done.result()

    def _serve(self) -> None:
        while True:
            listening = [self._wake_read_fd]
            if self._master_fd >= 0 and not self.stalled:
                listening.append(self._master_fd)
            ready, _, _ = select.select(listening, [], [], self._select_timeout())
            now = time.monotonic()
            for channel in [channel for channel, at in self._off_due_at.items() if at <= now]:
                self.set_contact(channel, False, now)
            if self._master_fd in ready and not self.stalled:
                self._receive(now)
            if self._wake_read_fd in ready:
                if b"q" in os.read(self._wake_read_fd, 64):
                    return
                while self._jobs:
                    job, done = self._jobs.pop(0)
                    try:
                        done.set_result(job())
                    except OSError as error:  # for example, the folder of the link does not exist
                        done.set_exception(error)

    def _select_timeout(self) -> float:
        next_off = min(self._off_due_at.values(), default=float("inf")) - time.monotonic()
        return max(0.0, min(next_off, 0.05 if self.stalled else 60.0))

    def _receive(self, now: float) -> None:
        data = os.read(self._master_fd, 4096)
        self.received_bytes += data
        if self.echoes:
            os.write(self._master_fd, data)
        if now < self._deaf_until:
            return
        self._buffer += data
        while self._buffer:
            consumed, response = self.handle_command(self._buffer, now)
            if not consumed:
                break
            self._buffer = self._buffer[consumed:]
            if self.deaf_after_command_s:
                self._buffer, self._deaf_until = b"", now + self.deaf_after_command_s
            if response and not self.silent:
                self._send(self.garbage_response or response)

    def _send(self, response: bytes) -> None:
        pieces = (
            [response[i : i + 1] for i in range(len(response))] if self.response_byte_delay_s else [response]
        )
        for piece in pieces:
            os.write(self._master_fd, piece)
            if self.response_byte_delay_s:
                time.sleep(self.response_byte_delay_s)

    def _plug(self) -> None:
        if self._master_fd >= 0:
            return
        self._master_fd, self._slave_fd = os.openpty()
        tty.setraw(
            self._slave_fd
        )  # otherwise the line discipline echoes responses before the station opens the port
        self._buffer = b""
        new_link = self.link.with_name(self.link.name + ".new")
        new_link.unlink(missing_ok=True)
        new_link.symlink_to(os.ttyname(self._slave_fd))
        new_link.replace(self.link)

    def _unplug(self) -> None:
        if self._master_fd < 0:
            return
        self.link.unlink(missing_ok=True)
        for end in (self._master_fd, self._slave_fd):
            with contextlib.suppress(OSError):
                os.close(end)
        self._master_fd = self._slave_fd = -1
        if not self.external_power:
            now = time.monotonic()
            for channel in range(1, len(self.contacts) + 1):
                self.set_contact(channel, False, now)
