"""Random workflow definitions that are balanced: what passes the checks, and has to end by whatever is decided."""

from random import Random
from typing import Any

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import Definition, JoinRule, OnReject, OnTimeout

HUMAN_TYPES = (StepType.REVIEW, StepType.APPROVAL, StepType.PRINT)


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
    """Makes one random definition."""

    def __init__(self, random: Random, most_steps: int = 30) -> None:
        """Take the source of chance, and the most steps of a definition."""
        self._random, self._most = random, most_steps
        self._steps: list[dict[str, Any]] = []

    def make(self) -> Definition:
        """Return the definition."""
        self._sequence(None, depth=0)
        return Definition.model_validate({"steps": self._steps, "take_back_seconds": 0})

    def _key(self) -> str:
        return f"s{len(self._steps)}"

    def _sequence(self, last: str | None, depth: int) -> str:
        """Add steps one after another, the last of which leads to `last`; return the key of the first."""
        random = self._random
        parts: list[dict[str, Any]] = []
        for _ in range(random.randint(1, 3)):
            if depth < 3 and len(self._steps) < self._most and random.random() < 0.35:
                parts.append(self._fork(depth))
            else:
                parts.append(self._plain(parts))
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            part["end"]["next"] = following["start"] if following else last
        self._skips([part["end"] for part in parts if part["end"] is part["own"]], last)
        return str(parts[0]["start"])

    def _plain(self, before: list[dict[str, Any]]) -> dict[str, Any]:
        random = self._random
        own = step(self._key(), random.choice(HUMAN_TYPES))
        if random.random() < 0.2:
            own["when"] = self._conditions()
        if random.random() < 0.5:
            own["sla"] = {
                "minutes": random.randint(1, 500),
                "on_timeout": random.choice(list(OnTimeout)).value,
            }
            if own["sla"]["on_timeout"] == "ESCALATE":
                own["sla"]["escalate_to"] = {"roles": ["ADMIN"]}
        returnable = []
        for part in reversed(before):
            if part["end"] is not part["own"]:
                break
            returnable.append(part["own"]["key"])
        if returnable:
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
            join["sla"] = {
                "minutes": random.randint(1, 500),
                "on_timeout": random.choice(["PROCEED", "FAIL"]),
            }
        return {"own": fork, "start": fork["key"], "end": join}

    def _skips(self, plain: list[dict[str, Any]], last: str | None) -> None:
        """Let a step lead past its follower for some people."""
        for own in plain:
            if last is not None and own["next"] != last and self._random.random() < 0.15:
                own["routes"] = [{"when": self._conditions(), "to": last}]

    def _conditions(self) -> dict[str, Any]:
        category = self._random.choice(["Press", "Speaker", "Visitor"])
        return {"rules": [{"field": "category", "operator": "IS", "values": [category]}]}
