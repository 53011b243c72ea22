"""The forms of steps, forks and conditions in the editor."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from hub_sync.contract.enums import StepType
from hub_sync.hub.console import FormInvalid, Page, _
from hub_sync.hub.domains.workflows.definition.conditions import (
    FIELDS,
    MOST_CONDITIONS,
    Condition,
    ConditionMatch,
    Conditions,
    Operator,
)
from hub_sync.hub.domains.workflows.definition.model import (
    HUMAN,
    MOST_BRANCHES,
    MOST_SLA_MINUTES,
    Assignees,
    Definition,
    JoinRule,
    OnReject,
    OnTimeout,
    Reopening,
    Sla,
    StepDefinition,
    Voters,
)
from hub_sync.hub.domains.workflows.definition.regions import Regions
from hub_sync.hub.kit.text_types import NoteText, SingleLineText

UNITS = {"1": 1, "60": 60, "1440": 1440}
EXTRA = "extra"
_DETAIL = f"{EXTRA}."
_LONGEST_DETAIL = 64
_LEAST_ROWS = 2
_MOST_NAMES = 60
Texts = Annotated[list[str], Field(max_length=_MOST_NAMES)]


class NewStepForm(BaseModel):
    """A new step: its kind, its name, its place and who does it; the rest is on its own form."""

    type: StepType
    name: SingleLineText
    place: str = Field(max_length=200)
    roles: Texts = []

    def step(self, key: str) -> StepDefinition:
        """Return the step.

        Raises:
            FormInvalid: forks and joins have a form of their own.
        """
        if self.type in (StepType.FORK, StepType.JOIN):
            raise FormInvalid({"type": _("Choose one of the list.")})
        return StepDefinition(key=key, name=self.name, type=self.type, assignees=_people([], self.roles))


class NewForkForm(BaseModel):
    """A new fork with a step on each branch, and the join that closes it."""

    name: SingleLineText
    place: str = Field(max_length=200)
    branches: str = Field(max_length=4000)
    type: StepType
    roles: Texts = []
    rule: JoinRule
    n: int | None = Field(default=None, ge=1, le=MOST_BRANCHES)

    def names(self) -> list[str]:
        """Return the names of the branches.

        Raises:
            FormInvalid: they are too few or too many, or one is too long.
        """
        names = [line.strip() for line in self.branches.splitlines() if line.strip()]
        if len(names) < 2:  # noqa: PLR2004 - one line is no fork
            raise FormInvalid({"branches": _("Name two branches at least, each on a line.")})
        if len(names) > MOST_BRANCHES:
            raise FormInvalid(
                {"branches": _("A fork has %(most)s branches at most.") % {"most": MOST_BRANCHES}}
            )
        if any(len(name) > 200 for name in names):  # noqa: PLR2004 - as `SingleLineText`
            raise FormInvalid({"branches": _("A name is too long.")})
        if self.type not in HUMAN:
            raise FormInvalid({"type": _("Choose one of the list.")})
        return names

    def needed(self) -> int | None:
        """Return N of a join that waits for N branches.

        Raises:
            FormInvalid: it is missing, or more than there are branches.
        """
        if self.rule is not JoinRule.N_OF_M:
            return None
        if self.n is None or self.n > len(self.names()):
            raise FormInvalid({"n": _("Give a number, at most that of the branches.")})
        return self.n

    def on_reject(self) -> OnReject:
        """Return what a rejected branch does at first: where not all branches are needed, it ends nothing yet."""
        return OnReject.FAIL_FAST if self.rule is JoinRule.ALL else OnReject.COUNT


class BranchForm(BaseModel):
    """A new branch of a fork."""

    branch_name: SingleLineText


class StepForm(BaseModel):
    """All fields of a step's form; each kind of step shows its own."""

    name: SingleLineText
    instructions: NoteText = ""
    users: Texts = []
    roles: Texts = []
    sla_amount: int | None = Field(default=None, ge=1, le=MOST_SLA_MINUTES)
    sla_unit: str = "60"
    calendar_id: str = Field(default="", max_length=64)
    warn_percent: int = Field(default=80, ge=0, le=99)
    on_timeout: OnTimeout = OnTimeout.NONE
    escalate_users: Texts = []
    escalate_roles: Texts = []
    reopening: Reopening = Reopening.RESUME
    collect: Texts = []
    collect_more: str = Field(default="", max_length=2000)
    template_id: str = Field(default="", max_length=64)
    return_to: Texts = []
    rule: JoinRule = JoinRule.ALL
    n: int | None = Field(default=None, ge=1, le=MOST_BRANCHES)
    on_reject: OnReject = OnReject.FAIL_FAST
    voters: Voters = Voters.BRANCH

    def changed(self, step: StepDefinition, when: Conditions) -> StepDefinition:
        """Return a step with what its form says.

        Raises:
            FormInvalid: a field that depends on another is missing.
        """
        values: dict[str, Any] = {"name": self.name}
        if step.type is not StepType.JOIN:
            values["when"] = when
        if step.type in HUMAN:
            values |= {
                "instructions": self.instructions,
                "assignees": _people(self.users, self.roles),
                "return_to": tuple(self.return_to),
            }
        if step.type is StepType.COLLECT:
            more = [line.strip() for line in self.collect_more.splitlines() if line.strip()]
            if any(len(name) > _LONGEST_DETAIL for name in more):
                raise FormInvalid({"collect_more": _("A name is too long.")})
            values["collect"] = (*self.collect, *(f"{_DETAIL}{name}" for name in dict.fromkeys(more)))
        if step.type is StepType.NOTIFY:
            values["template_id"] = self.template_id
        if step.type is StepType.JOIN:
            if self.rule is JoinRule.N_OF_M and self.n is None:
                raise FormInvalid({"n": _("Fill this in.")})
            n = self.n if self.rule is JoinRule.N_OF_M else None
            values |= {"rule": self.rule, "n": n, "on_reject": self.on_reject, "voters": self.voters}
        if step.type in HUMAN or step.type is StepType.JOIN:
            values["sla"] = self._sla()
        return StepDefinition.model_validate({**step.model_dump(), **_dumped(values)})

    def _sla(self) -> Sla | None:
        if self.sla_amount is None:
            return None
        if self.sla_unit not in UNITS:
            raise FormInvalid({"sla_unit": _("Choose one of the list.")})
        minutes = self.sla_amount * UNITS[self.sla_unit]
        if minutes > MOST_SLA_MINUTES:
            raise FormInvalid(
                {"sla_amount": _("At most %(days)s days.") % {"days": MOST_SLA_MINUTES // UNITS["1440"]}}
            )
        return Sla(
            minutes=minutes,
            calendar_id=self.calendar_id,
            warn_percent=self.warn_percent,
            on_timeout=self.on_timeout,
            escalate_to=_people(self.escalate_users, self.escalate_roles),
            reopening=self.reopening,
        )


def amount_of(minutes: int) -> tuple[int | str, str]:
    """Return minutes as a form has them: the amount, and the largest unit of `UNITS` in which it is a whole number."""
    unit = next(unit for unit in (1440, 60, 1) if minutes % unit == 0)
    return minutes // unit, str(unit)


def step_values(step: StepDefinition) -> dict[str, Any]:
    """Return the values that a step's form is opened with."""
    sla = step.sla
    amount, unit = amount_of(sla.minutes) if sla else ("", "60")
    return {
        "name": step.name,
        "instructions": step.instructions,
        "users": list(step.assignees.users),
        "roles": list(step.assignees.roles),
        "sla_amount": amount,
        "sla_unit": unit,
        "calendar_id": sla.calendar_id if sla else "",
        "warn_percent": sla.warn_percent if sla else 80,
        "on_timeout": (sla.on_timeout if sla else OnTimeout.NONE).value,
        "escalate_users": list(sla.escalate_to.users) if sla else [],
        "escalate_roles": list(sla.escalate_to.roles) if sla else [],
        "reopening": (sla.reopening if sla else Reopening.RESUME).value,
        "collect": [field for field in step.collect if not field.startswith(_DETAIL)],
        "collect_more": "\n".join(
            field.removeprefix(_DETAIL) for field in step.collect if field.startswith(_DETAIL)
        ),
        "template_id": step.template_id,
        "return_to": list(step.return_to),
        "rule": step.rule.value,
        "n": step.n or "",
        "on_reject": step.on_reject.value,
        "voters": step.voters.value,
        **condition_values(step.when),
    }


def targets_of(draft: Definition, step: StepDefinition) -> list[StepDefinition]:
    """Return the steps to which another way may lead from a step: later ones of the same branch, and the join at which it ends."""
    regions = Regions(draft)
    region = regions.one_of(step.key)
    if region is None or step.type is StepType.FORK:
        return []
    before = {step.key, *regions.earlier(step.key)}
    later = [
        each
        for each in draft.steps
        if regions.one_of(each.key) == region and each.key not in before and each.type is not StepType.JOIN
    ]
    join = draft.by_key.get(draft.by_key[region[-2]].join or "") if region else None
    return [*later, *([join] if join else [])]


def condition_values(conditions: Conditions) -> dict[str, Any]:
    """Return the values that the fields of conditions are opened with."""
    values: dict[str, Any] = {"when_match": conditions.match.value}
    for number in range(row_count(conditions)):
        rule = conditions.rules[number] if number < len(conditions.rules) else None
        field, _dot, detail = (rule.field if rule else "").partition(".")
        values |= {
            f"when_field_{number}": field,
            f"when_detail_{number}": detail,
            f"when_operator_{number}": rule.operator.value if rule else Operator.IS.value,
            f"when_values_{number}": "\n".join(rule.values) if rule else "",
        }
    return values


def row_count(conditions: Conditions) -> int:
    """Return how many rows of conditions a form has: one more than there are."""
    return min(max(len(conditions.rules) + 1, _LEAST_ROWS), MOST_CONDITIONS)


def parse_conditions(page: Page) -> Conditions:
    """Return the conditions that a form sent; a row without a field is none.

    Raises:
        FormInvalid: a row can't be used.
    """
    rules, errors = [], dict[str, str]()
    for number in range(MOST_CONDITIONS):
        field = str(page.value(f"when_field_{number}")).strip()
        if not field:
            continue
        detail = str(page.value(f"when_detail_{number}")).strip()
        values = [
            line.strip() for line in str(page.value(f"when_values_{number}")).splitlines() if line.strip()
        ]
        name = f"{EXTRA}.{detail}" if field == EXTRA else field
        operator = str(page.value(f"when_operator_{number}", Operator.IS.value))
        if field == EXTRA and not detail:
            errors[f"when_detail_{number}"] = _("Fill this in.")
        elif not values and operator in (Operator.IS, Operator.IS_NOT, Operator.CONTAINS):
            errors[f"when_values_{number}"] = _("Fill this in.")
        else:
            try:
                rules.append(
                    Condition.model_validate({"field": name, "operator": operator, "values": values})
                )
            except ValueError:
                errors[f"when_field_{number}"] = _("This can't be used here.")
    if errors:
        raise FormInvalid(errors)
    match = str(page.value("when_match", ConditionMatch.ALL.value))
    return Conditions(
        match=ConditionMatch(match) if match in set(ConditionMatch) else ConditionMatch.ALL,
        rules=tuple(rules),
    )


def field_choices() -> list[tuple[str, str]]:
    """Return the fields of a condition."""
    return [("", "—"), *((name, _(label)) for name, label in FIELDS.items()), (EXTRA, _("A further detail"))]


def choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return translated choices of a form."""
    return [(key, _(label)) for key, label in words.items()]


def _people(users: Iterable[str], roles: Iterable[str]) -> Assignees:
    return Assignees(users=tuple(users), roles=tuple(roles))


def _dumped(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.model_dump() if isinstance(value, BaseModel) else value for name, value in values.items()
    }


def page_values(page: Page, names: Sequence[str]) -> dict[str, str]:
    """Return the values of a form's text fields as they were sent."""
    return {name: str(page.value(name)) for name in names}
