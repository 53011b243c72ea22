"""The child process of a run: reads people from its input, a line of JSON each, and writes the pairs that it finds.

It is a process of its own, because ten seconds of arithmetic would make every request of the hub wait for Python's
global lock. It opens no file and no connection.
"""

import gc
import os
import sys
from contextlib import suppress

import orjson

from hub_sync.hub.domains.duplicates.matching.pairs import find_pairs
from hub_sync.hub.domains.duplicates.matching.person_features import features_of

_NICE = 10


def main() -> int:
    """Run the process; the only argument is the country of phone numbers without a calling code."""
    _be_modest()
    region = sys.argv[1] if len(sys.argv) > 1 else ""
    write = sys.stdout.buffer.write
    people = [features_of(orjson.loads(line), region) for line in sys.stdin.buffer]
    for pair in find_pairs(people, progress=_tell):
        line = {
            "a_id": pair.a_id,
            "b_id": pair.b_id,
            "score": round(pair.score.probability, 4),
            "explanation": pair.score.explanation,
            "data_hash": pair.data_hash,
        }
        write(orjson.dumps(line) + b"\n")
    write(b'{"end":true}\n')
    sys.stdout.buffer.flush()
    return 0


def _tell(compared: int) -> None:
    sys.stdout.buffer.write(orjson.dumps({"compared": compared}) + b"\n")
    sys.stdout.buffer.flush()


def _be_modest() -> None:
    gc.disable()  # half a million tuples live to the end; to look for garbage among them took a third of the time
    with suppress(OSError, AttributeError):
        os.nice(_NICE)
    with suppress(OSError, AttributeError):  # the hub keeps itself on one CPU: leave it that one
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


if __name__ == "__main__":
    sys.exit(main())
