"""The sockets of an emulated printer: TCP, and a pty as its serial line. One thread each owns the printer's sockets.

A with block starts and ends it. `plug` and `unplug` act on the thread.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
import tty
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Self

from hardware.printer.emulators.receipt_printer import ReceiptPrinter

_TURN_S = 0.02
_CHUNK = 4096


class EmulatedTransport(ReceiptPrinter, ABC):
    """A printer with a thread. `bytes_per_turn` limits how fast it reads: a turn takes 20 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes_per_turn: int | None = None
        self.answer_delay_s = 0.0
        self._jobs: list[tuple[Callable[[], None], Future[None]]] = []
        self._wake = os.pipe()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start_serving()
        self._thread = threading.Thread(target=self._serve, name="emulated printer", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            os.write(self._wake[1], b"q")
            thread.join()
            self.stop_serving()
            for end in self._wake:
                os.close(end)

    @property
    @abstractmethod
    def address(self) -> str:
        """The printer's address."""

    @abstractmethod
    def start_serving(self) -> None:
        """Open the sockets."""

    @abstractmethod
    def stop_serving(self) -> None:
        """Close the sockets."""

    @abstractmethod
    def sources(self) -> list[int]:
        """Return the file descriptors to wait for."""

    @abstractmethod
    def handle(self, fd: int, room: int) -> None:
        """Read at most `room` bytes from a ready descriptor, and answer."""

    def run(self, job: Callable[[], None]) -> None:
        """Run a function on the thread, and wait for its end."""
        done: Future[None] = Future()
        self._jobs.append((job, done))
        os.write(self._wake[1], b"j")
        done.result()

    def answer(self, data: bytes, send: Callable[[bytes], object]) -> None:
        """Execute bytes and send the answers."""
        if answers := self.receive(data):
            time.sleep(self.answer_delay_s)
            with contextlib.suppress(OSError):
                send(answers)

    def _serve(self) -> None:
        while True:
            has_room = self.room > 0
            listening = [self._wake[0], *(self.sources() if has_room else self.always_served())]
            ready, _, _ = select.select(
                listening, [], [], _TURN_S if self.bytes_per_turn or not has_room else 5.0
            )
            if self._wake[0] in ready:
                if b"q" in os.read(self._wake[0], 64):
                    return
                while self._jobs:
                    job, done = self._jobs.pop(0)
                    try:
                        done.set_result(job())
                    except OSError as error:
                        done.set_exception(error)
                continue
            for fd in ready:
                self.handle(fd, min(self.room, self.bytes_per_turn or _CHUNK))
            if self.bytes_per_turn:
                time.sleep(_TURN_S)

    def always_served(self) -> list[int]:
        """Return the descriptors that are served although the buffer is full."""
        return []


class TcpPrinter(EmulatedTransport):
    """A printer on the network, at a free port of this machine."""

    def __init__(self) -> None:
        super().__init__()
        self._server: socket.socket | None = None
        self._port = 0
        self._clients: dict[int, socket.socket] = {}

    @property
    def address(self) -> str:
        """The address."""
        return f"escpos+tcp://127.0.0.1:{self._port}"

    def start_serving(self) -> None:
        """Listen."""
        self._server = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._port = self._server.getsockname()[1]

    def stop_serving(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        if self._server is not None:
            self._server.close()
            self._server = None

    def unplug(self) -> None:
        """Pull the network cable's printer: connections end and none is accepted."""
        self.run(self.stop_serving)

    def plug(self) -> None:
        """Switch it on again at the same port."""
        self.run(self.start_serving)

    def sources(self) -> list[int]:
        """Return the server and the connections."""
        return [*([self._server.fileno()] if self._server else []), *self._clients]

    def handle(self, fd: int, room: int) -> None:
        """Accept, or read and answer."""
        if self._server is not None and fd == self._server.fileno():
            client, _ = self._server.accept()
            self._clients[client.fileno()] = client
            return
        client = self._clients[fd]
        try:
            data = client.recv(room)
        except OSError:
            data = b""
        if not data:
            self._clients.pop(fd).close()
            return
        self.answer(data, client.sendall)


class PtyPrinter(EmulatedTransport):
    """A printer on a serial line. `link` is a symlink that exists while it is plugged in."""

    def __init__(self, link: Path, scheme: str = "escpos+serial") -> None:
        super().__init__()
        self.link, self._scheme = link, scheme
        self._ends: tuple[int, int] | None = None

    @property
    def address(self) -> str:
        """The address."""
        return f"{self._scheme}://{self.link}"

    def start_serving(self) -> None:
        """Create the pty."""
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._ends[1]))

    def stop_serving(self) -> None:
        """Remove the pty; a program that has it open gets a hang-up."""
        self.link.unlink(missing_ok=True)
        for end in self._ends or ():
            with contextlib.suppress(OSError):
                os.close(end)
        self._ends = None

    def unplug(self) -> None:
        """Pull the plug."""
        self.run(self.stop_serving)

    def plug(self) -> None:
        """Plug it in again."""
        self.run(self.start_serving)

    def sources(self) -> list[int]:
        """Return the pty's own end."""
        return [self._ends[0]] if self._ends else []

    def handle(self, fd: int, room: int) -> None:
        """Read and answer."""
        try:
            data = os.read(fd, room)
        except OSError:
            return
        self.answer(data, lambda answers: os.write(fd, answers))
