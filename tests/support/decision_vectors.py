"""The shared decision vectors of tests/data/decision-vectors.json, with their defaults filled in."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import Direction
from hub_sync.contract.screening import ScreeningEffect
from hub_sync.rules.admission import Decision
from hub_sync.rules.screening import Restriction

_FILE = Path(__file__).parents[1] / "data" / "decision-vectors.json"


@dataclass(frozen=True)
class Vector:
    """A test case: data that each side stores in its own way, and the expected decision."""

    name: str
    ticket: str
    direction: Direction
    override: bool
    issued_at: int
    not_before: int | None
    not_after: int | None
    person: dict[str, Any] | None
    presence: dict[str, Any]
    now: datetime
    sure: bool
    roster_age: timedelta | None
    event: dict[str, Any]
    checkpoint: dict[str, Any]
    expect: dict[str, Any]

    @property
    def for_the_hub(self) -> bool:
        """Tell if the case applies to the hub: its roster is never old, its clock always sure."""
        return self.sure and self.roster_age == timedelta(0)

    def person_rest(self) -> dict[str, Any]:
        """Return what the person has beside the status."""
        person = self.person or {}
        return {name: person[name] for name in ("category", "standing", "tickets_valid_from")}

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        """What the blacklist says about the person."""
        rows = (self.person or {}).get("restrictions", ())
        return tuple(Restriction(ScreeningEffect(effect), first, last) for effect, first, last in rows)

    @property
    def last_at(self) -> datetime | None:
        """The time of the person's last passage, None if there was none."""
        return self._passage_at("last_at")

    @property
    def entered_at(self) -> datetime | None:
        """The time of the person's last entry, None if there was none."""
        return self._passage_at("entered_at")

    def _passage_at(self, name: str) -> datetime | None:
        if not self.presence["entries"]:
            return None
        text = self.presence[name]
        return datetime.fromisoformat(text) if text else self.now - timedelta(hours=1)

    def event_row(self, event_id: str, tenant_id: str) -> dict[str, Any]:
        """Return the members of a contract.sync.EventRow."""
        return {
            "id": event_id,
            "tenant_id": tenant_id,
            "name": "Assembly",
            "slug": "assembly",
            "starts_at_ms": epoch_ms(datetime.fromisoformat(self.event["starts_at"])),
            "ends_at_ms": epoch_ms(datetime.fromisoformat(self.event["ends_at"])),
            "doors_open_at_ms": _optional_ms(self.event["doors_open_at"]),
            "doors_close_at_ms": _optional_ms(self.event["doors_close_at"]),
            "day_begins_at": self.event["day_begins_at"],
            "everyone_leaves_at": self.event["everyone_leaves_at"],
            "time_zone": self.event["time_zone"],
            "capacity": None,
            "status": self.event["status"],
        }

    def checkpoint_row(self, checkpoint_id: str, event_id: str) -> dict[str, Any]:
        """Return the members of a contract.sync.CheckpointRow."""
        return {
            "id": checkpoint_id,
            "event_id": event_id,
            "name": "Main entrance",
            "type": "gate",
            **self.checkpoint,
        }

    @staticmethod
    def as_expected(decision: Decision) -> dict[str, Any]:
        """Return a decision in the form of `expect`."""
        return {
            "result": decision.result.value,
            "reason": decision.reason.value,
            "occupancy_change": decision.occupancy_change,
            "overridable": decision.overridable,
            "marks": [mark.value for mark in decision.marks],
            "override_asked": decision.override_asked,
        }


def _optional_s(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


def _optional_ms(text: str | None) -> int | None:
    return None if text is None else epoch_ms(datetime.fromisoformat(text))


def _vector(raw: dict[str, Any], defaults: dict[str, Any]) -> Vector:
    person = raw.get("person", defaults["person"])
    age = raw.get("roster_age_s", defaults["roster_age_s"])
    return Vector(
        name=raw["name"],
        ticket=raw.get("ticket", defaults["ticket"]),
        direction=Direction(raw.get("direction", defaults["direction"])),
        override=raw.get("override", defaults["override"]),
        issued_at=raw.get("issued_at", defaults["issued_at"]),
        not_before=_optional_s(raw.get("not_before", defaults["not_before"])),
        not_after=_optional_s(raw.get("not_after", defaults["not_after"])),
        person=None if person is None else defaults["person_defaults"] | person,
        presence=defaults["presence"] | raw.get("presence", {}),
        now=datetime.fromisoformat(raw.get("now", defaults["now"])),
        sure=raw.get("sure", defaults["sure"]),
        roster_age=None if age is None else timedelta(seconds=age),
        event=defaults["event"] | raw.get("event", {}),
        checkpoint=defaults["checkpoint"] | raw.get("checkpoint", {}),
        expect=raw["expect"],
    )


def _load() -> tuple[Vector, ...]:
    document = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_vector(raw, document["defaults"]) for raw in document["vectors"])


VECTORS = _load()
