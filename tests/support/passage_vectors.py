"""The shared passage vectors of tests/data/passage-vectors.json, and the rows of their stations."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub_sync.contract.enums import Passage
from hub_sync.contract.ids import new_id
from hub_sync.rules.passage import PassageRefusal

_FILE = Path(__file__).parents[1] / "data" / "passage-vectors.json"


@dataclass(frozen=True)
class PassageVector:
    """A test case: an admission, the rows about it, and what becomes of it."""

    name: str
    sensor: bool
    rows: list[tuple[int, str, str]]
    expect: Passage | None
    refused: list[PassageRefusal | None]
    counts: bool
    admits: bool = True
    foreign: bool = False
    boot: str | None = None
    scan_id: str = field(default_factory=new_id)

    def scan_members(self) -> dict[str, Any]:
        """Return the members of the scan that differ from an admitted entry."""
        refusal = {} if self.admits else {"result": "ALREADY_SCANNED", "reason": "already_inside"}
        return {"id": self.scan_id, "passage_sensor": self.sensor, **refusal}

    def passage_members(self, scan: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the members of the rows about the passage of this scan, as it is written."""
        return [
            passage_members(scan, cause, outcome, seconds)
            | ({"boot_id": self.boot} if self.boot else {})
            | ({"device_id": "another-gate"} if self.foreign else {})
            for seconds, cause, outcome in self.rows
        ]


def passage_members(
    scan: dict[str, Any], cause: str, outcome: str | None, seconds: float = 5
) -> dict[str, Any]:
    """Return the members of a row about the passage of a scan, so many seconds after it."""
    later_ms = round(seconds * 1000)
    return {
        "id": new_id(),
        "kind": "passage",
        "device_id": scan["device_id"],
        "event_id": scan["event_id"],
        "checkpoint_id": scan["checkpoint_id"],
        "scan_id": scan["id"] if outcome else None,
        "outcome": outcome,
        "cause": cause,
        "operator": "Ada" if cause == "operator" else None,
        "observed_at_ms": scan["scanned_at_ms"] + later_ms,
        "monotonic_ms": scan["monotonic_ms"] + later_ms,
        "boot_id": scan["boot_id"],
        "clock_offset_ms": scan["clock_offset_ms"],
        "clock_sure": True,
    }


def load_passage_vectors() -> list[PassageVector]:
    """Return all vectors."""
    vectors = json.loads(_FILE.read_text("utf-8"))["vectors"]
    return [
        PassageVector(
            **{
                **vector,
                "rows": [tuple(row) for row in vector["rows"]],
                "expect": vector["expect"] and Passage(vector["expect"]),
                "refused": [why and PassageRefusal(why) for why in vector["refused"]],
            }
        )
        for vector in vectors
    ]
