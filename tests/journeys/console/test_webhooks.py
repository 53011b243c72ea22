"""Create a webhook in the console; a real receiver gets its messages and verifies their signatures."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.console_hub import Arrive, ConsoleHub, sign_in
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

# Daily, other journeys have dialogs, figures that change and the keyboard, and tests of pages what is said and stored.
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def receiver() -> Iterator[WebhookReceiver]:
    """Run the program that receives the webhooks."""
    with WebhookReceiver() as running:
        yield running


def test_a_webhook_is_made_verified_watched_paused_rotated_and_deleted(
    console: ConsoleHub, arrive: Arrive, receiver: WebhookReceiver
) -> None:
    console.webhooks()
    somebody = arrive(permissions=["clipboard-read", "clipboard-write"])
    somebody.ignored_statuses.add(422)  # the form that is not right at first
    page = somebody.page()
    sign_in(page, console.user("hooks@example.org"), "/settings/webhooks")
    expect(page.get_by_text("No webhooks yet")).to_be_visible()

    page.get_by_role("link", name="New webhook").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("URL").fill("https://10.0.0.8/in")
    dialog.get_by_label("Description").fill("Badge printing")
    dialog.get_by_role("checkbox", name=re.compile(r"scan\.accepted")).check()
    dialog.get_by_role("button", name="Create webhook").click()
    expect(dialog.get_by_label("URL")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("checkbox", name=re.compile(r"scan\.accepted"))).to_be_checked()
    dialog.get_by_label("URL").fill(receiver.url("/ok"))
    dialog.get_by_role("button", name="Create webhook").click()
    secret = copied_secret(page)
    page.get_by_role("link", name="I have stored it").click()
    expect(page.get_by_role("heading", name="Badge printing")).to_be_visible()
    at = page.url
    expect(page.get_by_text("Nothing was sent in this time")).to_be_visible()

    page.get_by_role("link", name="Send an example").click()
    page.get_by_role("dialog").get_by_label("Event type").select_option("scan.accepted")
    page.get_by_role("dialog").get_by_role("button", name="Send the example").click()
    expect(page.locator(".page-badges .badge")).to_have_text(re.compile("Waiting|Sending|Delivered"))
    eventually(lambda: receiver.count() == 1)
    (delivery,) = receiver.requests_to("/ok")
    message = Webhook(secret).verify(delivery["body"], delivery["headers"])
    assert (message["type"], message["data"]["example"]) == ("scan.accepted", True)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(delivery["body"].replace("VALID", "VALIE"), delivery["headers"])
    expect(page.locator(".hook-attempt")).to_contain_text("200")  # by itself: the page looks again
    expect(page.get_by_text(message["id"]).first).to_be_visible()

    page.goto(at)
    expect(page.locator("#log tbody tr")).to_contain_text(["scan.accepted"])
    expect(page.locator("#log tbody tr").first).to_contain_text("Delivered")
    expect(page.locator("#fares")).to_contain_text("100%")

    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text(re.compile("The endpoint answered with 200, in"))).to_be_visible()
    expect(page.locator(".hook-answer")).to_have_text("ok")

    page.goto(at)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".hook-does")).to_contain_text("Paused")
    send_an_example(page)
    page.goto(at)
    expect(page.locator(".hook-does")).to_contain_text("1 delivery waits. Resume sends them.")
    assert receiver.count() == 2
    page.get_by_role("button", name="Resume").click()
    eventually(lambda: receiver.count() == 3)
    expect(page.locator("#log tbody tr").first).to_contain_text("Delivered")

    page.get_by_role("link", name="Rotate the secret").click()
    page.get_by_role("dialog").get_by_role("button", name="Create the new secret").click()
    new = copied_secret(page)
    assert new != secret
    page.goto(at)
    send_an_example(page)
    eventually(lambda: receiver.count() == 4)
    for valid_secret in (new, secret):
        verified(valid_secret, receiver.requests_to("/ok")[-1])

    page.goto(at)
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the webhook and its log").click()
    page.wait_for_url("**/settings/webhooks")
    expect(page.get_by_text("“Badge printing” is deleted, and its log with it.")).to_be_visible()
    expect(page.get_by_text("No webhooks yet")).to_be_visible()


def send_an_example(page: Page) -> None:
    """Send an example of the first type."""
    page.get_by_role("link", name="Send an example").click()
    page.get_by_role("dialog").get_by_role("button", name="Send the example").click()
    page.wait_for_url("**/deliveries/**")


def copied_secret(page: Page) -> str:
    """Copy the secret that the page shows with its button."""
    page.wait_for_url("**/secret")
    secret = page.locator("#secret").input_value()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert re.fullmatch("[0-9a-f]{64}", secret)
    return secret


def verified(secret: str, delivery: dict[str, Any]) -> None:
    """Verify that the message is signed with this secret."""
    Webhook(secret).verify(delivery["body"], delivery["headers"])
