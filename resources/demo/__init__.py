"""The demo event: a fair in Berlin that is on today, with 2,000 people of many languages. The same for the same seed."""

import random
from dataclasses import dataclass, field
from datetime import time

from resources.demo.names import PEOPLE

__all__ = ["DemoCheckpoint", "DemoEvent", "DemoParticipant", "demo_event"]

PARTICIPANTS = 2_000
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_STATUSES = {"APPROVED": 940, "CANCELLED": 30, "PENDING": 20, "REJECTED": 10}
_CATEGORIES = {"Visitor": 70, "Student": 10, "Exhibitor": 8, "Press": 5, "VIP": 4, "Speaker": 3}


@dataclass(frozen=True, slots=True)
class DemoParticipant:
    """A registration. `status` is APPROVED, CANCELLED, PENDING or REJECTED."""

    first_name: str
    last_name: str
    email: str
    registration_code: str
    status: str
    category: str


@dataclass(frozen=True, slots=True)
class DemoCheckpoint:
    """A checkpoint; categories None: all may pass."""

    name: str
    type: str
    direction: str
    zone: str | None
    allowed_categories: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """The event. It begins the day before today at `opens` and ends the day after at `closes`, so that it is always on."""

    slug: str
    name: str
    time_zone: str
    opens: time
    closes: time
    capacity: int
    zones: dict[str, int]
    """Zone -> capacity."""
    checkpoints: tuple[DemoCheckpoint, ...]
    participants: tuple[DemoParticipant, ...] = field(repr=False)


def demo_event(seed: int = 1, participants: int = PARTICIPANTS) -> DemoEvent:
    """Return the demo event. It depends on `seed` and the number of `participants` only."""
    return DemoEvent(
        slug="demo-fair",
        name="Doorward Demo Fair",
        time_zone="Europe/Berlin",
        opens=time(8),
        closes=time(20),
        capacity=6_000,
        zones={"Hall A": 5_000, "VIP lounge": 120},
        checkpoints=(
            DemoCheckpoint("Main gate", "gate", "entry", "Hall A"),
            DemoCheckpoint("VIP lounge", "vip-area", "bidirectional", "VIP lounge", ("VIP", "Speaker")),
            DemoCheckpoint("Exit", "gate", "exit", "Hall A"),
        ),
        participants=_people(random.Random(seed), participants),  # noqa: S311 - a demo's people, not a secret
    )


def _people(rng: random.Random, count: int) -> tuple[DemoParticipant, ...]:
    codes: set[str] = set()
    people: list[DemoParticipant] = []
    while len(people) < count:
        code = "".join(rng.choices(_ALPHABET, k=8))
        if code in codes or code.isalpha() or code.isdigit():
            continue
        codes.add(code)
        firsts, lasts = PEOPLE[rng.randrange(len(PEOPLE))]
        people.append(
            DemoParticipant(
                first_name=rng.choice(firsts),
                last_name=rng.choice(lasts),
                email=f"guest{len(people) + 1:05d}@example.org",
                registration_code=f"{code[:4]}-{code[4:]}",
                status=_draw(rng, _STATUSES),
                category=_draw(rng, _CATEGORIES),
            )
        )
    return tuple(people)


def _draw(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(tuple(weights), weights=tuple(weights.values()))[0]
