"""A second board that has the inputs, read by a thread of its own, so that it delays no pulse and no "off"."""

from __future__ import annotations

import logging
import os
import threading
from queue import Empty, SimpleQueue

from hardware.errors import DeviceError
from hardware.inputs.debouncer import InputEdge
from hardware.inputs.poller import RETRY_INTERVAL_S, InputPoller
from hardware.inputs.settings import InputSettings
from hardware.inputs.snapshot import InputSnapshot
from hardware.relay.board import InputBoard, RelayBoard

_log = logging.getLogger(__name__)


class SecondBoard:
    """Opens `board` and polls it. It switches nothing there. `wake_fd` is readable when there are edges or a new snapshot."""

    def __init__(self, board: RelayBoard, settings: InputSettings) -> None:
        if not isinstance(board, InputBoard):
            raise TypeError("this kind of board has no inputs")
        self._board = board
        self._poller = InputPoller(board, settings)
        self._edges: SimpleQueue[InputEdge] = SimpleQueue()
        self._stopping = threading.Event()
        self.wake_fd, self._write_fd = os.pipe()
        os.set_blocking(self.wake_fd, False)
        os.set_blocking(self._write_fd, False)
        self._thread = threading.Thread(target=self._run, name="inputs", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def snapshot(self) -> InputSnapshot:
        """The inputs as they were read last."""
        return self._poller.snapshot

    def hurry(self) -> None:
        """Poll at the short interval for some seconds."""
        self._poller.hurry()

    def take(self) -> tuple[InputEdge, ...]:
        """Return the edges since the last call, and make `wake_fd` unreadable."""
        try:
            os.read(self.wake_fd, 4096)
        except BlockingIOError:
            return ()
        edges = []
        while True:
            try:
                edges.append(self._edges.get_nowait())
            except Empty:
                return tuple(edges)

    def stop(self) -> None:
        """Let the thread end; it may be in the middle of a read, and is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._board.open()
                while not self._stopping.wait(max(0.0, self._poller.due_at - self._poller.now())):
                    self._deliver(self._poller.poll())
            except DeviceError as error:
                self._fail(str(error))
            except Exception:  # noqa: BLE001 -- a bug of a driver; the inputs are lost and tried again
                _log.exception("inputs: the second board failed")
                self._fail("The inputs' program failed; see the log.")
            self._board.close()
            self._stopping.wait(RETRY_INTERVAL_S)

    def _deliver(self, edges: tuple[InputEdge, ...]) -> None:
        for edge in edges:
            self._edges.put(edge)
        if edges:
            self._wake()

    def _fail(self, problem: str) -> None:
        self._poller.lose(problem)
        self._wake()

    def _wake(self) -> None:
        try:
            os.write(self._write_fd, b"e")
        except BlockingIOError:
            return  # the reader is behind, and has enough to wake up for
