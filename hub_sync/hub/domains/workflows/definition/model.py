"""The definition of a workflow: its steps, and how they follow each other.

Steps name each other by short keys, which stay the same from version to version. A FORK opens branches, each of which begins at a
step and ends at the fork's JOIN; `next` of the FORK is not used, since what follows is `next` of the JOIN.
"""

from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    ValidationError,
    field_serializer,
)

from hub_sync.contract.enums import ParticipantStatus, StepType
from hub_sync.hub.domains.workflows.definition.conditions import Conditions, FieldName
from hub_sync.hub.domains.workflows.definition.errors import WorkflowUnreadable
from hub_sync.hub.kit.text_types import Id, NoteText, OptionalId, SingleLineText

MOST_STEPS, MOST_BRANCHES, MOST_ASSIGNEES = 60, 20, 20
MOST_SLA_MINUTES = 60 * 24 * 366
MOST_TAKE_BACK_S, DEFAULT_TAKE_BACK_S = 600, 60
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,46}[a-z0-9])?$")]
HUMAN = frozenset((StepType.REVIEW, StepType.APPROVAL, StepType.COLLECT, StepType.PRINT))
"""The steps at which somebody has a task; the others go on by themselves."""


class JoinRule(StrEnum):
    """The number of a fork's branches for which a join waits."""

    ALL = "ALL"
    ANY = "ANY"
    N_OF_M = "N_OF_M"


class OnReject(StrEnum):
    """The effect of a rejected branch on its join."""

    FAIL_FAST = "FAIL_FAST"
    """The join fails at once."""
    COUNT = "COUNT"
    """The join fails as soon as the branches that are left can't be enough."""
    WAIT = "WAIT"
    """All branches end first, so that every reason is heard."""


class OnTimeout(StrEnum):
    """The effect of a missed deadline of a step or a join."""

    NONE = "NONE"
    """Nobody but those who hear of the breach."""
    ESCALATE = "ESCALATE"
    """Others may act as well, and hear of it."""
    PROCEED = "PROCEED"
    """It goes on as if the step were approved, or with the branches that are there."""
    FAIL = "FAIL"
    """The branch ends as timed out, or the join fails."""


class Voters(StrEnum):
    """The votes that a join counts."""

    BRANCH = "BRANCH"
    """One vote a branch, whoever decided."""
    PERSON = "PERSON"
    """Nobody decides in two branches of the fork, for themselves or in somebody's place, and nobody's place is taken in two."""


class Reopening(StrEnum):
    """The fate of a step's clock when it is opened again after a return."""

    RESUME = "RESUME"
    RESTART = "RESTART"
    IGNORE = "IGNORE"


class StartTrigger(StrEnum):
    """A cause of an execution's start."""

    REGISTRATION = "REGISTRATION"
    IMPORT = "IMPORT"
    REST = "REST"
    MANUAL = "MANUAL"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Assignees(_Part):
    """The people who may act: users by id, and everybody with a role."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"roles": ["OPERATOR"]}]}
    )

    users: Annotated[tuple[Id, ...], FailFast()] = Field(
        default=(), max_length=MOST_ASSIGNEES, description="Ids of users."
    )
    roles: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=32)], ...], FailFast()
    ] = Field(
        default=(),
        max_length=MOST_ASSIGNEES,
        description="Names of roles; everybody with one of them may act.",
    )

    def __bool__(self) -> bool:
        """Return True if anybody is named."""
        return bool(self.users or self.roles)


class Sla(_Part):
    """The deadline of a step or a join."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "minutes": 1440,
                    "warn_percent": 80,
                    "on_timeout": "ESCALATE",
                    "escalate_to": {"roles": ["ADMIN"]},
                }
            ]
        },
    )

    minutes: int = Field(ge=1, le=MOST_SLA_MINUTES, description="Minutes of business time until it is late.")
    calendar_id: OptionalId = Field(
        default="", description="Business hours in which the minutes count; empty: day and night."
    )
    warn_percent: int = Field(
        default=80, ge=0, le=99, description="A warning comes after this part of the time; 0: none."
    )
    on_timeout: OnTimeout = Field(default=OnTimeout.NONE, description="What happens once it is late.")
    escalate_to: Assignees = Field(default=Assignees(), description="With ESCALATE: who may act, too.")
    reopening: Reopening = Field(
        default=Reopening.RESUME, description="What becomes of the clock when the step is opened again."
    )


class Route(_Part):
    """Another next step for those whom the conditions describe."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"when": {"rules": [{"field": "category", "values": ["Press"]}]}, "to": "approval"}]
        },
    )

    when: Conditions
    to: Key


class Branch(_Part):
    """One branch of a FORK."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"key": "papers", "name": "Papers", "first": "papers"}]},
    )

    key: Key
    name: SingleLineText
    first: Key = Field(description="The step that the branch begins with.")
    when: Conditions = Field(
        default=Conditions(), description="The branch is opened for whom these describe."
    )


class StepDefinition(_Part):
    """A step."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "key": "papers",
                    "name": "Review the papers",
                    "type": "REVIEW",
                    "next": "reviewed",
                    "assignees": {"roles": ["OPERATOR"]},
                }
            ]
        },
    )

    key: Key
    name: SingleLineText
    type: StepType
    next: Key | None = Field(default=None, description="The step that follows; null: none.")
    routes: Annotated[tuple[Route, ...], FailFast()] = Field(
        default=(),
        max_length=MOST_BRANCHES,
        description="Other next steps; the first whose conditions hold is taken.",
    )
    when: Conditions = Field(
        default=Conditions(), description="Whom the step concerns; it is skipped for everybody else."
    )
    instructions: NoteText = Field(default="", description="What the assignees have to do.")
    assignees: Assignees = Assignees()
    return_to: Annotated[tuple[Key, ...], FailFast()] = Field(
        default=(),
        max_length=MOST_BRANCHES,
        description="Earlier steps of the same branch to which it may be sent back.",
    )
    sla: Sla | None = None
    collect: Annotated[tuple[FieldName, ...], FailFast()] = Field(
        default=(), max_length=20, description="Of COLLECT: the participant's fields that have to be filled."
    )
    template_id: OptionalId = Field(default="", description="Of NOTIFY: the template of the message.")
    branches: Annotated[tuple[Branch, ...], FailFast()] = Field(
        default=(), max_length=MOST_BRANCHES, description="Of FORK."
    )
    join: Key | None = Field(default=None, description="Of FORK: the JOIN at which its branches end.")
    rule: JoinRule = Field(default=JoinRule.ALL, description="Of JOIN.")
    n: int | None = Field(default=None, ge=1, le=MOST_BRANCHES, description="Of JOIN, with N_OF_M.")
    on_reject: OnReject = Field(default=OnReject.FAIL_FAST, description="Of JOIN.")
    voters: Voters = Field(
        default=Voters.BRANCH,
        description="Of JOIN. PERSON: nobody decides in two branches, for themselves or in somebody's place.",
    )

    @property
    def is_human(self) -> bool:
        """True if somebody has a task at it."""
        return self.type in HUMAN

    @property
    def followers(self) -> tuple[str, ...]:
        """The keys of the steps that may come next on the same branch; of a FORK that is its join."""
        if self.type is StepType.FORK:
            return (self.join,) if self.join else ()
        return (*(route.to for route in self.routes), *((self.next,) if self.next else ()))


class Start(_Part):
    """The triggers of a workflow, and the people for whom it starts by itself."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"on": ["REGISTRATION"], "when": {"rules": [{"field": "category", "values": ["Press"]}]}}
            ]
        },
    )

    on: Annotated[frozenset[StartTrigger], FailFast()] = Field(
        default=frozenset((StartTrigger.REST, StartTrigger.MANUAL)), description="What starts it."
    )
    when: Conditions = Field(default=Conditions(), description="For whom it starts by itself.")

    @field_serializer("on")
    def _in_order(self, on: frozenset[StartTrigger]) -> list[StartTrigger]:
        """Return the triggers in one order: that of a set differs from process to process, and stored definitions are compared."""
        return sorted(on)


class Definition(_Part):
    """A workflow. The first of its steps is where everybody begins."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "steps": [
                        {
                            "key": "papers",
                            "name": "Review the papers",
                            "type": "REVIEW",
                            "assignees": {"roles": ["OPERATOR"]},
                        }
                    ],
                    "take_back_seconds": 60,
                }
            ]
        },
    )

    steps: Annotated[tuple[StepDefinition, ...], FailFast()] = Field(default=(), max_length=MOST_STEPS)
    start: Start = Start()
    take_back_seconds: int = Field(
        default=DEFAULT_TAKE_BACK_S,
        ge=0,
        le=MOST_TAKE_BACK_S,
        description="How long a decision can be taken back; it takes effect afterwards.",
    )
    approved_status: ParticipantStatus | None = Field(
        default=ParticipantStatus.APPROVED, description="The participant's status at the end; null: it stays."
    )
    rejected_status: ParticipantStatus | None = Field(
        default=ParticipantStatus.REJECTED,
        description="The participant's status once rejected; null: it stays.",
    )

    @cached_property
    def by_key(self) -> dict[str, StepDefinition]:
        """The steps by their keys."""
        return {step.key: step for step in self.steps}

    @cached_property
    def forks(self) -> dict[str, StepDefinition]:
        """The forks by the keys of their joins."""
        return {step.join: step for step in self.steps if step.type is StepType.FORK and step.join}

    def step(self, key: str) -> StepDefinition:
        """Return the step of a key.

        Raises:
            KeyError: there is none; a definition that was published has all that it names.
        """
        return self.by_key[key]

    def needed(self, join: StepDefinition, opened: int) -> int:
        """Return how many of the opened branches a join waits for."""
        if join.rule is JoinRule.ALL:
            return opened
        return 1 if join.rule is JoinRule.ANY else join.n or 1

    def dump(self) -> dict[str, Any]:
        """Return it as JSON values; what is as by default is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def equals(self, stored: Mapping[str, Any]) -> bool:
        """Return True if a stored definition says the same; older ones have their triggers in any order."""
        start = stored.get("start", {})
        if "on" in start:
            stored = {**stored, "start": {**start, "on": sorted(start["on"])}}
        return stored == self.dump()


def read_definition(stored: Mapping[str, Any]) -> Definition:
    """Return a definition that is stored.

    Raises:
        WorkflowUnreadable: 409, it breaks rules that the hub which stored it did not have.
    """
    try:
        return Definition.model_validate(stored)
    except ValidationError as error:
        raise WorkflowUnreadable from error


def find_definition(stored: Mapping[str, Any]) -> Definition | None:
    """Return a definition that is stored, or None if it can't be read: lists show the others all the same."""
    with suppress(WorkflowUnreadable):
        return read_definition(stored)
    return None
