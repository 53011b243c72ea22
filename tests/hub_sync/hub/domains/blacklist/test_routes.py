"""The blacklist over REST: rights, audited reads, import and export."""

import csv
import io
from typing import Any

import pytest

from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.kit.events.domain_events import StoredDomainEvent
from tests.hub_sync.hub.domains.blacklist.conftest import ListKeeper
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, error_code

SECRET = "Stole a bicycle"
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def call(caller: EventApiClient, method: str, path: str, **more: Any) -> Any:
    headers = caller.headers | more.pop("headers", {})
    return caller.client.request(method, f"/api/v1/blacklist{path}", headers=headers, **more)


def reads(keeper: ListKeeper) -> list[tuple[str, str]]:
    with keeper.hub.uow.read() as work:
        rows = work.session.query(AuditLog.entity, AuditLog.action).filter(
            AuditLog.action.in_(("read", "export"))
        )
        return [(row[0], row[1]) for row in rows.order_by(AuditLog.id)]


def test_every_read_is_audited_once_whatever_it_has(keeper: ListKeeper, make_caller: CallerFactory) -> None:
    for name in ("a", "b"):
        keeper.add("email", f"{name}@example.org", reason=SECRET)
    entry = keeper.add("email", "c@example.org")
    caller = make_caller("blacklist:manage")
    for path in ("/entries", f"/entries/{entry}", "/entries.csv", "/hits"):
        assert call(caller, "GET", path).status_code == 200
    assert reads(keeper) == [
        ("blacklist", "read"),
        ("blacklist_entry", "read"),
        ("blacklist", "export"),
        ("blacklist_hit", "read"),
    ]


def test_without_the_right_nothing_of_the_list_is_readable(
    keeper: ListKeeper, make_caller: CallerFactory
) -> None:
    person = keeper.register(email="mallory@example.org")
    entry = keeper.add("email", "mallory@example.org", reason=SECRET)
    keeper.job.run_once()
    caller = make_caller("participants:*", "events:*", "audit:read", "webhooks:manage", "check-in:scan")
    for method, path in (
        ("GET", "/entries"),
        ("GET", f"/entries/{entry}"),
        ("GET", "/entries.csv"),
        ("GET", "/hits"),
        ("POST", "/delete"),
    ):
        assert call(caller, method, path).status_code == 403
    log = caller.client.get("/api/v1/audit-logs?limit=100", headers=caller.headers)
    exported = caller.client.get("/api/v1/audit-logs.csv", headers=caller.headers)
    participant = caller.call("GET", f"/participants/{person}")
    assert "blacklist_entry" in log.text
    for answer in (log, exported, participant):
        assert answer.status_code == 200
        assert SECRET not in answer.text
    assert "mallory" not in "".join(
        str(row["after"]) for row in log.json()["data"] if row["entity"].startswith("blacklist")
    )
    with keeper.hub.uow.read() as work:
        told = "".join(str(row.payload) for row in work.session.query(StoredDomainEvent))
    assert "standing" in told, "what webhooks and streams are made of"
    assert SECRET not in told
    assert "mallory" not in told
    refused = caller.call("POST", "/participants", json={"email": "mallory@example.org"})
    assert error_code(refused, 409) == "RegistrationRefused"
    assert SECRET not in refused.text
    assert "list" not in refused.text.lower()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "name", "value": "Ali"}, 422, "BlacklistValueInvalid"),
        ({"kind": "email", "value": "nobody"}, 422, "BlacklistValueInvalid"),
        ({"kind": "phone", "value": "030 1234567"}, 422, "BlacklistValueInvalid"),
        ({"kind": "document", "value": "1"}, 422, "BlacklistValueInvalid"),
        ({"kind": "domain", "value": "localhost"}, 422, "BlacklistValueInvalid"),
        ({"kind": "name", "value": "Max Muster", "match": "FUZZY"}, 422, "FuzzyOnlyFlags"),
        (
            {"kind": "email", "value": "a@b.de", "match": "FUZZY", "action": "FLAG"},
            422,
            "BlacklistMatchUnfit",
        ),
        ({"kind": "email", "value": "a@b.de", "match": "DOMAIN"}, 422, "BlacklistMatchUnfit"),
        (
            {"kind": "email", "value": "a@b.de", "valid_from": "2026-02-02", "valid_until": "2026-02-01"},
            422,
            "ValidityReversed",
        ),
        ({"kind": "email", "value": "a@b.de", "event_id": "nowhere"}, 404, "EventNotFound"),
        ({"kind": "email", "value": "MALLORY@example.org"}, 409, "BlacklistEntryExists"),
        ({"kind": "email", "value": "a@b.de", "valid_from": 7}, 422, "ValidationFailed"),
        ({"kind": "email", "value": "a\x00@b.de"}, 422, "Unprocessable"),
    ],
)
def test_what_can_not_be_an_entry_is_refused_with_a_sentence(
    keeper: ListKeeper, make_caller: CallerFactory, body: dict[str, Any], status: int, code: str
) -> None:
    keeper.add("email", "mallory@example.org")
    answer = call(make_caller("blacklist:manage"), "POST", "/entries", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text


def test_an_entry_is_changed_and_a_document_is_never_read_back(
    keeper: ListKeeper, make_caller: CallerFactory
) -> None:
    caller = make_caller("blacklist:manage")
    made = call(
        caller, "POST", "/entries", json={"kind": "document", "value": "C01X 00T47", "reason": SECRET}
    )
    path, tag = f"/entries/{made.json()['data']['id']}", made.headers["etag"]
    assert "C01X" not in made.text.upper()
    changed = call(caller, "PUT", path, json={"action": "FLAG"}, headers={"If-Match": tag})
    assert changed.json()["data"]["action"] == "FLAG"
    assert error_code(call(caller, "PUT", path, json={"action": "BLOCK"}, headers={"If-Match": tag}), 412)
    person = keeper.register(extra={"passport": "c01x-00t47"})
    assert keeper.standing(person) == "flagged:list", "the number is as it was"
    assert call(caller, "DELETE", path).status_code == 204
    assert error_code(call(caller, "GET", path), 404) == "BlacklistEntryNotFound"
    with keeper.hub.uow.read() as work:
        texts = "".join(
            str((row.before, row.after))
            for row in work.session.query(AuditLog).filter_by(entity="blacklist_entry")
        )
    assert "01X" not in texts.upper()


def test_what_is_exported_is_imported_the_same(keeper: ListKeeper, make_caller: CallerFactory) -> None:
    values = [
        ("name", "O'Brien, Zoë “the Cat”", {}),
        ("email", "=1+1@example.org", {"valid_until": "2026-12-31"}),
        ("phone", "+49 30 1234567", {"reason": 'a; b, "c"'}),
        ("document", "C01X00T47", {"event_id": keeper.seeded.event_id}),
        ("domain", "bücher.example", {"action": "FLAG"}),
        ("name", "Max Mustermann", {"match": "FUZZY", "action": "FLAG"}),
    ]
    ids = [keeper.add(kind, value, **more) for kind, value, more in values]
    caller = make_caller("blacklist:manage", "participants:create")

    def rows() -> list[list[str]]:
        text = call(caller, "GET", "/entries.csv").content.decode("utf-8-sig")
        return sorted(csv.reader(io.StringIO(text)))

    exported = call(caller, "GET", "/entries.csv").content.decode("utf-8-sig")
    before = rows()
    deleted = call(caller, "POST", "/delete", json={"ids": ids})
    assert (deleted.json()["data"], len(rows())) == ({"deleted": 6}, 1)
    body = {"kind": "name", "lines": exported}
    assert call(caller, "POST", "/import", json=body).json()["data"] == {"added": 6, "skipped": 0}
    assert rows() == before
    assert call(caller, "POST", "/import", json=body).json()["data"] == {"added": 0, "skipped": 6}
    refused = caller.call("POST", "/participants", json={"phone": "030 1234567"})
    assert error_code(refused, 409) == "RegistrationRefused"


def test_a_line_that_can_not_be_used_keeps_the_others_out_and_is_named(
    keeper: ListKeeper, make_caller: CallerFactory
) -> None:
    caller = make_caller("blacklist:manage")
    lines = "a@example.org\n\nnobody\nb@example.org; Own reason"
    refused = call(caller, "POST", "/import", json={"kind": "email", "lines": lines, "reason": "Shared"})
    assert error_code(refused, 422) == "LinesInvalid"
    assert "3: Not an e-mail address" in refused.text
    assert call(caller, "GET", "/entries").json()["data"] == []
    good = lines.replace("nobody", "c@example.org")
    call(caller, "POST", "/import", json={"kind": "email", "lines": good, "reason": "Shared"})
    entries = call(caller, "GET", "/entries?sort=label").json()["data"]
    assert [(entry["label"], entry["reason"]) for entry in entries] == [
        ("a@example.org", "Shared"),
        ("b@example.org", "Own reason"),
        ("c@example.org", "Shared"),
    ]
    for lines, code in (("\n \n", "NoLines"), ("x@example.org\n" * 2001, "TooManyLines")):
        assert (
            error_code(call(caller, "POST", "/import", json={"kind": "email", "lines": lines}), 422) == code
        )


def test_another_tenant_finds_nothing(keeper: ListKeeper, foreign: EventApiClient) -> None:
    entry = keeper.add("email", "mallory@example.org")
    assert call(foreign, "GET", "/entries").json()["data"] == []
    assert call(foreign, "GET", f"/entries/{entry}").status_code == 404
    assert call(foreign, "POST", "/delete", json={"ids": [entry]}).json()["data"] == {"deleted": 0}


def test_a_hit_is_decided_over_rest(keeper: ListKeeper, make_caller: CallerFactory) -> None:
    keeper.add("name", "Max Mustermann", match="FUZZY", action="FLAG")
    person = keeper.register("Max Musterman")
    caller = make_caller("blacklist:manage")
    (hit,) = call(caller, "GET", "/hits").json()["data"]
    assert (hit["participant_id"], hit["status"]) == (person, "PENDING")
    answer = call(
        caller, "PUT", f"/hits/{hit['id']}", json={"status": "BLOCKED"}, headers={"If-Match": '"1"'}
    )
    assert answer.json()["data"]["status"] == "BLOCKED"
    assert keeper.standing(person) == "blocked:list"
    stale = call(caller, "PUT", f"/hits/{hit['id']}", json={"status": "PENDING"}, headers={"If-Match": '"1"'})
    assert error_code(stale, 412) == "BlacklistHitChanged"
