"""The scanner page without script: a typed code, a searched person, an override, and everything that is refused in words."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.check_in import service as check_in
from hub_sync.hub.domains.check_in.tables import AccessLog
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.feature_flag import FF_REST_API
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, forms_in, signed_in_as
from tests.hub_sync.hub.domains.check_in.conftest import register, ticket_of

IN_SCRIPT = {"X-Fragment": "scanner", "X-Dialog": "1"}


@pytest.fixture(params=["sqlite"])
def kind(request: pytest.FixtureRequest) -> str:
    """Run on SQLite only: the scans themselves are tested on both databases (`../scans`)."""
    return str(request.param)


@pytest.fixture
def path(seeded: Seeded) -> str:
    return f"/events/{seeded.event_id}/scanner"


@pytest.fixture
def admin(app: FastAPI, seeded: Seeded, ada: str) -> Browser:
    """Sign in somebody who may read names; Ada is registered."""
    return signed_in_as(app, seeded.tenant_id, name="Grace")


@pytest.fixture
def helper(app: FastAPI, seeded: Seeded, ada: str) -> Browser:
    """Sign in somebody who may scan, and nothing else."""
    return signed_in_as(app, seeded.tenant_id, Role.OPERATOR, name="Helper")


def form_in(html: str, path: str, **values: str) -> dict[str, Any]:
    """Return the fields of the page's form that has these values."""
    return next(
        form.fields
        for form in forms_in(html)
        if (form.action, form.method) == (path, "post") and values.items() <= form.fields.items()
    )


def code_form_in(html: str, path: str) -> dict[str, Any]:
    return form_in(html, path, kind="typed")


def rows_of(hub: HubContext) -> list[AccessLog]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(AccessLog).order_by(AccessLog.log_seq)))


def typed(seeded: Seeded, code: str, **more: Any) -> dict[str, Any]:
    return {"checkpoint_id": seeded.gate_id, "kind": "typed", "code": code, **more}


def test_a_typed_code_is_decided_without_script_and_stands_in_the_list(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    form = code_form_in(admin.read(f"{path}?checkpoint={seeded.gate_id}"), path)
    page = admin.post(path, form | {"code": "reg 0o1l"}).text
    for words in ("Welcome", "Ada Lovelace", "vip", "Let in."):
        assert words in page
    assert 'data-colour="green"' in page
    following = code_form_in(page, path)
    assert following["code"] == ""
    assert following["scan_id"] != form["scan_id"]
    (row,) = rows_of(hub)
    assert f'data-scan="{row.id}"' in admin.read(path)


def test_the_same_form_sent_twice_is_one_scan(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    form = typed(seeded, "REG-0O1L", scan_id=str(uuid4()))
    first, again = admin.post(path, form).text, admin.post(path, form).text
    assert "Welcome" in first
    assert "Welcome" in again
    assert len(rows_of(hub)) == 1


def test_somebody_without_the_right_to_names_sees_none(
    helper: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    page = helper.post(path, typed(seeded, "REG-0O1L")).text
    assert "Welcome" in page
    assert "vip" in page
    assert "Lovelace" not in page
    assert 'name="q"' not in page
    assert helper.get(f"{path}/people?q=lovelace").status_code == 403
    assert "Lovelace" not in helper.read(path)
    assert "let in" in helper.read(path)


def test_nobody_is_listed_before_three_letters_and_a_choice_asks_first(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    assert "Lovelace" not in admin.read(f"{path}?q=lo")
    assert "Type at least three letters." in admin.read(f"{path}?q=lo")
    assert "Lovelace" not in admin.read(f"{path}?q=%20%20%20")
    assert "Nobody has this name." in admin.read(f"{path}?q=nobody")
    page = admin.read(f"{path}/people?q=lovel&checkpoint={seeded.gate_id}")
    assert "Is this the person at the door?" in page
    assert rows_of(hub) == []
    answer = admin.post(path, form_in(page, path, kind="person"))
    assert "Ada Lovelace" in answer.text
    (row,) = rows_of(hub)
    assert row.scan_type.value == "SEARCH"
    assert "Inside" in admin.read(f"{path}/people?q=lovel")


def test_the_page_says_that_it_needs_the_hub_before_the_hub_is_away(helper: Browser, path: str) -> None:
    assert "Works online only: the hub decides every scan." in helper.read(path)


def test_an_override_needs_a_reason_and_is_audited_in_the_users_name(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str, ada: str
) -> None:
    admin.post(path, typed(seeded, ada, kind="code"))
    refused = admin.post(path, typed(seeded, ada, kind="code")).text
    assert "Already in" in refused
    assert "Let in anyway" in refused
    fields = form_in(refused, path, override="1")
    without = admin.post(path, fields | {"reason": "  "})
    assert without.status_code == 422
    assert len(rows_of(hub)) == 2
    page = admin.post(path, fields | {"reason": "Badge <b>fetched</b>"}).text
    assert "Let in against the verdict. Reason: Badge &lt;b&gt;fetched&lt;/b&gt;" in page
    assert "Let in anyway" not in page
    (_first, _second, third) = rows_of(hub)
    assert (third.result.value, third.override_by) == (
        "MANUAL_OVERRIDE",
        f"user:grace@{seeded.tenant_id[-6:]}.example",
    )
    with hub.uow.read() as work:
        assert "override" in {entry.action for entry in work.session.scalars(select(AuditLog))}


def test_a_refusal_that_no_override_lifts_offers_none(admin: Browser, seeded: Seeded, path: str) -> None:
    page = admin.post(path, typed(seeded, "https://example.org/menu", kind="code")).text
    assert "This code is not a ticket." in page
    assert "Let in anyway" not in page


def test_what_a_scanner_types_in_another_layout_is_read_by_its_keys(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str, ada: str
) -> None:
    form = typed(seeded, ada.swapcase(), kind="code", reading=["nonsense", ada])
    assert "Ada Lovelace" in admin.post(path, form).text
    assert rows_of(hub)[0].scan_type.value == "QR"


def test_a_ticket_in_the_field_for_codes_is_a_ticket(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str, ada: str
) -> None:
    assert "Ada Lovelace" in admin.post(path, typed(seeded, ada)).text
    assert rows_of(hub)[0].scan_type.value == "QR"


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        ({"code": " "}, 422, "Fill this in."),
        ({"checkpoint_id": ""}, 422, "Some of this needs another look."),
        ({"scan_id": "7"}, 422, "Some of this needs another look."),
        ({"kind": "person"}, 422, "Choose a person."),
        ({"direction": "up"}, 422, "Some of this needs another look."),
        ({"code": "x" * 5000}, 422, "At most 4296 characters."),
        ({"checkpoint_id": "nowhere"}, 404, "This checkpoint was deleted. Choose another one."),
    ],
)
def test_what_is_wrong_is_told_in_words_and_nothing_is_stored(
    admin: Browser,
    hub: HubContext,
    seeded: Seeded,
    path: str,
    wrong: dict[str, str],
    status: int,
    message: str,
) -> None:
    answer = admin.post(path, typed(seeded, "REG-0O1L") | wrong)
    assert (answer.status_code, message in answer.text) == (status, True), answer.text
    assert rows_of(hub) == []


def test_the_script_gets_the_verdict_alone(admin: Browser, seeded: Seeded, path: str) -> None:
    answer = admin.post(path, typed(seeded, "REG-0O1L"), headers=IN_SCRIPT)
    assert "data-verdict-body" in answer.text
    assert "<html" not in answer.text
    deleted = admin.post(path, typed(seeded, "REG-0O1L", checkpoint_id="nowhere"), headers=IN_SCRIPT)
    assert (deleted.status_code, "data-undecided" in deleted.text) == (404, True)


def test_an_id_of_somebody_elses_scan_is_refused_in_words(
    admin: Browser, helper: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    form = typed(seeded, "REG-0O1L", scan_id=str(uuid4()))
    admin.post(path, form)
    answer = helper.post(path, form)
    assert answer.status_code == 409
    assert "This scan was begun in another sign-in." in answer.text
    assert len(rows_of(hub)) == 1


def test_an_ended_session_is_told_to_the_script_and_a_form_without_the_token_changes_nothing(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    forged = admin.client.post(path, data=typed(seeded, "REG-0O1L"), headers=HERE | IN_SCRIPT)
    assert forged.status_code == 403
    admin.client.cookies.clear()
    ended = admin.client.post(path, data=typed(seeded, "REG-0O1L"), headers=HERE | IN_SCRIPT)
    assert (ended.status_code, ended.headers["x-location"][:9]) == (204, "/sign-in?")
    assert rows_of(hub) == []


def test_the_page_scans_though_the_rest_api_is_off_and_only_for_those_who_may(
    app: FastAPI, admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_REST_API, enabled=False)
    assert "Welcome" in admin.post(path, typed(seeded, "REG-0O1L")).text
    viewer = signed_in_as(app, seeded.tenant_id, Role.VIEWER, name="Viewer")
    assert viewer.get(path).status_code == 403
    assert f'href="{path}"' not in viewer.read(f"/events/{seeded.event_id}")
    assert f'href="{path}"' in admin.read(f"/events/{seeded.event_id}")


def test_a_checkpoint_that_is_off_is_a_verdict_and_an_event_without_any_says_what_to_do(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    with hub.uow.begin() as work:
        check_in.toggle_checkpoint(work, seeded.tenant_id, seeded.event_id, seeded.gate_id, False)
    assert "This checkpoint is switched off." in admin.post(path, typed(seeded, "REG-0O1L")).text
    with hub.uow.begin() as work:
        for checkpoint in check_in.list_checkpoints(work, seeded.tenant_id, seeded.event_id):
            check_in.delete_checkpoint(work, seeded.tenant_id, seeded.event_id, checkpoint.id)
    assert "No checkpoints yet" in admin.read(path)


def test_the_list_has_the_last_fifty_scans_of_this_user_the_newest_first(
    admin: Browser, helper: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    register(hub, seeded, "bob", registration_code="BOB-1234", first_name="Bob", last_name="Newest")
    for _ in range(50):
        admin.post(path, typed(seeded, "REG-0O1L"))
    admin.post(path, typed(seeded, "BOB-1234"))
    page = admin.read(path)
    assert page.count("data-scan=") == 50
    assert page.index("Bob Newest") < page.index("Ada Lovelace")
    assert "data-scan=" not in helper.read(path)


def test_the_rest_of_a_group_is_let_in_after_a_question_and_stored_once(
    admin: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    cancelled = ParticipantStatus.CANCELLED
    for pid, first_name, status in (
        ("mum", "Anna", None),
        ("kid", "Ralph", None),
        ("dad", "Will", cancelled),
    ):
        more = {"status": status} if status else {}
        register(hub, seeded, pid, first_name=first_name, last_name="King", group_ref="Order 4711", **more)
    ticket = ticket_of(hub, seeded, "mum")
    page = admin.post(path, typed(seeded, ticket, kind="code")).text
    assert "The rest of the group (1)" in page
    assert "Ralph King" in page
    assert "Will King" not in page  # who may not enter is scanned alone
    assert len(rows_of(hub)) == 1
    fields = form_in(page, path, kind="group")
    for _ in range(2):
        answer = admin.post(path, fields, headers=IN_SCRIPT).text
        assert "Let in with the group: 1." in answer
        assert "Ralph King" in answer
    assert [row.participant_id for row in rows_of(hub)] == ["mum", "kid"]
    assert admin.post(path, fields | {"member": ["kid"]}).status_code == 422
    assert admin.post(path, fields | {"scan_id": str(uuid4())}).status_code == 409
    assert admin.post(path, fields | {"member": [f"ada {uuid4()}"]}).status_code == 409
    assert len(rows_of(hub)) == 2


def test_a_group_without_the_right_to_names_is_a_number(
    helper: Browser, hub: HubContext, seeded: Seeded, path: str
) -> None:
    for pid, first_name in (("mum", "Anna"), ("kid", "Ralph")):
        register(hub, seeded, pid, first_name=first_name, last_name="King", group_ref="Order 4711")
    page = helper.post(path, typed(seeded, ticket_of(hub, seeded, "mum"), kind="code")).text
    assert "The rest of the group (1)" in page
    assert "Person 1" in page
    assert "King" not in page
