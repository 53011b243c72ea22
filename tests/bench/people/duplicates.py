"""The duplicates part of the benchmark `people`: a search over 100,000 people of whom 1 % registered twice.

It runs as the hub does it: everybody is read from SQLite, compared in a child process, and the pairs are stored.
Alone: `python -m tests.bench.people.duplicates [--json] [--people N]`. Beside it Splink 5 on the same people, if the
interpreter in SPLINK_PYTHON has it (`splink_comparison.py`).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from anyascii import anyascii

from hub_sync.contract.clock import SystemClock
from hub_sync.contract.enums import ParticipantStatus
from hub_sync.contract.ids import new_id
from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.detection import runs
from hub_sync.hub.domains.duplicates.jobs import DuplicateJob
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.hub_context import build_context
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from hub_sync.hub.migrations import state
from tests.support.builders.event import build_event
from tests.support.builders.planted_duplicates import PlantedPerson, planted_people, true_pairs

PEOPLE, SHARE = 100_000, 0.01
_AT_ONCE = 5_000


def measure(count: int = PEOPLE) -> dict[str, Any]:
    """Return the figures of a search over `count` people."""
    people = planted_people(count, SHARE)
    with tempfile.TemporaryDirectory() as folder:
        hub = _hub(Path(folder))
        key = _register(hub, people)
        with hub.uow.begin() as work:
            run_id = runs.start(work, *key).id
        began = time.perf_counter()
        finished = DuplicateJob(hub).run_once()
        seconds = time.perf_counter() - began
        with hub.uow.read() as work:
            run = runs.get(work, *key, run_id)
            rows = work.session.execute(candidates.select_candidates(key)).scalars().all()
            stored = {(row.a_id, row.b_id) for row in rows}
            compared = run.compared
        hub.uow.database.close()
    truth = true_pairs(people)
    figures: dict[str, Any] = {
        "people": count,
        "planted": len(truth),
        "finished": finished,
        "seconds": round(seconds, 2),
        "asked_seconds": 15,
        "compared": compared,
        **_quality(stored, truth),
    }
    splink = os.environ.get("SPLINK_PYTHON")
    if splink:
        figures["splink"] = _splink(splink, people, truth)
    return figures


def _hub(folder: Path) -> HubContext:
    settings = HubSettings(data=folder, jobs=False)
    hub = build_context(settings, SystemClock(), new_id)
    state.upgrade(hub.uow.database)
    return hub


def _register(hub: HubContext, people: list[PlantedPerson]) -> FeedKey:
    event = build_event(hub)
    key = FeedKey(event.tenant_id, event.event_id)
    for start in range(0, len(people), _AT_ONCE):
        new = [
            participants.NewParticipant.model_construct(
                **participants.NewParticipant(status=ParticipantStatus.APPROVED).model_dump()
                | person.as_dict()
            )
            for person in people[start : start + _AT_ONCE]
        ]
        with hub.uow.begin() as work:
            participants.create_many(work, *key, new)
    return key


def _quality(found_pairs: set[tuple[str, str]], truth: set[tuple[str, str]]) -> dict[str, Any]:
    hits = len(found_pairs & truth)
    return {
        "pairs": len(found_pairs),
        "recall": round(hits / max(len(truth), 1), 4),
        "precision": round(hits / max(len(found_pairs), 1), 4),
    }


def _splink(interpreter: str, people: list[PlantedPerson], truth: set[tuple[str, str]]) -> dict[str, Any]:
    """Return Splink's figures on the same people, at its own best threshold."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "people.json"
        source.write_text(
            json.dumps({"people": [_with_latin_names(person) for person in people], "truth": sorted(truth)})
        )
        script = Path(__file__).with_name("splink_comparison.py")
        done = subprocess.run(
            [interpreter, str(script), str(source)], capture_output=True, text=True, check=False
        )
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "it ended early"}
    figures: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=PEOPLE)
    options = parser.parse_args()
    figures = measure(options.people)
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())


def _with_latin_names(person: PlantedPerson) -> dict[str, Any]:
    """Return a person with names as Splink compares them, which knows one script only."""
    values = person.as_dict()
    names = {
        f"{part}_latin": " ".join(anyascii(str(values[f"{part}_name"] or "")).casefold().split())
        for part in ("first", "last")
    }
    return values | names
