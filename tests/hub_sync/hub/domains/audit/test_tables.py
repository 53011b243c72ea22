"""The audit log only grows: the database refuses anything else, and no service tries."""

import re
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

SOURCES = sorted((Path(audit.__file__).parents[2]).rglob("*.py"))
_REWRITES = re.compile(r"(update|delete)\(AuditLog|(UPDATE|DELETE FROM|TRUNCATE) audit_logs", re.IGNORECASE)


@pytest.mark.parametrize(
    "act", [update(AuditLog).values(actor="nobody"), delete(AuditLog)], ids=["update", "delete"]
)
def test_the_database_refuses_to_rewrite_an_entry(hub: HubContext, seeded: Seeded, act: object) -> None:
    with hub.uow.read() as work:
        before = work.session.execute(text("SELECT * FROM audit_logs ORDER BY id")).all()
    assert before
    with pytest.raises(DBAPIError, match="append-only"), hub.uow.begin() as work:
        work.session.execute(act)  # type: ignore[call-overload]
    with hub.uow.read() as work:
        assert work.session.execute(text("SELECT * FROM audit_logs ORDER BY id")).all() == before


def test_an_entry_that_was_changed_in_memory_is_refused_too(hub: HubContext, seeded: Seeded) -> None:
    with pytest.raises(DBAPIError, match="append-only"), hub.uow.begin() as work:
        audit.entries_of(work, seeded.tenant_id, "event", seeded.event_id)[0].actor = "nobody"


def test_no_source_of_the_hub_rewrites_it() -> None:
    assert len(SOURCES) > 100
    offenders = [
        path.name for path in SOURCES if _REWRITES.search(path.read_text()) and "versions" not in path.parts
    ]
    assert offenders == []
    assert _REWRITES.search("session.execute(delete(AuditLog))"), "or this test can't fail"
