"""Names in the audit log, and the search for them."""

import re
from html import unescape

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.manifest import USER_UPDATED
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit import queries
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.audit.subjects import Subjects
from hub_sync.hub.domains.check_in.manifest import SCAN_OVERRIDDEN
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.participants.manifest import PARTICIPANT
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.access import Caller, CallerKind
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.conftest import Fair

LOG = "/settings/audit"


@pytest.fixture
def grace(hub: HubContext, seeded: Seeded, fair: Fair) -> str:
    """Ada Lovelace, a user, has approved Grace Hopper; a station was enrolled meanwhile."""
    id_ = fair.register("Grace", ParticipantStatus.PENDING, last_name="Hopper", registration_code="HOPPER-1")
    fair.register("Alan", registration_code="TURING-2")
    with hub.uow.begin() as work:
        accounts.create_user(
            work, seeded.tenant_id, "al@example.org", "long enough 1", name="Ada Lovelace", role=Role.ADMIN
        )
    with hub.uow.begin(actor="user:al@example.org") as work:
        event = (seeded.tenant_id, seeded.event_id)
        participants.update_status(work, *event, id_, ParticipantStatus.APPROVED)
    return id_


@pytest.fixture
def reader(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Reader")


def rows_of(html: str) -> list[str]:
    return html.split("<tbody>")[1].split("<tr>")[1:] if "<tbody>" in html else []


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html))).strip()


def test_a_row_says_who_did_what_to_whom_with_a_link(reader: Browser, seeded: Seeded, grace: str) -> None:
    (row,) = rows_of(reader.read(f"{LOG}?q=status+changed"))
    assert "Ada Lovelace Status changed Participant Grace Hopper" in words_of(row)
    assert f'href="/events/{seeded.event_id}/participants/{grace}"' in row
    assert grace not in words_of(row)
    entry = re.search(rf'href="({LOG}/[^"]+)"', row)
    assert entry
    details = reader.read(entry[1])
    assert "Who Ada Lovelace" in words_of(details)
    assert f'href="/events/{seeded.event_id}/participants/{grace}"><bdi>Grace Hopper</bdi>' in details


@pytest.mark.parametrize(
    ("search", "language", "expected"),
    [
        ("grace hopper", "en", ["Status changed", "Created"]),
        ("Hopper, Grace", "en", ["Status changed", "Created"]),
        ("h0pper 1", "en", ["Status changed", "Created"]),
        ("HOPPER-1", "en", ["Status changed", "Created"]),
        ("lovelace", "en", ["Status changed", "Created"]),
        ("status changed", "en", ["Status changed"]),
        ("Status geändert", "de", ["Status geändert"]),
        ("al@example.org", "en", ["Status changed", "Created"]),
        ("update_status", "en", ["Status changed"]),
        ("nobody of this name", "en", []),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_search_finds_names_codes_and_the_words_of_the_page(
    reader: Browser, grace: str, search: str, language: str, expected: list[str]
) -> None:
    answer = reader.get(LOG, params={"q": search}, headers={"Accept-Language": language})
    actions = [
        words_of(re.findall(r'class="audit-what">(.*?)<span', row, re.DOTALL)[0])
        for row in rows_of(answer.text)
    ]
    assert actions == expected


def test_the_search_works_on_both_databases_and_for_the_files_too(reader: Browser, grace: str) -> None:
    assert len(rows_of(reader.read(f"{LOG}?q=grace+hopper"))) == 2
    assert len(reader.read(f"{LOG}/export.jsonl?q=grace+hopper").splitlines()) == 2
    assert len(reader.read(f"{LOG}/export.csv?q=hopper-1").splitlines()) == 3


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_may_not_read_participants_finds_no_name_of_one(
    app: FastAPI, hub: HubContext, seeded: Seeded, grace: str
) -> None:
    auditor = Caller(
        CallerKind.USER, "x", seeded.tenant_id, "user:x", frozenset({"audit:read"}), frozenset(), 100
    )
    with hub.uow.read() as work:
        subjects = Subjects(work, auditor)
        query = queries.of_tenant(seeded.tenant_id)
        assert list(work.session.scalars(query.where(subjects.condition("grace hopper")))) == []
        entries = list(work.session.scalars(query.where(subjects.condition("status changed"))))
        assert [subjects.load(entries).name(entry) for entry in entries] == [""]


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_what_is_gone_is_named_as_the_entry_has_it(reader: Browser, fair: Fair, grace: str) -> None:
    with fair.hub.uow.begin(actor="cli") as work:
        new = api_keys.NewApiKey(name="Badge printer", permissions=["events:read"])
        key, _secret = api_keys.create(work, fair.seeded.tenant_id, new)
        work.session.flush()
        work.session.delete(key)
    (row,) = rows_of(reader.read(f"{LOG}?filter[entity]=api_key"))
    assert "API key Badge printer" in words_of(row)
    assert "/settings/api-keys/" not in row, "a link to what is gone leads nowhere"


def test_an_override_names_the_person_the_checkpoint_and_the_reason_in_words(
    reader: Browser, hub: HubContext, seeded: Seeded, grace: str
) -> None:
    after = {
        "checkpoint_id": seeded.gate_id,
        "participant_id": grace,
        "direction": "entry",
        "reason": "On the list of the mayor",
        "against": "participant_pending",
    }
    with hub.uow.begin(actor="user:al@example.org") as work:
        audit.record(work, seeded.tenant_id, SCAN_OVERRIDDEN, work.new_id(), after=after)
    for search in ("override", "grace hopper"):
        row = next(row for row in rows_of(reader.read(f"{LOG}?q={search}")) if "Admitted by override" in row)
        assert "Ada Lovelace Admitted by override Scan Grace Hopper" in words_of(row)
        assert f'href="/events/{seeded.event_id}/participants/{grace}"' in row
    entry = re.search(rf'href="({LOG}/[^"]+)"', row)
    assert entry
    details = words_of(reader.read(entry[1]))
    for text in (
        "Against the verdict — not approved",
        "Direction — Entrance",
        "Checkpoint — Main gate",
        "Participant — Grace Hopper",
    ):
        assert text in details
    german = reader.get(entry[1], headers={"Accept-Language": "de"}).text
    assert "Richtung" in german
    assert "Direction" not in words_of(german)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_who_may_not_read_participants_gets_no_name_of_an_override(
    hub: HubContext, seeded: Seeded, grace: str
) -> None:
    with hub.uow.begin(actor="enrolment") as work:
        audit.record(work, seeded.tenant_id, SCAN_OVERRIDDEN, work.new_id(), after={"participant_id": grace})
    auditor = Caller(
        CallerKind.USER, "x", seeded.tenant_id, "user:x", frozenset({"audit:read"}), frozenset(), 100
    )
    with hub.uow.read() as work:
        subjects = Subjects(work, auditor)
        query = queries.of_tenant(seeded.tenant_id)
        assert list(work.session.scalars(query.where(subjects.condition("grace hopper")))) == []
        (entry,) = work.session.scalars(query.where(subjects.condition("override")))
        subjects.load([entry])
        assert (subjects.name(entry), subjects.path(entry)) == ("", "")
        assert subjects.value("participant_id", grace) == grace
        assert subjects.actor(entry.actor) == "a new station"


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_names_of_another_tenant_are_neither_shown_nor_searched(
    reader: Browser, hub: HubContext, seeded: Seeded, grace: str
) -> None:
    """A person may have one e-mail address in two tenants, and the log's actor names the address."""
    with hub.uow.begin() as work:
        rival = tenants.create(work, hub.secret_box, slug="rival", name="Rival").id
        namesake = accounts.create_user(work, rival, "al@example.org", "long enough 1", name="Zuse")
        audit.record(work, seeded.tenant_id, USER_UPDATED, namesake.id)
    assert rows_of(reader.read(f"{LOG}?q=zuse")) == []
    page = words_of(reader.read(LOG))
    assert "Zuse" not in page
    assert "Ada Lovelace" in page


def test_an_empty_value_is_not_hidden() -> None:
    assert PARTICIPANT.conceal(
        {"first_name": "Grace", "phone": None, "email": "", "extra": {}, "version": 1}
    ) == {
        "first_name": "…",
        "phone": None,
        "email": "",
        "extra": {},
        "version": 1,
    }
    assert PARTICIPANT.conceal(None) is None
