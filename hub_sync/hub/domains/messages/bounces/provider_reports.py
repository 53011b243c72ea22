"""Read what a provider posts about messages: Amazon SES (through SNS), Mailgun, Postmark, SendGrid, or the plain form of this hub.

Nothing of a body is trusted but that its poster has the secret address: wrong types and missing members are no report, never an error.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import orjson

from hub_sync.hub.domains.messages.bounces.reports import DeliveryReport, ReportKind, delivery_id_of

Value: TypeAlias = Any
MOST_REPORTS = 1000
METADATA = "delivery"
"""The name under which Postmark keeps the id of a delivery (header `X-PM-Metadata-delivery`)."""
_POSTMARK_HOST = ".postmarkapp.com"
_LONGEST_DETAIL = 500
_LONGEST_ADDRESS, _LONGEST_URL = 320, 2000
_SNS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn")
_PLAIN = {
    "failed": ReportKind.FAILED,
    "delayed": ReportKind.DELAYED,
    "complained": ReportKind.COMPLAINED,
    "delivered": ReportKind.DELIVERED,
}
_SENDGRID = {
    "bounce": ReportKind.FAILED,
    "dropped": ReportKind.FAILED,
    "deferred": ReportKind.DELAYED,
    "spamreport": ReportKind.COMPLAINED,
    "delivered": ReportKind.DELIVERED,
}
_POLICY_STATUS = "5.7.1"
_POSTMARK_BOUNCES: Mapping[str, tuple[ReportKind, str]] = {
    "HardBounce": (ReportKind.FAILED, ""),
    "BadEmailAddress": (ReportKind.FAILED, ""),
    "Blocked": (ReportKind.FAILED, _POLICY_STATUS),
    "SpamNotification": (ReportKind.FAILED, _POLICY_STATUS),
    "SpamComplaint": (ReportKind.COMPLAINED, ""),
    "SoftBounce": (ReportKind.DELAYED, ""),
    "Transient": (ReportKind.DELAYED, ""),
    "DnsError": (ReportKind.DELAYED, ""),
}


@dataclass(frozen=True, slots=True)
class ProviderPost:
    """The content of a post.

    Attributes:
        reports: what it says of messages.
        confirmation_url: the address by which Amazon SNS wants to be confirmed, for a person to open, or "".
    """

    reports: list[DeliveryReport] = field(default_factory=list)
    confirmation_url: str = ""


def read_post(body: bytes) -> ProviderPost | None:
    """Return the content of a post; None: it is no JSON that any provider sends."""
    value = _json(body)
    if isinstance(value, dict) and _text(value, "Type") == "SubscriptionConfirmation":
        return ProviderPost(confirmation_url=_sns_url(_text(value, "SubscribeURL")))
    if not isinstance(value, (dict, list)):
        return None
    values = value[:MOST_REPORTS] if isinstance(value, list) else [value]
    return ProviderPost([report for each in values if isinstance(each, dict) for report in _reports(each)])


def metadata_headers(host: str, delivery_id: str) -> dict[str, str]:
    """Return headers by which a provider names a delivery in its reports, where it replaces the Message-ID."""
    is_postmark = host.lower().endswith(_POSTMARK_HOST)
    return {f"X-PM-Metadata-{METADATA}": delivery_id} if is_postmark else {}


def _reports(value: dict[str, Value]) -> Iterator[DeliveryReport]:
    if _text(value, "Type") == "Notification":
        message = _json(_text(value, "Message").encode())
        yield from _of_ses(message if isinstance(message, dict) else {})
    elif "mail" in value and ("notificationType" in value or "eventType" in value):
        yield from _of_ses(value)  # SNS with raw message delivery
    elif "event-data" in value:
        yield from _of_mailgun(value["event-data"])
    elif "RecordType" in value:
        yield from _of_postmark(value)
    elif "smtp-id" in value or "sg_message_id" in value:
        kind = _SENDGRID.get(_text(value, "event"))
        status = _text(value, "status") or (_POLICY_STATUS if _text(value, "type") == "blocked" else "")
        ids = _ids(_text(value, "smtp-id"))
        yield from _report(kind, ids, _text(value, "email"), status, _text(value, "reason"))
    else:
        kind = _PLAIN.get(_text(value, "event"))
        ids = _ids(_text(value, "message_id"))
        yield from _report(
            kind, ids, _text(value, "recipient"), _text(value, "status"), _text(value, "detail")
        )


def _of_ses(value: dict[str, Value]) -> Iterator[DeliveryReport]:
    ids = _ids(_text(value, "mail", "commonHeaders", "messageId"), *_ses_headers(value))
    kind = _text(value, "notificationType") or _text(value, "eventType")
    if kind == "Bounce":
        is_permanent = _text(value, "bounce", "bounceType") == "Permanent"
        result = ReportKind.FAILED if is_permanent else ReportKind.DELAYED
        first = _first(_at(value, "bounce", "bouncedRecipients"))
        detail = _text(first, "diagnosticCode") or _text(value, "bounce", "bounceSubType")
        yield from _report(result, ids, _text(first, "emailAddress"), _text(first, "status"), detail)
    elif kind == "Complaint":
        detail = _text(value, "complaint", "complaintFeedbackType")
        yield from _report(ReportKind.COMPLAINED, ids, "", "", detail)
    elif kind == "Delivery":
        yield from _report(ReportKind.DELIVERED, ids, "", "", _text(value, "delivery", "smtpResponse"))
    elif kind == "DeliveryDelay":
        yield from _report(ReportKind.DELAYED, ids, "", "", _text(value, "deliveryDelay", "delayType"))


def _ses_headers(value: dict[str, Value]) -> Iterator[str]:
    headers = _at(value, "mail", "headers")
    for header in headers if isinstance(headers, list) else ():
        if _text(header, "name").lower() == "message-id":
            yield _text(header, "value")


def _of_mailgun(value: Value) -> Iterator[DeliveryReport]:
    event = _text(value, "event")
    kind = _PLAIN.get(event)
    if event == "failed" and _text(value, "severity") == "temporary":
        kind = ReportKind.DELAYED
    status = _text(value, "delivery-status", "enhanced-code")
    if not status and _text(value, "reason").startswith("suppress"):
        status = _POLICY_STATUS  # Mailgun did not even try: that is its own list, not the address's server
    detail = _text(value, "delivery-status", "message") or _text(value, "delivery-status", "description")
    ids = _ids(_text(value, "message", "headers", "message-id"))
    yield from _report(kind, ids, _text(value, "recipient"), status, detail)


def _of_postmark(value: dict[str, Value]) -> Iterator[DeliveryReport]:
    id_ = delivery_id_of(f"{_text(value, 'Metadata', METADATA)}@postmark")
    ids = (id_,) if id_ else ()
    record, address = _text(value, "RecordType"), _text(value, "Email") or _text(value, "Recipient")
    detail = _text(value, "Details") or _text(value, "Description")
    if record == "Bounce":
        kind, status = _POSTMARK_BOUNCES.get(_text(value, "Type"), (None, ""))
        yield from _report(kind, ids, address, status, detail)
    elif record == "SpamComplaint":
        yield from _report(ReportKind.COMPLAINED, ids, address, "", detail)
    elif record == "Delivery":
        yield from _report(ReportKind.DELIVERED, ids, address, "", detail)


def _report(
    kind: ReportKind | None, ids: tuple[str, ...], recipient: str, status: str, detail: str
) -> Iterator[DeliveryReport]:
    if kind is not None and ids:
        yield DeliveryReport(
            kind=kind,
            delivery_ids=ids,
            recipient=recipient[:_LONGEST_ADDRESS].strip().lower(),
            status=status[:16],
            detail=" ".join(detail.split())[:_LONGEST_DETAIL],
        )


def _ids(*message_ids: str) -> tuple[str, ...]:
    return tuple(id_ for text in message_ids if (id_ := delivery_id_of(text)) is not None)


def _sns_url(url: str) -> str:
    """Return an address of Amazon SNS as it is; any other is dropped, since a person is to open it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = parts.hostname or ""
    is_sns = parts.scheme == "https" and host.startswith("sns.") and host.endswith(_SNS_HOSTS)
    return url if is_sns and parts.netloc == host and len(url) <= _LONGEST_URL else ""


def _json(text: bytes) -> Value:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _at(value: Value, *path: str) -> Value:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _text(value: Value, *path: str) -> str:
    """Return the text at a path, "" if there is none."""
    text = _at(value, *path)
    return text if isinstance(text, str) else ""


def _first(value: Value) -> Value:
    return value[0] if isinstance(value, list) and value else None
