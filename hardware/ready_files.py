"""Wait for one file, socket or line: `select` takes no descriptor above 1023, and a station may have as many open."""

import select
import socket

_HAS_POLL = hasattr(select, "poll")  # not on Windows, whose `select` counts sockets and not their numbers


def wait_ready(file: int | socket.socket, timeout_s: float, *, to_write: bool = False) -> bool:
    """Wait until a file can be read (or written) without blocking, or has failed. Return False if the time is over first.

    Raises:
        OSError, ValueError: the descriptor is closed.
    """
    if not _HAS_POLL:
        read, write, _ = select.select(*(([], [file]) if to_write else ([file], [])), [], max(0.0, timeout_s))
        return bool(read or write)
    poll = select.poll()
    poll.register(file, select.POLLOUT if to_write else select.POLLIN)
    return bool(poll.poll(max(0.0, timeout_s) * 1000))
