"""Blocked and flagged people in a file: the preview says so, and the run refuses whom the list has got since."""

from hub_sync.contract.enums import BulkOperationStatus
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.blacklist.schemas import NewBlacklistEntry
from hub_sync.hub.domains.imports import service as imports
from tests.hub_sync.hub.domains.imports.conftest import Importing
from tests.hub_sync.hub.domains.imports.test_bulk_actions import REQUESTER, finish, people

FILE = (
    "Code,First name,Last name,E-mail\n"
    "C-0001,Ada,Lovelace,ada@example.org\n"
    "C-0002,Mallory,Malone,MALLORY@example.org\n"
    "C-0003,Max,Musterman,max@example.org\n"
    "C-0004,Eve,Evans,eve@example.org\n"
)


def add(importing: Importing, kind: str, value: str, **more: str) -> None:
    with importing.hub.uow.begin() as work:
        new = NewBlacklistEntry.model_validate({"kind": kind, "value": value, "reason": "secret", **more})
        blacklist.create(work, importing.key.tenant_id, new)


def test_a_preview_refuses_who_is_blocked_and_warns_of_who_is_similar_without_a_reason(
    importing: Importing,
) -> None:
    add(importing, "email", "mallory@example.org")
    add(importing, "name", "Max Mustermann", match="FUZZY", action="FLAG")
    draft = importing.send(FILE)
    summary = importing.preview(draft)
    assert "secret" not in repr(summary)
    assert "blocked" in repr(summary)
    assert "flagged" in repr(summary)
    operation_id = imports.prepare(importing.hub.uow, importing.key, draft.id, REQUESTER, None)
    add(importing, "email", "eve@example.org")  # between the preview and the run
    with importing.hub.uow.begin(actor=REQUESTER.actor) as work:
        imports.start(work, importing.key, draft.id, operation_id, REQUESTER, None)
    operation = finish(importing, operation_id)
    assert operation.status is BulkOperationStatus.COMPLETED_WITH_ERRORS
    assert (operation.succeeded, operation.failed) == (2, 2)
    assert [(person.last_name, person.standing) for person in people(importing)] == [
        ("Lovelace", ""),
        ("Musterman", "flagged:list"),
    ]
    with importing.hub.uow.read() as work:
        attempts = work.session.scalars(blacklist.attempts_of(importing.key.tenant_id)).all()
    assert {(attempt.name, attempt.actor, attempt.operation_id) for attempt in attempts} == {
        ("Mallory Malone", REQUESTER.actor, operation_id),
        ("Eve Evans", REQUESTER.actor, operation_id),
    }, "who was refused at the preview, and who was at the run"
