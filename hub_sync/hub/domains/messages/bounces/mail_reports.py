"""Read a mail of the bounce mailbox: is it a report about a message of this hub?

RFC 3464 (delivery status) and RFC 5965 (complaints) are read here, since flufl.bounce returns addresses only and no status; it reads
the many other forms. A vacation note, a read receipt or a person's answer is no report, whatever it quotes.
"""

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parseaddr

import structlog
from flufl.bounce import all_failures

from hub_sync.hub.domains.messages.bounces.reports import DeliveryReport, ReportKind, delivery_id_of

ReadTag = Callable[[str], str | None]
"""Returns the id of the delivery that a tagged address names."""

MOST_IDS = 8
_LONGEST_DETAIL = 500
_ENVELOPE_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
_RETURNED = ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global")
_QUOTED_ID = re.compile(rb"^[> \t]*message-id:[ \t]*(<[^<>\s]{1,320}>)", re.IGNORECASE | re.MULTILINE)
_DAEMONS = ("mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "bounce", "bounces")
_ACTIONS = {
    "failed": ReportKind.FAILED,
    "failure": ReportKind.FAILED,
    "error": ReportKind.FAILED,  # opensmtpd
    "delayed": ReportKind.DELAYED,
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.DELIVERED,
    "expanded": ReportKind.DELIVERED,
}
_WORST_FIRST = (ReportKind.FAILED, ReportKind.DELAYED, ReportKind.DELIVERED)
_COMPLAINTS = ("abuse", "fraud", "virus")
log = structlog.get_logger(__name__)


def read_mail(raw: bytes, read_tag: ReadTag) -> DeliveryReport | None:
    """Return what a mail reports about a message of this hub; None: it is something else, and not ours to touch.

    Args:
        raw: the mail, or its first part.
        read_tag: checks an address with a tag.
    """
    try:
        mail = message_from_bytes(raw)
        ids = tuple(_delivery_ids(mail, raw, read_tag))[:MOST_IDS]
        return _report(mail, ids) if ids else None
    except (
        Exception
    ):  # the parser and flufl.bounce fail for some mails in many ways; one mail must not stop the others
        log.warning("bounce_unreadable", exc_info=True)
        return None


def _report(mail: Message, ids: tuple[str, ...]) -> DeliveryReport | None:
    complaint = next(_parts(mail, "message/feedback-report"), None)
    if complaint is not None:
        kind = str(_block(complaint).get("Feedback-Type", "")).strip().lower()
        return (
            DeliveryReport(kind=ReportKind.COMPLAINED, delivery_ids=ids, detail=kind)
            if kind in _COMPLAINTS
            else None
        )
    reports = [
        report
        for part in _parts(mail, "message/delivery-status", "message/global-delivery-status")
        if part.is_multipart()
        for block in part.get_payload()
        if isinstance(block, Message) and (report := _of_block(block, ids)) is not None
    ]
    if reports:
        return min(reports, key=lambda report: _WORST_FIRST.index(report.kind))
    return _of_other_form(mail, ids) if _is_from_daemon(mail) else None


def _of_block(block: Message, ids: tuple[str, ...]) -> DeliveryReport | None:
    """Return what one recipient's block of a delivery status says."""
    action = re.match(r"\s*([a-z]+)", str(block.get("Action", "")).lower())
    kind = _ACTIONS.get(action[1]) if action else None
    if kind is None:
        return None
    status = re.search(r"\b[245]\.\d{1,3}\.\d{1,3}\b", str(block.get("Status", "")))
    named = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    return DeliveryReport(
        kind=kind,
        delivery_ids=ids,
        recipient=_address(named.partition(";")[2] or named),
        status=status[0] if status else "",
        detail=" ".join(str(block.get("Diagnostic-Code", "")).split())[:_LONGEST_DETAIL],
    )


def _of_other_form(mail: Message, ids: tuple[str, ...]) -> DeliveryReport | None:
    transient, permanent = all_failures(mail)
    failed = permanent or transient
    if not failed:
        return None
    kind = ReportKind.FAILED if permanent else ReportKind.DELAYED
    address = min(failed).decode("ascii", "replace") if len(failed) == 1 else ""
    return DeliveryReport(kind=kind, delivery_ids=ids, recipient=_address(address), detail=_subject(mail))


def _delivery_ids(mail: Message, raw: bytes, read_tag: ReadTag) -> Iterator[str]:
    """Return the deliveries that a mail may be about: by its tag, by what it returns, by what it quotes."""
    addresses = getaddresses([str(value) for name in _ENVELOPE_HEADERS for value in mail.get_all(name, [])])
    for _, address in addresses[: MOST_IDS * 4]:
        if (id_ := read_tag(address)) is not None:
            yield id_
    for part in _parts(mail, *_RETURNED):
        if (id_ := delivery_id_of(str(_block(part).get("Message-ID", "")))) is not None:
            yield id_
    own = str(mail.get("Message-ID", "")).strip().encode()
    for match in _QUOTED_ID.finditer(raw):
        if match[1] != own and (id_ := delivery_id_of(match[1].decode("ascii", "replace"))) is not None:
            yield id_


def _parts(mail: Message, *types: str) -> Iterator[Message]:
    return (part for part in mail.walk() if part.get_content_type() in types)


def _block(part: Message) -> Message:
    """Return the headers that a part holds as its content."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return payload[0] if payload and isinstance(payload[0], Message) else Message()
    content = part.get_payload(decode=True)
    return message_from_bytes(content if isinstance(content, bytes) else b"")


def _is_from_daemon(mail: Message) -> bool:
    """Return True if a mail system wrote it, as far as a mail can tell; a person's own note never counts (listmonk#1334)."""
    local = parseaddr(str(mail.get("From", "")))[1].partition("@")[0].lower()
    return local.startswith(_DAEMONS) or "X-Failed-Recipients" in mail


def _address(text: str) -> str:
    return parseaddr(text.strip())[1].lower() or text.strip().lower()


def _subject(mail: Message) -> str:
    return str(make_header(decode_header(str(mail.get("Subject", "")))))[:_LONGEST_DETAIL]
