"""The pages of webhooks, without scripts: made, tested, paused, mended, deleted."""

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking
from hub_sync.hub.domains.webhooks.console import error_messages
from hub_sync.hub.domains.webhooks.failures import TEMPLATES, Failure, FailureCode
from hub_sync.hub.domains.webhooks.subscriptions import secrets, service
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.settings import HubSettings
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, forms_in, heading_of, signed_in_as
from tests.hub_sync.hub.console.html_assertions import faults_of
from tests.hub_sync.hub.domains.webhooks.console_fixtures import (
    LAB,
    PAGE,
    URL,
    MakeDelivery,
    MakeHook,
    answered,
    hooks_of,
    page_text,
    queued_for,
    secret_in,
)
from tests.support.webhook_receiver import WebhookReceiver

NEW: dict[str, Any] = {
    "url": URL,
    "description": "Badge printing",
    "event_types": ["scan.accepted", "participant.approved"],
}
GONE = "This secret was shown once"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> HubSettings:
    """A hub's settings, with this machine opened for webhooks."""
    return HubSettings(
        data=tmp_path,
        database_url=database_url,
        poll_feeds_s=0.05,
        jobs=False,
        webhook_allowed_networks=LAB,
    )


def test_a_webhook_is_made_with_boxes_and_its_secret_shown_once(
    browser: Browser, app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    assert "No webhooks yet" in browser.read(PAGE)
    answer = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW)
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    other = signed_in_as(app, seeded.tenant_id, name="Other Admin")
    value = browser.client.cookies.get("doorward_webhook_secret")
    assert value
    other.client.cookies.set("doorward_webhook_secret", value)
    assert GONE in other.read(location)
    html = browser.read(location)
    secret = secret_in(html)
    (hook,) = hooks_of(hub, seeded)
    assert secrets.secrets_of(hook, hub.secret_box, NOON) == (secret,)
    assert secret not in cookie
    assert "shown only now" in html
    assert "webhook.verify(body, headers)" in html
    again = browser.read(location)
    assert secret not in again
    assert GONE in again
    assert (hook.url, hook.description) == (URL, "Badge printing")
    assert hook.event_types == ["participant.approved", "scan.accepted"]


def test_everything_makes_the_other_boxes_idle(browser: Browser, hub: HubContext, seeded: Seeded) -> None:
    answer = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW | {"event_types": ["*", "scan.accepted"]})
    assert answer.status_code == 303
    (hook,) = hooks_of(hub, seeded)
    assert hook.event_types == ["*"]
    form = next(
        item
        for item in forms_in(browser.read(f"{PAGE}/{hook.id}/edit"))
        if item.action == f"{PAGE}/{hook.id}/edit"
    )
    assert form.fields["event_types"] == ["*"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"url": ""}, "url"),
    ({"url": "ftp://example.org/x"}, "url"),
    ({"url": "https://me:secret@example.org/"}, "url"),
    ({"url": "https://10.0.0.8/hook"}, "url"),
    ({"url": "http://[::1]:8000/"}, "url"),
    ({"url": "https://example.org/" + "x" * 2000}, "url"),
    ({"description": "x" * 201}, "description"),
    ({"event_types": []}, "event_types"),
    ({"event_types": ["scan.forged"]}, "event_types"),
]


def test_what_is_wrong_with_a_form_is_said_beside_the_field_and_what_was_typed_stays(
    browser: Browser, hub: HubContext, seeded: Seeded
) -> None:
    for wrong, field in WRONG:
        answer = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW | wrong)
        assert answer.status_code == 422, (wrong, answer.text)
        assert f'id="{field}-error"' in answer.text, wrong
        form = next(item for item in forms_in(answer.text) if item.action == f"{PAGE}/new")
        if field != "event_types":
            assert set(form.fields["event_types"]) == set(NEW["event_types"])
    browser.client.cookies.set("doorward_language", "de")
    german = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW | {"url": "https://me:secret@example.org/"})
    assert "In der URL steht ein Benutzername oder ein Kennwort." in german.text
    assert hooks_of(hub, seeded) == []


def test_a_test_shows_at_once_what_came_back(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, receiver: WebhookReceiver
) -> None:
    for path, status, expected in (
        ("/ok", "200", "The endpoint answered with 200, in"),
        ("/status/503", "503", "The endpoint answered 503 Service Unavailable."),
    ):
        hook = make_hook(url=receiver.url(path), status=WebhookStatus.PAUSED)
        answer = browser.send(f"{PAGE}/{hook}", f"{PAGE}/{hook}/test")
        assert answer.status_code == 303, answer.text
        html = browser.read(answer.headers["location"])
        assert heading_of(html) == "test.ping"
        assert expected in page_text(html)
        assert re.search(rf"Attempt 1 {status} \d+ ms", page_text(html)), page_text(html)
        assert ("the answer is 503" in html) == (status == "503")
        assert ("Failed" if status == "503" else "Delivered") in page_text(html)
        assert [item.event_type for item in queued_for(hub, seeded, hook)] == ["test.ping"]
    for _ in range(9):
        browser.post(f"{PAGE}/{hook}/test")
    refused = browser.post(f"{PAGE}/{hook}/test")
    assert refused.status_code == 429
    assert "Too many attempts" in refused.text
    assert f'action="{PAGE}/{hook}/test"' in refused.text


def test_an_example_is_queued_of_a_type_that_is_chosen(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook
) -> None:
    hook = make_hook(event_types=["sla.warning"])
    at = f"{PAGE}/{hook}/example"
    assert '<option value="sla.warning" selected>' in browser.read(at)
    answer = browser.send(at, at, {"event_type": "workflow.completed"})
    assert answer.status_code == 303
    (delivery,) = queued_for(hub, seeded, hook)
    assert delivery.event_type == "workflow.completed"
    assert answer.headers["location"] == f"{PAGE}/{hook}/deliveries/{delivery.id}"
    assert browser.send(at, at, {"event_type": "test.ping"}).status_code == 422
    with hub.uow.begin() as work:
        service.get(work, seeded.tenant_id, hook).status = WebhookStatus.DISABLED
    disabled = browser.send(at, at, {"event_type": "sla.warning"})
    assert disabled.status_code == 409
    assert "resume it first" in disabled.text


def test_a_webhook_is_paused_resumed_and_its_secret_rotated(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook
) -> None:
    hook = make_hook()
    at = f"{PAGE}/{hook}"
    assert browser.send(at, f"{at}/pause").status_code == 303
    assert hooks_of(hub, seeded)[0].status is WebhookStatus.PAUSED
    assert browser.send(at, f"{at}/resume").status_code == 303
    assert hooks_of(hub, seeded)[0].status is WebhookStatus.ACTIVE
    with hub.uow.begin() as work:
        service.get(work, seeded.tenant_id, hook).status = WebhookStatus.SUSPENDED
    refused = browser.post(f"{at}/pause")
    assert refused.status_code == 409
    assert "not active any more" in refused.text
    assert faults_of(refused.text) == []
    before = secrets.secrets_of(hooks_of(hub, seeded)[0], hub.secret_box, NOON)
    location = browser.send(f"{at}/rotate", f"{at}/rotate").headers["location"]
    html = browser.read(location)
    assert secrets.secrets_of(hooks_of(hub, seeded)[0], hub.secret_box, NOON) == (secret_in(html), *before)
    assert "Until 11 Jun 2026, 10:00 every message is signed with the new and the old secret" in page_text(
        html
    )
    assert "The new and the old one sign until" in page_text(browser.read(at))
    steps = page_text(browser.read(at))
    assert "Rotated" in steps
    assert "Resumed" in steps


def test_what_was_missed_is_recovered_and_counted(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    at = f"{PAGE}/{hook}/recover"
    make_delivery(hook, (500, answered("500"), ""))
    make_delivery(hook, (500, answered("500"), ""))
    make_delivery(hook, (200, None, ""))
    for wrong in ("2026-06-12T10:00", "2020-01-01T10:00", "soon"):
        answer = browser.send(at, at, {"since": wrong})
        assert answer.status_code == 422, wrong
        assert 'id="since-error"' in answer.text
    browser.client.cookies.set("doorward_zone", "Europe%2FBerlin")
    assert 'value="2026-06-09T12:00"' in browser.read(at)
    answer = browser.send(at, at)
    assert answer.status_code == 303, answer.text
    assert "2 deliveries that were given up are queued again." in page_text(browser.read(f"{PAGE}/{hook}"))
    assert [item.status for item in queued_for(hub, seeded, hook)].count(DeliveryStatus.PENDING) == 2
    browser.send(at, at)
    assert "Nothing is missing" in browser.read(f"{PAGE}/{hook}")


def test_settings_are_changed_and_who_was_slower_is_told(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook
) -> None:
    hook = make_hook()
    at = f"{PAGE}/{hook}/edit"
    form = next(item for item in forms_in(browser.read(at)) if item.action == at)
    changed = browser.send(at, at, {"url": URL + "/2", "event_types": ["scan.rejected"]})
    assert changed.status_code == 303, changed.text
    stale = browser.client.post(
        at,
        data=form.fields | {"description": "Mine", "url": URL + "/3"},
        headers={"Origin": "http://testserver"},
    )
    assert stale.status_code == 412
    assert "Another user changed the same fields" in stale.text
    assert 'value="Mine"' in stale.text
    assert (hooks_of(hub, seeded)[0].url, hooks_of(hub, seeded)[0].description) == (URL + "/2", "")
    assert 'id="url-error"' in browser.send(at, at, {"url": "http://169.254.169.254/latest"}).text


def test_a_webhook_is_deleted_with_its_log(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook(description="Badges")
    make_delivery(hook, (200, None, "ok"))
    at = f"{PAGE}/{hook}/delete"
    html = browser.read(at)
    assert "its whole log" in html
    assert browser.send(at, at).headers["location"] == PAGE
    assert "“Badges” is deleted, and its log with it." in browser.read(PAGE)
    assert hooks_of(hub, seeded) == []
    assert browser.get(f"{PAGE}/{hook}").status_code == 404
    assert "Webhook" in page_text(browser.read("/settings/audit"))


@pytest.mark.parametrize("code", FailureCode)
def test_the_sentence_of_every_failure_is_translated_with_its_parameters(code: FailureCode) -> None:
    failure = Failure(code, dict.fromkeys(re.findall(r"%\((\w+)\)s", TEMPLATES[code]), "a private address"))
    assert "%(" not in failure.message
    for language in ("de", "ar"):
        with speaking(Speech(language, read_catalogue(language))):
            sentence = error_messages.translate_failure(failure)
        assert sentence
        assert sentence != failure.message
