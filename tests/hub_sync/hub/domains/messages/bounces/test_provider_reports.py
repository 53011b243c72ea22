"""Posts of providers, as their documentations show them, and bodies of others."""

import json
from typing import Any

import pytest

from hub_sync.hub.domains.messages.bounces.provider_reports import metadata_headers, read_post
from hub_sync.hub.domains.messages.bounces.reports import ReportKind
from tests.support.builders.bounce_mails import ID, MESSAGE_ID

K = ReportKind
ADA = "ada@example.org"


def ses(kind: str, **more: Any) -> dict[str, Any]:
    message = {
        "notificationType": kind,
        "mail": {"messageId": "0100", "commonHeaders": {"messageId": MESSAGE_ID}},
        **more,
    }
    return {"Type": "Notification", "Message": json.dumps(message)}


def mailgun(event: str, **more: Any) -> dict[str, Any]:
    about = {"event": event, "recipient": ADA, "message": {"headers": {"message-id": MESSAGE_ID.strip("<>")}}}
    return {"signature": {}, "event-data": about | more}


def sendgrid(event: str, **more: Any) -> list[dict[str, Any]]:
    return [{"event": event, "email": ADA, "smtp-id": MESSAGE_ID, **more}]


def postmark(record: str, **more: Any) -> dict[str, Any]:
    return {"RecordType": record, "Email": ADA, "MessageID": "0100", "Metadata": {"delivery": ID}, **more}


GONE = {
    "bounceType": "Permanent",
    "bouncedRecipients": [{"emailAddress": "Ada@example.org", "status": "5.1.1"}],
}


@pytest.mark.parametrize(
    ("body", "kind", "is_dead"),
    [
        (ses("Bounce", bounce=GONE), K.FAILED, True),
        (ses("Bounce", bounce=GONE | {"bounceType": "Transient"}), K.DELAYED, False),
        (ses("Complaint"), K.COMPLAINED, False),
        (ses("Delivery"), K.DELIVERED, False),
        (mailgun("failed", severity="permanent", **{"delivery-status": {"code": 550}}), K.FAILED, True),
        (mailgun("failed", severity="temporary"), K.DELAYED, False),
        (mailgun("failed", severity="permanent", reason="suppress-bounce"), K.FAILED, False),
        (mailgun("complained"), K.COMPLAINED, False),
        (sendgrid("bounce", status="5.1.1", type="bounce"), K.FAILED, True),
        (sendgrid("bounce", type="blocked"), K.FAILED, False),
        (sendgrid("spamreport"), K.COMPLAINED, False),
        (sendgrid("delivered"), K.DELIVERED, False),
        (postmark("Bounce", Type="HardBounce"), K.FAILED, True),
        (postmark("Bounce", Type="SoftBounce"), K.DELAYED, False),
        (postmark("SpamComplaint"), K.COMPLAINED, False),
        (postmark("Delivery", Recipient=ADA), K.DELIVERED, False),
        ({"event": "failed", "message_id": MESSAGE_ID, "recipient": ADA, "status": "5.1.1"}, K.FAILED, True),
    ],
)
def test_each_provider_is_understood(body: Any, kind: ReportKind, is_dead: bool) -> None:
    post = read_post(json.dumps(body).encode())
    assert post is not None
    (report,) = post.reports
    assert (report.kind, report.delivery_ids, report.names_dead_address) == (kind, (ID,), is_dead)
    assert report.recipient in (ADA, "")


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        [1, None, "x"],
        {"event-data": 1},
        {"Type": "Notification", "Message": "no json"},
        {"mail": [], "notificationType": "Bounce", "bounce": {"bouncedRecipients": [3]}},
        sendgrid("open"),
        postmark("Bounce", Type="AutoResponder"),
        {"event": "failed", "message_id": 7},
        {"event": "failed", "message_id": "<other@program.example>", "recipient": ADA},
    ],
)
def test_what_says_nothing_of_our_messages_is_no_report(body: Any) -> None:
    post = read_post(json.dumps(body).encode())
    assert post is not None
    assert post.reports == []


def test_what_is_no_json_is_refused() -> None:
    assert read_post(b"\xff") is None
    assert read_post(b"3") is None


def test_only_an_address_of_amazon_is_offered_for_confirmation() -> None:
    good = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    bad = (
        "http://sns.eu-central-1.amazonaws.com/",
        "https://sns.amazonaws.com.evil.example/",
        "https://sns.evil.example/?.amazonaws.com",
        "https://sns.x.amazonaws.com@evil.example/",
        "javascript:alert(1)",
        "https://[",
    )
    for url in (good, *bad):
        body = json.dumps({"Type": "SubscriptionConfirmation", "SubscribeURL": url}).encode()
        post = read_post(body)
        assert post is not None
        assert post.confirmation_url == (good if url == good else "")


def test_postmark_gets_the_id_of_the_delivery_since_it_replaces_the_message_id() -> None:
    assert metadata_headers("smtp.postmarkapp.com", ID) == {"X-PM-Metadata-delivery": ID}
    assert metadata_headers("mail.example.org", ID) == {}
