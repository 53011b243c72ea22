"""No input of a form is lost: not by an ended session, not by another sign-in, not by a hub that does not answer."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.console.page_visit import TooManyPages, Visit
from hub_sync.hub.console.submissions import form_drafts
from hub_sync.hub.console.submissions.form_drafts import DRAFT_LIFETIME, SECRET_FIELDS, FormDraft
from hub_sync.hub.console.submissions.form_tokens import FormToken
from hub_sync.hub.console.template_environment import TEMPLATES
from hub_sync.hub.domains import template_folders
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.rate_limits import RateLimitResult, RateLimits
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import (
    EVENT_FORM,
    HERE,
    PASSWORD,
    Browser,
    form_to,
    heading_of,
    signed_in_as,
)

NEW = "/events/new"


@pytest.fixture
def ada(app: FastAPI, seeded: Seeded) -> Browser:
    return signed_in_as(app, seeded.tenant_id, name="Ada")


def email_of(name: str, seeded: Seeded) -> str:
    return f"{name}@{seeded.tenant_id[-6:]}.example"


def sign_in(browser: Browser, to_sign_in: str, email: str) -> str:
    """Sign in through the page that the hub redirected to; return where it leads."""
    answer = browser.send(to_sign_in, "/sign-in", {"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def has_event(hub: HubContext, seeded: Seeded, slug: str = "autumn-fair") -> bool:
    with hub.uow.read() as work:
        try:
            events.get_by_slug(work, seeded.tenant_id, slug)
        except events.EventNotFound:
            return False
    return True


def test_an_ended_session_loses_no_input(
    ada: Browser, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM)
    clock.advance(timedelta(days=8))
    answer = ada.client.post(NEW, data=fields, headers=HERE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Fevents%2Fnew%3Fdraft%3D")
    assert "what you typed is filled in again for you" in ada.read(answer.headers["location"])
    assert not has_event(hub, seeded)
    back = sign_in(ada, answer.headers["location"], email_of("ada", seeded))
    html = ada.read(back)
    assert "Your session had ended. What you typed is filled in again and not saved yet." in html
    restored = form_to(html, NEW).fields
    assert {name: restored[name] for name in EVENT_FORM if name != "status"} == {
        name: text for name, text in EVENT_FORM.items() if name != "status"
    }
    assert restored["status"] == ["DRAFT"]
    assert ada.client.post(NEW, data=restored, headers=HERE).status_code == 303
    assert has_event(hub, seeded)
    assert "is not available any more" in ada.read(back), "it is deleted once it is saved"


LONG = EVENT_FORM | {"name": "Autumn Fair " * 400}
"""A form so large that it is not read before its sender is known."""


def test_an_ended_session_loses_no_large_form_either(
    app: FastAPI, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    signed_in_as(app, seeded.tenant_id, name="Ada")
    ada = Browser(app)
    assert sign_in(ada, "/sign-in", email_of("ada", seeded)) == "/"
    fields = ada.fill_in(NEW, NEW, LONG)
    clock.advance(timedelta(days=8))
    answer = ada.client.post(NEW, data=fields, headers=HERE)
    back = sign_in(ada, answer.headers["location"], email_of("ada", seeded))
    assert form_to(ada.read(back), NEW).fields["name"] == LONG["name"]


def test_a_large_form_of_another_browser_is_not_kept(
    ada: Browser, seeded: Seeded, clock: ManualClock
) -> None:
    fields = ada.fill_in(NEW, NEW, LONG)
    clock.advance(timedelta(days=8))  # the fixture has set the session's cookie, and nobody has signed in
    answer = ada.client.post(NEW, data=fields, headers=HERE)
    assert answer.headers["location"] == "/sign-in?next=%2Fevents%2Fnew"


def test_a_dialogs_input_is_not_lost_either(ada: Browser, seeded: Seeded, clock: ManualClock) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM)
    clock.advance(timedelta(days=8))
    answer = ada.client.post(NEW, data=fields, headers=HERE | {"X-Dialog": "1", "X-Fragment": "dialog"})
    assert answer.status_code == 204
    back = sign_in(ada, answer.headers["x-location"], email_of("ada", seeded))
    assert form_to(ada.read(back), NEW).fields["name"] == "Autumn Fair"


def test_input_is_bound_to_its_user_and_page_and_expires(
    ada: Browser, app: FastAPI, seeded: Seeded, clock: ManualClock
) -> None:
    signed_in_as(app, seeded.tenant_id, name="Grace")
    fields = ada.fill_in(NEW, NEW, EVENT_FORM)
    clock.advance(timedelta(days=8))
    location = ada.client.post(NEW, data=fields, headers=HERE).headers["location"]
    back = sign_in(ada, location, email_of("grace", seeded))
    html = ada.read(back)
    assert "Autumn Fair" not in html
    assert "is not available any more" in html
    ada.client.cookies.delete(SESSION_COOKIE)
    assert sign_in(ada, location, email_of("ada", seeded)) == back
    assert "Autumn Fair" not in ada.read(back.replace(NEW, f"/events/{seeded.event_id}/edit"))
    assert 'value="Autumn Fair"' in ada.read(back)
    clock.advance(DRAFT_LIFETIME)
    assert "Autumn Fair" not in ada.read(back)


@pytest.mark.parametrize("text", ["x" * 3000, "%ff", "1 OR 1", "-"])
def test_an_address_with_an_id_that_is_none_opens_the_empty_form(ada: Browser, text: str) -> None:
    assert "is not available any more" in ada.read(f"{NEW}?draft={text}")


def test_input_is_stored_encrypted_and_without_secrets(
    ada: Browser, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    typed = {"old": PASSWORD, "password": "another long password", "again": "another long password"}
    fields = ada.fill_in("/account/password", "/account/password", typed | {"hint": "nothing secret"})
    clock.advance(timedelta(days=8))
    ada.client.post("/account/password", data=fields, headers=HERE)
    with hub.uow.read() as work:
        (row,) = work.session.scalars(select(FormDraft))
        token = FormToken(row.tenant_id, row.user_id, row.id)
        stored = form_drafts.find(work, hub.secret_box, token, "/account/password")
    assert b"nothing secret" not in row.sealed
    assert stored is not None
    assert stored["hint"] == ["nothing secret"]
    assert not SECRET_FIELDS & stored.keys()
    assert "long password" not in json.dumps(stored)


def test_every_field_for_a_secret_is_known_as_one() -> None:
    fields = re.compile(r'ui\.field\(\s*"(\w+)"[^\n]*(?:type="password"|one-time-code)')
    folders = (TEMPLATES, *template_folders())
    names = {
        name
        for folder in folders
        for file in folder.rglob("*.html")
        for name in fields.findall(file.read_text("utf-8"))
    }
    assert names == SECRET_FIELDS


def test_input_that_is_too_large_is_not_stored(
    ada: Browser, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM | {"name": "x" * form_drafts.MAX_BYTES})
    clock.advance(timedelta(days=8))
    assert "draft" not in ada.client.post(NEW, data=fields, headers=HERE).headers["location"]


def test_somebody_can_keep_a_bounded_number_of_inputs(
    ada: Browser, hub: HubContext, seeded: Seeded, clock: ManualClock
) -> None:
    forms = [ada.fill_in(NEW, NEW, EVENT_FORM) for _ in range(3)]
    with hub.uow.begin() as work:
        for number in range(form_drafts.MAX_PER_USER + 5):
            token = FormToken(seeded.tenant_id, "somebody", str(number))
            form_drafts.save(work, hub.secret_box, token, NEW, forms[0])
        rows = list(work.session.scalars(select(FormDraft)))
    assert len(rows) == form_drafts.MAX_PER_USER
    clock.advance(timedelta(days=8))
    for form in forms:
        ada.client.post(NEW, data=form, headers=HERE)
    with hub.uow.read() as work:
        assert len(list(work.session.scalars(select(FormDraft)))) == 3, "expired ones are deleted"


def test_a_form_of_an_earlier_sign_in_is_shown_again_with_its_input(
    ada: Browser, hub: HubContext, seeded: Seeded
) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM)
    ada.client.cookies.delete(SESSION_COOKIE)
    sign_in(ada, "/sign-in", email_of("ada", seeded))
    answer = ada.client.post(NEW, data=fields, headers=HERE)
    assert answer.status_code == 403
    assert heading_of(answer.text) == "New event"
    assert "You have signed in again since this page was opened." in answer.text
    assert "CSRF" not in answer.text
    again = form_to(answer.text, NEW).fields
    assert again["name"] == "Autumn Fair"
    assert not has_event(hub, seeded)
    assert ada.client.post(NEW, data=again, headers=HERE).status_code == 303
    assert has_event(hub, seeded)


def test_a_button_of_an_earlier_sign_in_does_nothing_and_says_so(ada: Browser, seeded: Seeded) -> None:
    path = "/settings/features/FF_WEBHOOKS"
    fields = form_to(ada.read("/settings/features"), path).fields
    ada.client.cookies.delete(SESSION_COOKIE)
    sign_in(ada, "/sign-in", email_of("ada", seeded))
    headers = HERE | {"Referer": "http://testserver/settings/features"}
    answer = ada.client.post(path, data=fields, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/features")
    assert "Nothing was changed: do it once more." in ada.read("/settings/features")


def test_a_form_of_another_user_is_not_shown(ada: Browser, app: FastAPI, seeded: Seeded) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM)
    grace = signed_in_as(app, seeded.tenant_id, name="Grace")
    answer = grace.client.post(NEW, data=fields, headers=HERE)
    assert answer.status_code == 403
    assert "This page was opened in another sign-in. Nothing was changed" in answer.text
    assert "Autumn Fair" not in answer.text


def test_a_database_that_does_not_answer_loses_no_input(
    ada: Browser, hub: HubContext, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM | {"name": 'Fair "1"\nand <2>'})

    @contextmanager
    def fail(self: UnitOfWork, actor: str = "system") -> Iterator[Work]:
        raise OperationalError("BEGIN", {}, Exception("gone"))
        yield

    with monkeypatch.context() as away:
        away.setattr(UnitOfWork, "begin", fail)
        answer = ada.client.post(NEW, data=fields, headers=HERE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "What you typed is on this page still, and is not saved yet." in answer.text
    retry = form_to(answer.text, NEW).fields
    assert retry["name"] == 'Fair "1"\nand <2>'
    retry["name"] = "Fair"
    assert ada.client.post(NEW, data=retry, headers=HERE).status_code == 303
    assert has_event(hub, seeded)


def test_no_page_holds_a_password_while_the_database_does_not_answer(
    ada: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = {"old": PASSWORD, "password": "another long password", "again": "another long password"}
    fields = ada.fill_in("/account/password", "/account/password", typed)

    @contextmanager
    def fail(self: UnitOfWork) -> Iterator[Work]:
        raise OperationalError("BEGIN", {}, Exception("gone"))
        yield

    monkeypatch.setattr(UnitOfWork, "read", fail)
    answer = ada.client.post("/account/password", data=fields, headers=HERE)
    assert answer.status_code == 503
    assert "long password" not in answer.text
    assert PASSWORD not in answer.text


def test_too_many_requests_lose_no_input(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = ada.fill_in(NEW, NEW, EVENT_FORM)

    def refuse(self: Visit, access: object) -> None:
        raise TooManyPages(retry_after_s=3)

    monkeypatch.setattr(Visit, "admit", refuse)
    answer = ada.client.post(NEW, data=fields, headers=HERE)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert form_to(answer.text, NEW).fields["name"] == "Autumn Fair"


def test_a_long_form_is_read_and_held_while_the_database_does_not_answer(
    ada: Browser, app: FastAPI, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = EVENT_FORM | {"name": "x" * 5_000}
    browser = Browser(app)
    sign_in(browser, "/sign-in", email_of("ada", seeded))
    fields = browser.fill_in(NEW, NEW, long)

    @contextmanager
    def fail(self: UnitOfWork) -> Iterator[Work]:
        raise OperationalError("BEGIN", {}, Exception("gone"))
        yield

    with monkeypatch.context() as away:
        away.setattr(UnitOfWork, "read", fail)
        answer = browser.client.post(NEW, data=fields, headers=HERE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert form_to(answer.text, NEW).fields["name"] == long["name"]


def test_too_many_requests_lose_no_long_form(ada: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    long = EVENT_FORM | {"name": "x" * 5_000}
    fields = ada.fill_in(NEW, NEW, long)
    exceeded = RateLimitResult(granted=False, limit=1, remaining=0, reset_s=3)
    monkeypatch.setattr(RateLimits, "acquire", lambda *_: exceeded)
    answer = ada.client.post(NEW, data=fields, headers=HERE)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert form_to(answer.text, NEW).fields["name"] == long["name"]
