"""The pages of webhooks, without scripts: made, watched, tested, paused, mended, deleted."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.contract.flags import FeatureFlag
from hub_sync.contract.permissions import Role
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks import deliveries, mishaps, secrets, service
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.kit.callers import networks
from hub_sync.hub.kit.context import HubContext
from hub_sync.hub.settings import Settings
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser import Browser, forms_in, heading_of, signed_in_as
from tests.hub_sync.hub.console.markup import faults_of
from tests.support.receiving import Receiver

PAGE = "/settings/webhooks"
URL = "https://hooks.example.org/doorward"
NEW: dict[str, Any] = {
    "url": URL,
    "description": "Badge printing",
    "event_types": ["scan.accepted", "participant.approved"],
}
LAB = "127.0.0.0/8"
GONE = "This secret was shown once"
MakeHook = Callable[..., str]
MakeDelivery = Callable[..., str]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A hub's settings, with this machine opened for webhooks."""
    return Settings(
        data=tmp_path,
        database_url=database_url,
        poll_feeds_s=0.05,
        jobs=False,
        webhook_allowed_networks=LAB,
    )


@pytest.fixture
def browser(app: FastAPI, hub: HubContext, seeded: Seeded) -> Browser:
    """An administrator's, where webhooks are switched on."""
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FeatureFlag.WEBHOOKS, enabled=True)
    return signed_in_as(app, seeded.tenant_id)


@pytest.fixture
def make_hook(hub: HubContext, seeded: Seeded) -> MakeHook:
    """Make a webhook, and set what the engine would have."""

    def make(url: str = URL, **fares: Any) -> str:
        types = fares.pop("event_types", ["scan.accepted"])
        new = service.NewSubscription(url=url, description=fares.pop("description", ""), event_types=types)
        with hub.uow.begin(actor="cli") as work:
            hook, _secret = service.create(work, hub.seal, seeded.tenant_id, new, networks([LAB]))
            for name, value in fares.items():
                setattr(hook, name, value)
        return hook.id

    return make


@pytest.fixture
def make_delivery(hub: HubContext, seeded: Seeded) -> MakeDelivery:
    """Queue a delivery, and write down what would have become of it."""

    def make(hook: str, *attempts: tuple[int | None, str | None, str | None], **told: Any) -> str:
        event_type = told.pop("event_type", "scan.accepted")
        ago = told.pop("ago", timedelta(minutes=5))
        with hub.uow.begin(actor="cli") as work:
            delivery = deliveries.send_example(work, seeded.tenant_id, hook, event_type)
            for number, (status, error, body) in enumerate(attempts, 1):
                work.session.add(
                    WebhookAttempt(
                        tenant_id=seeded.tenant_id,
                        id=work.new_id(),
                        delivery_id=delivery.id,
                        subscription_id=hook,
                        number=number,
                        started_at=work.now() - ago,
                        duration_ms=40 + number,
                        succeeded=error is None,
                        response_status=status,
                        response_body=body,
                        error=error,
                    )
                )
                delivery.attempts, delivery.response_status, delivery.error = number, status, error
            if attempts:
                delivery.due_at = None
                delivery.status = DeliveryStatus.DELIVERED if error is None else DeliveryStatus.DEAD_LETTER
            for name, value in told.items():
                setattr(delivery, name, value)
        return delivery.id

    return make


def hooks_of(hub: HubContext, seeded: Seeded) -> list[WebhookSubscription]:
    """The tenant's webhooks, with breakers that can be read."""
    with hub.uow.read() as work:
        return list(work.session.scalars(service.all_of(work, seeded.tenant_id)))


def queued_for(hub: HubContext, seeded: Seeded, hook: str) -> list[WebhookDelivery]:
    """The deliveries of a webhook, the oldest first."""
    with hub.uow.read() as work:
        query = deliveries.of(seeded.tenant_id, hook).order_by(WebhookDelivery.created_at, WebhookDelivery.id)
        return list(work.session.scalars(query))


def secret_in(html: str) -> str:
    """The secret that a page shows."""
    found = re.findall(r'id="secret" [^>]*value="([0-9a-f]{64})"', html)
    assert len(found) == 1, found
    return str(found[0])


def told(html: str) -> str:
    """The page's words."""
    words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))
    return re.sub(r" ([.,:;])", r"\1", words)


def test_a_webhook_is_made_with_boxes_and_its_secret_shown_once(
    browser: Browser, app: FastAPI, hub: HubContext, seeded: Seeded
) -> None:
    assert "No webhooks yet" in browser.read(PAGE)
    answer = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW)
    assert answer.status_code == 303, answer.text
    made = answer.headers["location"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    other = signed_in_as(app, seeded.tenant_id, name="Other Admin")
    value = browser.client.cookies.get("doorward_webhook_secret")
    assert value
    other.client.cookies.set("doorward_webhook_secret", value)
    assert GONE in other.read(made)
    shown = browser.read(made)
    secret = secret_in(shown)
    (hook,) = hooks_of(hub, seeded)
    assert secrets.secrets_of(hook, hub.seal, NOON) == (secret,)
    assert secret not in cookie
    assert "shown only now" in shown
    assert "webhook.verify(body, headers)" in shown
    again = browser.read(made)
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
        one
        for one in forms_in(browser.read(f"{PAGE}/{hook.id}/edit"))
        if one.action == f"{PAGE}/{hook.id}/edit"
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
        form = next(one for one in forms_in(answer.text) if one.action == f"{PAGE}/new")
        if field != "event_types":
            assert set(form.fields["event_types"]) == set(NEW["event_types"])
    browser.client.cookies.set("doorward_language", "de")
    german = browser.send(f"{PAGE}/new", f"{PAGE}/new", NEW | {"url": "https://me:secret@example.org/"})
    assert "In der URL steht ein Benutzername oder ein Kennwort." in german.text
    assert hooks_of(hub, seeded) == []


def test_the_list_tells_how_each_fares(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    fine = make_hook(description="Fine", event_types=["*"])
    make_hook(description="Held", breaker_open_until=NOON + timedelta(minutes=40), breaker_trips=1)
    make_hook(description="Probed", breaker_open_until=NOON - timedelta(minutes=1), breaker_trips=1)
    make_hook(description="Stopped", status=WebhookStatus.SUSPENDED, breaker_trips=3)
    make_delivery(fine, (200, None, "ok"))
    make_delivery(fine, (500, "The endpoint answered 500 Internal Server Error.", ""))
    make_delivery(fine, (200, None, "ok"))
    make_delivery(fine)
    rows = {
        name: told(row)
        for row in browser.read(PAGE).split("<tr>")
        for name in ("Fine", "Held", "Probed", "Stopped")
        if f">{name}<" in row
    }
    assert "Active Everything 66.6% of 3 attempts 1 5 minutes ago" in rows["Fine"]
    assert "Active Held back until 10:40 1 type scan.accepted nothing sent 0 —" in rows["Held"]
    assert "Active Trying again" in rows["Probed"]
    assert "Suspended 1 type" in rows["Stopped"]
    suspended = browser.read(f"{PAGE}?filter[status]=SUSPENDED")
    assert "Stopped" in suspended
    assert ">Fine<" not in suspended
    assert "No webhook fits" in browser.read(f"{PAGE}?q=nonsense")


SAID: list[tuple[dict[str, Any], str]] = [
    ({}, "Messages are sent as things happen. 2 deliveries wait."),
    (
        {"consecutive_failures": 4},
        "The last 4 attempts have failed; messages are still sent. After 10 in a row",
    ),
    (
        {"breaker_open_until": NOON + timedelta(minutes=40), "breaker_trips": 1},
        "Nothing is sent until 10 Jun 2026, 10:40: too many attempts in a row have failed. 2 deliveries wait.",
    ),
    ({"breaker_open_until": NOON - timedelta(minutes=1)}, "The next delivery is sent alone"),
    ({"resting_until": NOON + timedelta(minutes=3)}, "The endpoint asked to be left alone"),
    (
        {"status": WebhookStatus.PAUSED},
        "Paused: nothing is sent, and what happens meanwhile is kept. 2 deliveries",
    ),
    (
        {"status": WebhookStatus.SUSPENDED, "breaker_trips": 3},
        "Suspended after 3 outages. 2 deliveries wait. Resume sends them.",
    ),
    ({"status": WebhookStatus.DISABLED}, "Disabled: the endpoint answered that it is gone for good (410)."),
]


def test_a_webhook_says_in_a_sentence_what_it_does_now(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    waiting = [make_delivery(hook), make_delivery(hook)]
    for fares, sentence in SAID:
        begun: dict[str, Any] = {
            "status": WebhookStatus.ACTIVE,
            "consecutive_failures": 0,
            "breaker_trips": 0,
            "breaker_open_until": None,
            "resting_until": None,
        }
        with hub.uow.begin() as work:
            row = service.get(work, seeded.tenant_id, hook)
            for name, value in (begun | fares).items():
                setattr(row, name, value)
        html = browser.read(f"{PAGE}/{hook}")
        assert sentence in told(html), (fares, told(html))
        stopped = fares.get("status", WebhookStatus.ACTIVE) is not WebhookStatus.ACTIVE
        assert (f"{PAGE}/{hook}/resume" in html) == (stopped or "breaker_open_until" in fares)
        assert (f"{PAGE}/{hook}/pause" in html) != stopped
        one = told(browser.read(f"{PAGE}/{hook}/deliveries/{waiting[0]}"))
        assert ("It is sent in a moment." in one) == (fares.keys() <= {"consecutive_failures"}), fares


def test_success_and_latency_are_drawn_and_told_as_a_table(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    assert "Nothing was sent in this time" in browser.read(f"{PAGE}/{hook}")
    for attempts in ([(200, None, "")], [(200, None, "")], [(500, "The endpoint answered 500.", "")]):
        make_delivery(hook, *attempts, ago=timedelta(days=2))
    make_delivery(hook, (200, None, ""))
    day = browser.read(f"{PAGE}/{hook}")
    assert day.count('class="hook-succeeded"') == 1
    assert "100% of the attempts succeeded: 1 of 1." in told(day)
    week = browser.read(f"{PAGE}/{hook}?period=7d")
    assert week.count('class="hook-succeeded"') == 2
    words = told(week)
    assert "75% of the attempts succeeded: 3 of 4." in words
    assert "8 Jun 3 66.6% 41 ms 41 ms" in words
    assert "9 Jun 0 — — —" in words
    assert 'aria-current="true">7 days' in week
    assert browser.read(f"{PAGE}/{hook}?period=30d").count('class="hook-column"') == 30
    assert browser.read(f"{PAGE}/{hook}?period=nonsense").count('class="hook-column"') == 24


def test_the_log_is_filtered_and_paged(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    assert "No deliveries yet" in browser.read(f"{PAGE}/{hook}")
    given_up = make_delivery(hook, (503, "The endpoint answered 503.", ""), event_type="participant.approved")
    for _ in range(21):
        make_delivery(hook, (204, None, None))
    first = browser.read(f"{PAGE}/{hook}")
    assert first.count('id="to-') == 20
    assert 'data-refresh="10"' in first
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)
    assert following
    second = browser.read(unescape(following[1]))
    assert second.count('id="to-') == 2
    assert given_up in second
    assert 'id="log" data-live' in first
    assert 'id="log" data-live' not in second
    for query in ("filter[status]=DEAD_LETTER", "filter[event_type]=participant.approved&period=7d"):
        assert re.findall(r'id="to-([^"]+)"', browser.read(f"{PAGE}/{hook}?{query}")) == [given_up]
    assert "No delivery fits" in browser.read(f"{PAGE}/{hook}?filter[status]=SENDING")


def test_a_delivery_shows_what_is_sent_and_every_attempt_and_is_sent_again(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    hostile = "<script>alert(1)</script>\u05d0 \"'&"
    at = make_delivery(
        hook,
        (None, "The endpoint refused the connection.", None),
        (500, "The endpoint answered 500 Internal Server Error.", hostile),
    )
    page = f"{PAGE}/{hook}/deliveries/{at}"
    html = browser.read(page)
    assert "<script>alert" not in html
    words = told(html)
    assert "Attempt 2 500 42 ms" in words
    assert "Attempt 1 no answer 41 ms" in words
    assert "<script>alert(1)</script>\u05d0" in unescape(html)
    assert "The endpoint refused the connection." in words
    assert '"registration_code"' not in words
    assert '"type": "scan.accepted",' in words
    (delivery,) = queued_for(hub, seeded, hook)
    assert delivery.message_id in words
    browser.client.cookies.set("doorward_language", "ar")
    assert "رفضت نقطة النهاية الاتصال." in browser.read(page)
    browser.client.cookies.delete("doorward_language")
    assert browser.send(page, f"{page}/resend").status_code == 303
    (delivery,) = queued_for(hub, seeded, hook)
    assert (delivery.status, delivery.due_at) == (DeliveryStatus.PENDING, NOON)
    with hub.uow.begin() as work:
        deliveries.get(work, seeded.tenant_id, hook, at).status = DeliveryStatus.SENDING
    answer = browser.post(f"{page}/resend")
    assert answer.status_code == 409
    assert "being sent just now" in answer.text
    assert browser.get(f"{PAGE}/{hook}/deliveries/nothing").status_code == 404


def test_a_test_shows_at_once_what_came_back(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, receiver: Receiver
) -> None:
    for path, status, said in (
        ("/ok", "200", "The endpoint answered with 200, in"),
        ("/status/503", "503", "The endpoint answered 503 Service Unavailable."),
    ):
        hook = make_hook(url=receiver.url(path), status=WebhookStatus.PAUSED)
        answer = browser.send(f"{PAGE}/{hook}", f"{PAGE}/{hook}/test")
        assert answer.status_code == 303, answer.text
        html = browser.read(answer.headers["location"])
        assert heading_of(html) == '<bdi dir="ltr">test.ping</bdi>'
        assert said in told(html)
        assert re.search(rf"Attempt 1 {status} \d+ ms", told(html)), told(html)
        assert ("the answer is 503" in html) == (status == "503")
        assert [one.event_type for one in queued_for(hub, seeded, hook)] == ["test.ping"]
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
    before = secrets.secrets_of(hooks_of(hub, seeded)[0], hub.seal, NOON)
    made = browser.send(f"{at}/rotate", f"{at}/rotate").headers["location"]
    shown = browser.read(made)
    assert secrets.secrets_of(hooks_of(hub, seeded)[0], hub.seal, NOON) == (secret_in(shown), *before)
    assert "Until 11 Jun 2026, 10:00 every message is signed with the new and the old secret" in told(shown)
    assert "The new and the old one sign until" in told(browser.read(at))
    steps = told(browser.read(at))
    assert "Rotated" in steps
    assert "Resumed" in steps


def test_what_was_missed_is_recovered_and_counted(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    at = f"{PAGE}/{hook}/recover"
    make_delivery(hook, (500, "The endpoint answered 500.", ""))
    make_delivery(hook, (500, "The endpoint answered 500.", ""))
    make_delivery(hook, (200, None, ""))
    for wrong in ("2026-06-12T10:00", "2020-01-01T10:00", "soon"):
        answer = browser.send(at, at, {"since": wrong})
        assert answer.status_code == 422, wrong
        assert 'id="since-error"' in answer.text
    browser.client.cookies.set("doorward_zone", "Europe%2FBerlin")
    assert 'value="2026-06-09T12:00"' in browser.read(at)
    answer = browser.send(at, at)
    assert answer.status_code == 303, answer.text
    assert "2 deliveries that were given up are queued again." in told(browser.read(f"{PAGE}/{hook}"))
    assert [one.status for one in queued_for(hub, seeded, hook)].count(DeliveryStatus.PENDING) == 2
    browser.send(at, at)
    assert "Nothing is missing" in browser.read(f"{PAGE}/{hook}")


def test_settings_are_changed_and_who_was_slower_is_told(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook
) -> None:
    hook = make_hook()
    at = f"{PAGE}/{hook}/edit"
    form = next(one for one in forms_in(browser.read(at)) if one.action == at)
    changed = browser.send(at, at, {"url": URL + "/2", "event_types": ["scan.rejected"]})
    assert changed.status_code == 303, changed.text
    stale = browser.client.post(
        at, data=form.fields | {"description": "Mine"}, headers={"Origin": "http://testserver"}
    )
    assert stale.status_code == 412
    assert "Somebody was quicker" in stale.text
    assert 'value="Mine"' in stale.text
    assert (hooks_of(hub, seeded)[0].url, hooks_of(hub, seeded)[0].description) == (URL + "/2", "")
    assert 'id="url-error"' in browser.send(at, at, {"url": "http://169.254.169.254/latest"}).text


def test_a_webhook_is_deleted_with_its_log(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook(description="Badges")
    make_delivery(hook, (200, None, "ok"))
    at = f"{PAGE}/{hook}/delete"
    asked = browser.read(at)
    assert "its whole log" in asked
    assert browser.send(at, at).headers["location"] == PAGE
    assert "“Badges” is deleted, and its log with it." in browser.read(PAGE)
    assert hooks_of(hub, seeded) == []
    assert browser.get(f"{PAGE}/{hook}").status_code == 404
    assert "Webhook" in told(browser.read("/settings/audit"))


def test_every_page_is_sound_with_something_to_show(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook(description='"><b>bold</b>', breaker_open_until=NOON + timedelta(minutes=40))
    one = make_delivery(
        hook, (500, "The endpoint answered 500.", "<b>no</b>"), (None, "Something else.", None)
    )
    make_delivery(hook, (200, None, "ok"))
    for language in ("en", "ar"):
        for path in (
            "",
            "/new",
            f"/{hook}",
            f"/{hook}?period=30d",
            f"/{hook}/edit",
            f"/{hook}/made",
            f"/{hook}/rotate",
            f"/{hook}/recover",
            f"/{hook}/example",
            f"/{hook}/delete",
            f"/{hook}/deliveries/{one}",
        ):
            answer = browser.get(PAGE + path, headers={"Accept-Language": language})
            assert answer.status_code == 200, path
            assert faults_of(answer.text) == [], path
            assert "<b>" not in answer.text


def test_a_webhook_that_was_stopped_is_on_the_overview_of_whoever_may_mend_it(
    browser: Browser, app: FastAPI, hub: HubContext, seeded: Seeded, make_hook: MakeHook
) -> None:
    at = f"/events/{seeded.event_id}"
    hook = make_hook(description="Badges", status=WebhookStatus.SUSPENDED)
    make_hook(description="Paused", status=WebhookStatus.PAUSED)
    seen = browser.read(at)
    assert "Webhook stopped: Badges" in seen
    assert f"{PAGE}/{hook}" in seen
    assert "Webhook stopped: Paused" not in seen
    assert "Webhook stopped" not in signed_in_as(app, seeded.tenant_id, Role.VIEWER).read(at)
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FeatureFlag.WEBHOOKS, enabled=False)
    assert "Webhook stopped" not in browser.read(at)
    assert browser.get(PAGE).status_code == 404
    assert PAGE not in browser.read("/events")


@pytest.mark.parametrize(
    ("module", "said", "known"),
    [
        ("addresses.py", r'WebhookUrlUnusable\("([^"]+)"\)', mishaps.OF_URLS),
        ("telling.py", r'"(The (?:endpoint|message)[^"{]+\.)"', mishaps.OF_ATTEMPTS),
    ],
)
def test_sentences_that_are_always_the_same_are_known_to_the_catalogues(
    module: str, said: str, known: tuple[str, ...]
) -> None:
    source = (Path(mishaps.__file__).parent / module).read_text("utf-8")
    found = re.findall(said, source)
    assert found
    assert set(found) <= set(known)
