"""Shapes: common workflows to begin with. Each can be published as it is; its assignees are roles that every organisation has."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from hub_sync.contract.enums import StepType
from hub_sync.hub.domains.workflows.definition.model import Definition
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Role

Translate = Callable[[str], str]


class WorkflowShape(StrEnum):
    """A common workflow."""

    SINGLE_APPROVAL = "SINGLE_APPROVAL"
    PARALLEL_REVIEWS = "PARALLEL_REVIEWS"
    COMMITTEE = "COMMITTEE"
    COLLECT_DETAILS = "COLLECT_DETAILS"
    BADGE_PRINTING = "BADGE_PRINTING"


SHAPES: dict[str, str] = {
    WorkflowShape.SINGLE_APPROVAL: N_("Single approval"),
    WorkflowShape.PARALLEL_REVIEWS: N_("Two reviews side by side, then an approval"),
    WorkflowShape.COMMITTEE: N_("Committee: two of three approve"),
    WorkflowShape.COLLECT_DETAILS: N_("Collect missing details, then approve"),
    WorkflowShape.BADGE_PRINTING: N_("Print badges"),
}
"""The labels of shapes."""
_STARTS = {"on": ["REGISTRATION", "IMPORT", "REST", "MANUAL"]}
_DAY = 24 * 60


def build(shape: WorkflowShape, translate: Translate = str) -> Definition:
    """Return the definition of a shape; `translate` gives its steps names in a language."""
    return Definition.model_validate(_BUILDERS[shape](translate))


def _step(key: str, name: str, type_: StepType, role: Role | None = None, **values: Any) -> dict[str, Any]:
    assigned = {"assignees": {"roles": [role.value]}} if role else {}
    return {"key": key, "name": name, "type": type_.value, **assigned, **values}


def _fork(key: str, name: str, join: str, branches: dict[str, str]) -> dict[str, Any]:
    listed = [{"key": first, "name": label, "first": first} for first, label in branches.items()]
    return _step(key, name, StepType.FORK, join=join, branches=listed)


def _approval(translate: Translate, **values: Any) -> dict[str, Any]:
    sla = {"minutes": 2 * _DAY}
    return _step("approval", translate(N_("Approval")), StepType.APPROVAL, Role.ADMIN, sla=sla, **values)


def _single_approval(translate: Translate) -> dict[str, Any]:
    return {"start": _STARTS, "steps": [_approval(translate)]}


def _parallel_reviews(translate: Translate) -> dict[str, Any]:
    documents, details = translate(N_("Review of the documents")), translate(N_("Review of the details"))
    review: dict[str, Any] = {"next": "reviewed", "sla": {"minutes": _DAY}}
    return {
        "start": _STARTS,
        "steps": [
            _fork(
                "reviews", translate(N_("Reviews")), "reviewed", {"documents": documents, "details": details}
            ),
            _step("documents", documents, StepType.REVIEW, Role.OPERATOR, **review),
            _step("details", details, StepType.REVIEW, Role.OPERATOR, **review),
            _step("reviewed", translate(N_("Both reviewed")), StepType.JOIN, next="approval"),
            _approval(translate, return_to=[]),
        ],
    }


def _committee(translate: Translate) -> dict[str, Any]:
    names = {
        "first-vote": translate(N_("First vote")),
        "second-vote": translate(N_("Second vote")),
        "third-vote": translate(N_("Third vote")),
    }
    return {
        "start": _STARTS,
        "steps": [
            _fork("committee", translate(N_("Committee")), "voted", names),
            *(
                _step(key, name, StepType.APPROVAL, Role.OPERATOR, next="voted", sla={"minutes": 2 * _DAY})
                for key, name in names.items()
            ),
            _step(
                "voted",
                translate(N_("Two of three approve")),
                StepType.JOIN,
                rule="N_OF_M",
                n=2,
                on_reject="COUNT",
                voters="PERSON",
            ),
        ],
    }


def _collect_details(translate: Translate) -> dict[str, Any]:
    missing = [{"field": field, "operator": "IS_EMPTY"} for field in ("email", "phone")]
    return {
        "start": _STARTS,
        "steps": [
            _step(
                "details",
                translate(N_("Missing details")),
                StepType.COLLECT,
                Role.OPERATOR,
                next="approval",
                collect=["email", "phone"],
                when={"match": "ANY", "rules": missing},
                sla={"minutes": 3 * _DAY},
            ),
            _approval(translate, return_to=["details"]),
        ],
    }


def _badge_printing(translate: Translate) -> dict[str, Any]:
    return {
        "start": {
            "on": ["REST", "MANUAL"],
            "when": {"rules": [{"field": "status", "values": ["APPROVED"]}]},
        },
        "steps": [_step("badge", translate(N_("Print the badge")), StepType.PRINT, Role.OPERATOR)],
        "approved_status": None,
        "rejected_status": None,
    }


_BUILDERS: dict[WorkflowShape, Callable[[Translate], dict[str, Any]]] = {
    WorkflowShape.SINGLE_APPROVAL: _single_approval,
    WorkflowShape.PARALLEL_REVIEWS: _parallel_reviews,
    WorkflowShape.COMMITTEE: _committee,
    WorkflowShape.COLLECT_DETAILS: _collect_details,
    WorkflowShape.BADGE_PRINTING: _badge_printing,
}
