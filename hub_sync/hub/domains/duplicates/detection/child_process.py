"""Start the child process of a run, feed it, and read the pairs that it finds."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from hub_sync.hub.kit.json_values import dump_json_text

CHILD = "hub_sync.hub.domains.duplicates.detection.child"
_COMPARED = ("id", "first_name", "last_name", "email", "phone", "extra")


class DetectionFailed(Exception):
    """The child process ended before it had told everything."""


def find_pairs_in_child(
    people: Iterable[Sequence[Mapping[str, Any]]],
    region: str,
    progress: Callable[[int], None],
    is_stopped: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    """Yield the pairs among people as rows of candidates.

    Args:
        people: lists of people with the columns that are compared; all of them are read before the first pair.
        region: the country of phone numbers without a calling code.
        progress: is called with the number of pairs compared so far.
        is_stopped: True once the hub stops.

    Raises:
        DetectionFailed: the child ended early, or the hub stops.
    """
    process = subprocess.Popen(  # noqa: S603 - this program
        [sys.executable, "-m", CHILD, region],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield from _exchange(process, people, progress, is_stopped)
    except OSError as error:  # the pipe broke: the child was killed
        raise DetectionFailed(str(error)) from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _exchange(
    process: subprocess.Popen[bytes],
    people: Iterable[Sequence[Mapping[str, Any]]],
    progress: Callable[[int], None],
    is_stopped: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    to_child, from_child = process.stdin, process.stdout
    if to_child is None or from_child is None:
        raise DetectionFailed("no pipes")
    for some in people:
        if is_stopped():
            raise DetectionFailed("the hub stops")
        lines = (dump_json_text({name: person[name] for name in _COMPARED}) for person in some)
        to_child.write("".join(f"{line}\n" for line in lines).encode())
    to_child.close()
    for line in from_child:
        message: dict[str, Any] = orjson.loads(line)
        if is_stopped():
            raise DetectionFailed("the hub stops")
        if "end" in message:
            return
        if "compared" in message:
            progress(message["compared"])
        else:
            yield message
    raise DetectionFailed(f"the child ended with {process.wait()}")
