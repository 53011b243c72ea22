"""Start the child process of a run, feed it, and read the pairs that it finds."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from os import SEEK_END
from typing import IO, Any

import orjson

from hub_sync.hub.kit.json_values import dump_json_text

CHILD = "hub_sync.hub.domains.duplicates.detection.child"
_LAST_WORD_S, _LONGEST_WORD = 10.0, 4_000
_COMPARED = ("id", "first_name", "last_name", "email", "phone", "extra")


class DetectionStopped(Exception):
    """The hub stops."""


class DetectionFailed(Exception):
    """The child process ended before it had told everything.

    Attributes:
        reason: one of `manifest.RUN_FAILURES`.
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Take the reason, and what the log says of it."""
        super().__init__(detail)
        self.reason = reason


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
        DetectionFailed: the child ended early. DetectionStopped: the hub stops.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-m", CHILD, region],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        yield from _pairs_of(process, errors, people, progress, is_stopped)


def _pairs_of(
    process: subprocess.Popen[bytes],
    errors: IO[bytes],
    people: Iterable[Sequence[Mapping[str, Any]]],
    progress: Callable[[int], None],
    is_stopped: Callable[[], bool],
) -> Iterator[dict[str, Any]]:
    try:
        has_ended = yield from _exchange(process, people, progress, is_stopped)
        if not has_ended:
            raise _failure(process, errors)
    except BrokenPipeError as error:
        raise _failure(process, errors) from error
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
) -> Generator[dict[str, Any], None, bool]:
    """Yield the pairs; return True once the child has said that these were all."""
    to_child, from_child = process.stdin, process.stdout
    if to_child is None or from_child is None:
        return False
    for some in people:
        if is_stopped():
            raise DetectionStopped
        lines = (dump_json_text({name: person[name] for name in _COMPARED}) for person in some)
        to_child.write("".join(f"{line}\n" for line in lines).encode())
    to_child.close()
    for line in from_child:
        try:
            message: dict[str, Any] = orjson.loads(line)
        except orjson.JSONDecodeError:  # the child was killed while it wrote
            return False
        if is_stopped():
            raise DetectionStopped
        if "end" in message:
            return True
        if "compared" in message:
            progress(message["compared"])
        else:
            yield message
    return False


def _failure(process: subprocess.Popen[bytes], errors: IO[bytes]) -> DetectionFailed:
    """Return why the child has ended; its last word is the line of an exception."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_LAST_WORD_S)
    code = process.poll()
    errors.seek(max(0, errors.seek(0, SEEK_END) - _LONGEST_WORD))
    lines = errors.read().decode(errors="replace").strip().splitlines()
    detail = f"the child ended with {code}: {lines[-1] if lines else 'it said nothing'}"
    return DetectionFailed("killed" if code is not None and code < 0 else "failed", detail)
