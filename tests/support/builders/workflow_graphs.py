"""Random workflow definitions that are balanced: what passes the checks, and has to end by whatever is decided."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import (
    HUMAN,
    MOST_STEPS,
    Definition,
    JoinRule,
    OnReject,
    OnTimeout,
    Reopening,
    Voters,
)

PLAIN_TYPES = (StepType.REVIEW, StepType.APPROVAL, StepType.PRINT, StepType.COLLECT, StepType.NOTIFY)
COLLECTED = ("extra.passport", "extra.seat", "extra.size")
DEEPEST, LONGEST = 3, 6
"""Forks in forks, and steps, or forks with their joins, one after another outside of all forks."""


def step(key: str, type_: str = "APPROVAL", **values: Any) -> dict[str, Any]:
    """Return a step of a definition, with an assignee if somebody has to do it."""
    assigned = (
        {"assignees": {"roles": ["ADMIN"]}} if type_ in {"REVIEW", "APPROVAL", "COLLECT", "PRINT"} else {}
    )
    return {"key": key, "name": key.title(), "type": type_, **assigned, **values}


def definition(*steps: dict[str, Any], **values: Any) -> Definition:
    """Return a definition of these steps."""
    return Definition.model_validate({"steps": list(steps), **values})


def two_reviews_and_votes(n: int = 2, **join: Any) -> Definition:
    """Return two parallel reviews, then an approval by N of three."""
    reviews = [{"key": key, "name": key, "first": key} for key in ("papers", "photo")]
    votes = [{"key": f"v{i}", "name": f"V{i}", "first": f"vote{i}"} for i in (1, 2, 3)]
    return definition(
        step("reviews", "FORK", branches=reviews, join="reviewed"),
        step("papers", "REVIEW", next="reviewed"),
        step("photo", "REVIEW", next="reviewed"),
        step("reviewed", "JOIN", next="votes"),
        step("votes", "FORK", branches=votes, join="voted"),
        *(step(f"vote{i}", next="voted") for i in (1, 2, 3)),
        step("voted", "JOIN", rule="N_OF_M", n=n, **{"on_reject": "COUNT", **join}),
        take_back_seconds=0,
    )


class RandomGraph:
    """Makes one random definition: all types of steps, forks up to three deep, conditions, returns, deadlines, votes by person."""

    def __init__(self, random: Random, most_steps: int = 30, users: Sequence[str] = ()) -> None:
        """Take the source of chance, the number of steps from which on nothing is forked, and whom steps may name."""
        self._random, self._most, self._users = random, most_steps, users
        self._steps: list[dict[str, Any]] = []

    def make(self) -> Definition:
        """Return the definition; one that outgrows what a definition may have is made again."""
        while not self._steps or len(self._steps) > MOST_STEPS:
            self._steps = []
            self._sequence(None, depth=0)
        take_back = self._random.choice((0, 0, 0, 300, 600))
        return Definition.model_validate({"steps": self._steps, "take_back_seconds": take_back})

    @property
    def _is_large(self) -> bool:
        return len(self._steps) >= self._most

    def _key(self) -> str:
        return f"s{len(self._steps)}"

    def _sequence(self, last: str | None, depth: int) -> str:
        """Add steps one after another, the last of which leads to `last`; return the key of the first."""
        random = self._random
        parts: list[dict[str, Any]] = []
        most = LONGEST if depth == 0 else 3
        for _ in range(1 if self._is_large else random.randint(1, most)):
            if depth < DEEPEST and not self._is_large and random.random() < 0.35:
                parts.append(self._fork(depth))
            else:
                parts.append(self._plain(parts))
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            part["end"]["next"] = following["start"] if following else last
        self._skips(parts, last)
        return str(parts[0]["start"])

    def _plain(self, before: list[dict[str, Any]]) -> dict[str, Any]:
        random = self._random
        type_ = random.choice(PLAIN_TYPES)
        own = step(self._key(), type_, **({"assignees": self._assignees()} if type_ in HUMAN else {}))
        if random.random() < 0.2:
            own["when"] = self._conditions()
        if type_ is StepType.NOTIFY:
            own["template_id"] = "notice"
        if type_ is StepType.COLLECT:
            own["collect"] = random.sample(COLLECTED, random.randint(1, len(COLLECTED)))
        if type_ in HUMAN and random.random() < 0.5:
            own["sla"] = {
                "minutes": random.randint(1, 500),
                "on_timeout": random.choice(list(OnTimeout)).value,
                "reopening": random.choice(list(Reopening)).value,
            }
            if own["sla"]["on_timeout"] == "ESCALATE":
                own["sla"]["escalate_to"] = self._assignees()
        returnable = []
        for part in reversed(before):
            if part["end"] is not part["own"]:
                break
            if part["own"]["type"] in HUMAN:
                returnable.append(part["own"]["key"])
        if type_ in HUMAN and returnable:
            own["return_to"] = returnable
        self._steps.append(own)
        return {"own": own, "start": own["key"], "end": own}

    def _fork(self, depth: int) -> dict[str, Any]:
        random = self._random
        fork = step(self._key(), "FORK")
        self._steps.append(fork)
        join = step(self._key(), "JOIN", on_reject=random.choice(list(OnReject)).value)
        self._steps.append(join)
        fork["join"] = join["key"]
        if random.random() < 0.1:
            fork["when"] = self._conditions()
        branches = []
        for number in range(random.randint(2, 4)):
            branch: dict[str, Any] = {"key": f"b{number}", "name": f"B{number}"}
            branch["first"] = self._sequence(join["key"], depth + 1)
            if random.random() < 0.2:
                branch["when"] = self._conditions()
            branches.append(branch)
        fork["branches"] = branches
        join["rule"] = random.choice(list(JoinRule)).value
        if join["rule"] == "N_OF_M":
            join["n"] = random.randint(1, len(branches))
        if random.random() < 0.3:
            join["voters"] = Voters.PERSON.value
        if random.random() < 0.3:
            join["sla"] = {
                "minutes": random.randint(1, 500),
                "on_timeout": random.choice(["PROCEED", "FAIL"]),
            }
        return {"own": fork, "start": fork["key"], "end": join}

    def _skips(self, parts: list[dict[str, Any]], last: str | None) -> None:
        """Let a step, or what follows a join, lead past its follower for some people."""
        ahead = [*(part["start"] for part in parts), *([last] if last else [])]
        for number, part in enumerate(parts):
            farther = ahead[number + 2 :]
            if farther and self._random.random() < 0.15:
                part["end"]["routes"] = [{"when": self._conditions(), "to": self._random.choice(farther)}]

    def _assignees(self) -> dict[str, Any]:
        if self._users and self._random.random() < 0.4:
            return {"users": self._random.sample(self._users, self._random.randint(1, 2))}
        return {"roles": [self._random.choice(("ADMIN", "OPERATOR"))]}

    def _conditions(self) -> dict[str, Any]:
        random = self._random
        if random.random() < 0.3:
            operator = random.choice(("IS_FILLED", "IS_EMPTY"))
            return {"rules": [{"field": random.choice(COLLECTED), "operator": operator}]}
        category = random.choice(["Press", "Speaker", "Visitor"])
        return {"rules": [{"field": "category", "operator": "IS", "values": [category]}]}
