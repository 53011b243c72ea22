"""Mails are what a reader expects, though parsed headers are shared among them."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import quote

import pytest

from hub_sync.hub.domains.messages.delivery.compose import Attachment, RenderedMessage
from hub_sync.hub.domains.messages.senders.mail_message import Envelope, build_mail

LOGO = Attachment("logo.png", "image/png", b"\x89PNG", "logo")
TICKET = Attachment("ticket.pdf", "application/pdf", b"%PDF-1.7", None)
SUBJECT = " ".join(["Ihre Eintrittskarte für die Messe – تذكرتك"] * 4)


def _build(recipient: str, name: str, text: str, *, subject: str = SUBJECT, message_id: str = "") -> bytes:
    envelope = Envelope(
        "tickets@fair.example",
        name,
        "help@fair.example",
        recipient,
        message_id or f"<{recipient}>",
        datetime(2026, 6, 1, 9, tzinfo=UTC),
        {"List-Unsubscribe": f"<https://hub.example/u/{quote(recipient)}>"},
    )
    return build_mail(envelope, RenderedMessage(subject, text, f"<p>{text}</p>", attachments=(LOGO, TICKET)))


def _parse(mail: bytes) -> EmailMessage:
    parsed = message_from_bytes(mail, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    return text


def test_mails_of_several_people_and_accounts_share_nothing_that_differs() -> None:
    people = [
        ("ada@example.org", "Die Messe, Köln", "Guten Morgen Ada. " * 40),
        ("bo@example.org", "The Fair", "صباح الخير"),
        ("ada@example.org", "The Fair", "Again."),
    ]
    for recipient, name, text in people:
        mail = _parse(_build(recipient, name, text))
        assert (mail["From"].addresses[0].display_name, mail["To"]) == (name, recipient)
        assert (mail["Reply-To"], mail["Message-ID"]) == ("help@fair.example", f"<{recipient}>")
        assert mail["Subject"] == SUBJECT
        assert mail["List-Unsubscribe"].endswith(f"{quote(recipient)}>")
        assert _text(mail).strip() == text.strip()
        assert [part.get_filename() for part in mail.iter_attachments()] == ["ticket.pdf"]
        assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
            "text/plain",
            "text/html",
            "image/png",
            "application/pdf",
        ]


def test_no_text_goes_out_with_eight_bits() -> None:
    envelope = Envelope(
        "tickets@fair.example",
        "",
        "",
        "ada@example.org",
        "<1@fair.example>",
        datetime(2026, 6, 1, tzinfo=UTC),
        {},
    )
    mail = build_mail(envelope, RenderedMessage("Für Sie", "Schön, dass Sie kommen."))
    assert mail.isascii(), "a server without 8BITMIME may refuse it or take the eighth bit away"
    assert _text(_parse(mail)).strip() == "Schön, dass Sie kommen."
    assert build_mail(envelope, RenderedMessage("صباح", "صباح الخير", "<p>صباح الخير</p>")).isascii()


def test_no_mail_has_a_boundary_that_another_had() -> None:
    """Who got a mail knows its boundaries, and must not be able to write parts of others' mails."""
    first = _parse(_build("ada@example.org", "The Fair", "Hello."))
    known = {part.get_boundary() for part in first.walk() if part.is_multipart()}
    again = _parse(_build("ada@example.org", "The Fair", "".join(f"\r\n--{each}--\r\n" for each in known)))
    mine = {part.get_boundary() for part in again.walk() if part.is_multipart()}
    assert len(known | mine) == 6
    assert all(str(each) in _text(again) for each in known)


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ("o'neil+fair@mail.example.org", "o'neil+fair@mail.example.org"),
        ('"ada, lovelace"@example.org', '"ada, lovelace"@example.org'),
        ("ada@kölle.example", "ada@xn--klle-5qa.example"),
        ("a" * 64 + "@" + "b" * 60 + ".example", "a" * 64 + "@" + "b" * 60 + ".example"),
    ],
)
def test_a_mail_has_one_header_with_its_recipient_whatever_the_address_needs(
    recipient: str, expected: str
) -> None:
    mail = _parse(_build(recipient, "The Fair", "Hello.", message_id="<1@hub.example>"))
    assert [str(each) for each in mail.get_all("To", ())] == [expected]
    assert mail["Message-ID"] == "<1@hub.example>"


@pytest.mark.parametrize(
    "recipient", ["ada@example.org\r\nBcc: eve@example.org", "a..b@example.org", "ada@example.org, eve@x.org"]
)
def test_what_is_no_address_gets_into_no_header(recipient: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)addr|header|local-part"):
        _build(recipient, "The Fair", "Hello.", message_id="<1@hub.example>")
