"""The pages of webhooks, without scripts: what each does, how its endpoint fares, its log."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from fastapi import FastAPI

from hub_sync.contract.enums import DeliveryStatus, WebhookStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks.delivery import delivery_log
from hub_sync.hub.domains.webhooks.delivery.leases import LEASE
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.subscriptions import service
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import NOON, Seeded
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.console.html_assertions import faults_of
from tests.hub_sync.hub.domains.webhooks.console_fixtures import (
    PAGE,
    MakeDelivery,
    MakeHook,
    answered,
    page_text,
    queued_for,
)


def test_the_list_tells_how_each_fares(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    fine = make_hook(description="Fine", event_types=["*"])
    make_hook(description="Held", breaker_open_until=NOON + timedelta(minutes=40), breaker_trips=1)
    make_hook(description="Probed", breaker_open_until=NOON - timedelta(minutes=1), breaker_trips=1)
    make_hook(description="Stopped", status=WebhookStatus.SUSPENDED, breaker_trips=3)
    make_hook(description="Resting", resting_until=NOON + timedelta(minutes=3))
    make_hook(description="Rested", resting_until=NOON - timedelta(minutes=3))
    make_delivery(fine, (200, None, "ok"))
    make_delivery(fine, (500, answered("500 Internal Server Error"), ""))
    make_delivery(fine, (200, None, "ok"))
    make_delivery(fine)
    rows = {
        name: page_text(row)
        for row in browser.read(PAGE).split("<tr>")
        for name in ("Fine", "Held", "Probed", "Stopped", "Resting", "Rested")
        if f">{name}<" in row
    }
    assert "Active Everything 66.6% of 3 attempts 1 5 minutes ago" in rows["Fine"]
    assert "doorward Held back until 10:40 1 type scan.accepted nothing sent 0 —" in rows["Held"]
    assert "doorward Trying again" in rows["Probed"]
    assert "Suspended 1 type" in rows["Stopped"]
    assert "doorward Held back until 10:03 1 type" in rows["Resting"]
    assert "Active 1 type" in rows["Rested"]
    suspended = browser.read(f"{PAGE}?filter[status]=SUSPENDED")
    assert "Stopped" in suspended
    assert ">Fine<" not in suspended
    assert "No matching webhooks" in browser.read(f"{PAGE}?q=nonsense")


SAID: list[tuple[dict[str, Any], str]] = [
    ({}, "Messages are sent as things happen. 2 deliveries wait."),
    (
        {"consecutive_failures": 4},
        "The last 4 attempts have failed; messages are still sent. After 10 failures in a row",
    ),
    (
        {"breaker_open_until": NOON + timedelta(minutes=40), "breaker_trips": 1},
        "Nothing is sent until 10 Jun 2026, 10:40: too many attempts in a row have failed. 2 deliveries wait.",
    ),
    ({"breaker_open_until": NOON - timedelta(minutes=1)}, "The next delivery is sent alone"),
    ({"resting_until": NOON + timedelta(minutes=3)}, "The endpoint asked for a break"),
    (
        {"status": WebhookStatus.PAUSED},
        "Paused: nothing is sent. New messages wait until the webhook is resumed. 2 deliveries",
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
        assert sentence in page_text(html), (fares, page_text(html))
        stopped = fares.get("status", WebhookStatus.ACTIVE) is not WebhookStatus.ACTIVE
        waits = stopped or "breaker_open_until" in fares or "resting_until" in fares
        assert (f"{PAGE}/{hook}/resume" in html) == waits
        assert (f"{PAGE}/{hook}/pause" in html) != stopped
        text = page_text(browser.read(f"{PAGE}/{hook}/deliveries/{waiting[0]}"))
        assert ("It is sent in a moment." in text) == (fares.keys() <= {"consecutive_failures"}), fares


def test_success_and_latency_are_drawn_and_told_as_a_table(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    assert "Nothing was sent in this time" in browser.read(f"{PAGE}/{hook}")
    for attempts in ([(200, None, "")], [(200, None, "")], [(500, answered("500"), "")]):
        make_delivery(hook, *attempts, ago=timedelta(days=2))
    make_delivery(hook, (200, None, ""))
    day = browser.read(f"{PAGE}/{hook}")
    assert day.count('class="hook-succeeded"') == 1
    assert "100% of the attempts succeeded: 1 of 1." in page_text(day)
    week = browser.read(f"{PAGE}/{hook}?period=7d")
    assert week.count('class="hook-succeeded"') == 2
    words = page_text(week)
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
    dead_letter = make_delivery(hook, (503, answered("503"), ""), event_type="participant.approved")
    for _ in range(21):
        make_delivery(hook, (204, None, None))
    first = browser.read(f"{PAGE}/{hook}")
    assert first.count('id="to-') == 20
    assert 'data-refresh="10"' in first
    following = re.search(r'href="([^"]*cursor=[^"]*)"', first)
    assert following
    second = browser.read(unescape(following[1]))
    assert second.count('id="to-') == 2
    assert dead_letter in second
    assert 'id="log" data-live' in first
    assert 'id="log" data-live' not in second
    for query in ("filter[status]=DEAD_LETTER", "filter[event_type]=participant.approved&period=7d"):
        assert re.findall(r'id="to-([^"]+)"', browser.read(f"{PAGE}/{hook}?{query}")) == [dead_letter]
    assert "No matching deliveries" in browser.read(f"{PAGE}/{hook}?filter[status]=SENDING")


def test_the_log_says_when_a_delivery_is_tried_again_only_where_it_is(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook, failed = make_hook(), (500, answered("500 Internal Server Error"), "")
    due = {"status": DeliveryStatus.RETRYING, "due_at": NOON + timedelta(minutes=4)}
    make_delivery(hook, failed, **due)

    def row() -> str:
        return page_text(re.findall(r"<tr>.*?</tr>", browser.read(f"{PAGE}/{hook}"), re.DOTALL)[-1])

    assert "scan.accepted Retrying in 4 minutes 10 Jun 2026" in row()
    for paused in (
        {"breaker_open_until": NOON + timedelta(hours=1)},
        {"breaker_open_until": None, "resting_until": NOON + timedelta(hours=1)},
        {"resting_until": None, "status": WebhookStatus.PAUSED},
    ):
        with hub.uow.begin() as work:
            for name, value in paused.items():
                setattr(service.get(work, seeded.tenant_id, hook), name, value)
        assert "scan.accepted Retrying 10 Jun 2026" in row(), paused
    late = make_hook()
    make_delivery(late, failed, **due | {"due_at": NOON - timedelta(seconds=1)})
    assert "Retrying 10 Jun" in page_text(browser.read(f"{PAGE}/{late}")), "not “a second ago”"


def test_a_delivery_shows_what_is_sent_and_every_attempt_and_is_sent_again(
    browser: Browser, hub: HubContext, seeded: Seeded, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook()
    hostile = "<script>alert(1)</script>\u05d0 \"'&"
    at = make_delivery(
        hook,
        (None, Failure(FailureCode.CONNECTION_REFUSED), None),
        (500, answered("500 Internal Server Error"), hostile),
    )
    page = f"{PAGE}/{hook}/deliveries/{at}"
    html = browser.read(page)
    assert "<script>alert" not in html
    words = page_text(html)
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
        taken = delivery_log.get(work, seeded.tenant_id, hook, at)
        taken.status, taken.due_at = DeliveryStatus.SENDING, NOON + LEASE
    answer = browser.post(f"{page}/resend")
    assert answer.status_code == 409
    assert "being sent now" in answer.text
    assert browser.get(f"{PAGE}/{hook}/deliveries/nothing").status_code == 404


HOLDS: list[tuple[dict[str, Any], str, str]] = [
    ({"breaker_open_until": NOON + timedelta(minutes=40)}, "Nothing is sent until", "Send now"),
    ({"breaker_open_until": NOON - timedelta(minutes=1)}, "is sent alone", "Send now"),
    ({"resting_until": NOON + timedelta(minutes=3)}, "asked for a break", "Send now"),
    ({"status": WebhookStatus.PAUSED}, "until the webhook is resumed", "Resume"),
    ({"status": WebhookStatus.SUSPENDED}, "until the webhook is resumed", "Resume"),
]


@pytest.mark.parametrize(("fares", "sentence", "button"), HOLDS)
def test_what_is_queued_while_the_endpoint_is_held_back_says_so_and_can_be_sent_now(
    browser: Browser,
    hub: HubContext,
    seeded: Seeded,
    make_hook: MakeHook,
    make_delivery: MakeDelivery,
    fares: dict[str, Any],
    sentence: str,
    button: str,
) -> None:
    hook = make_hook(**fares)
    at = make_delivery(hook, (500, answered("500"), ""), status=DeliveryStatus.DEAD_LETTER, due_at=None)
    page, example = f"{PAGE}/{hook}/deliveries/{at}", f"{PAGE}/{hook}/example"
    assert browser.send(page, f"{page}/resend").status_code == 303
    html = browser.read(page)
    flash = re.search(r'class="notice notice-info" [^>]*data-flash>.*?<span>(.*?)</span>', html, re.DOTALL)
    assert flash
    assert flash[1].startswith("The delivery is queued again")
    assert sentence in flash[1]
    assert button in page_text(html)
    assert browser.send(example, example).status_code == 303
    assert sentence in page_text(browser.read(f"{PAGE}/{hook}"))
    answer = browser.send(page, f"{PAGE}/{hook}/resume")
    assert answer.headers["location"] == page
    html = browser.read(page)
    assert f"{PAGE}/{hook}/resume" not in html
    assert "It is sent in a moment." in page_text(html)


def test_an_endpoint_has_one_badge_and_it_is_true(browser: Browser, make_hook: MakeHook) -> None:
    hooks = {
        "Active": make_hook(),
        "Failing": make_hook(consecutive_failures=4),
        "Held back until 10:40": make_hook(breaker_open_until=NOON + timedelta(minutes=40)),
        "Suspended": make_hook(status=WebhookStatus.SUSPENDED),
    }
    for label, hook in hooks.items():
        row = next(row for row in browser.read(PAGE).split("<tr>") if hook in row)
        assert re.findall(r'class="badge[^>]*>([^<]*)<', row) == [label]
        status = browser.read(f"{PAGE}/{hook}").split('id="status"')[1].split("</section>")[0]
        assert re.findall(r'class="badge[^>]*>([^<]*)<', status) == [label]


def test_every_page_is_sound_with_something_to_show(
    browser: Browser, make_hook: MakeHook, make_delivery: MakeDelivery
) -> None:
    hook = make_hook(description='"><b>bold</b>', breaker_open_until=NOON + timedelta(minutes=40))
    delivery_id = make_delivery(
        hook, (500, answered("500"), "<b>no</b>"), (None, Failure(FailureCode.CONNECTION_BROKEN), None)
    )
    make_delivery(hook, (200, None, "ok"))
    for language in ("en", "ar"):
        for path in (
            "",
            "/new",
            f"/{hook}",
            f"/{hook}?period=30d",
            f"/{hook}/edit",
            f"/{hook}/secret",
            f"/{hook}/rotate",
            f"/{hook}/recover",
            f"/{hook}/example",
            f"/{hook}/delete",
            f"/{hook}/deliveries/{delivery_id}",
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
    html = browser.read(at)
    assert "Webhook stopped: Badges" in html
    assert f"{PAGE}/{hook}" in html
    assert "Webhook stopped: Paused" not in html
    assert "Webhook stopped" not in signed_in_as(app, seeded.tenant_id, Role.VIEWER).read(at)
    with hub.uow.begin() as work:
        feature_flags.switch(work, seeded.tenant_id, FF_WEBHOOKS, enabled=False)
    assert "Webhook stopped" not in browser.read(at)
    assert browser.get(PAGE).status_code == 404
    assert PAGE not in browser.read("/events")
