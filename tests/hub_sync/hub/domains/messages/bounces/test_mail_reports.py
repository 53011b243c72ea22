"""Mails of the bounce mailbox: forms of servers, and mails that are no reports (spec/field/4-messages.md, 4c)."""

import pytest

from hub_sync.hub.domains.messages.bounces.mail_reports import read_mail
from hub_sync.hub.domains.messages.bounces.reports import DeliveryReport, ReportKind
from hub_sync.hub.domains.messages.bounces.tags import read_tag, tagged_address
from tests.support.builders.bounce_mails import ID, MESSAGE_ID, bounce, complaint, vacation

OTHER = ID.replace("5b", "5c")


def key(label: str) -> bytes:
    return label.encode().ljust(32)


def read(raw: bytes) -> DeliveryReport | None:
    return read_mail(raw, lambda address: read_tag(key, address))


@pytest.mark.parametrize(
    ("status", "is_dead"),
    [
        ("5.1.1", True),
        ("5.0.0", True),
        ("5.1.8", False),
        ("5.2.2", False),
        ("5.7.1", False),
        ("4.4.1", False),
    ],
)
def test_a_failure_is_told_apart_by_its_status(status: str, is_dead: bool) -> None:
    report = read(bounce(status=status))
    assert report is not None
    assert (report.kind, report.delivery_ids[0], report.recipient) == (
        ReportKind.FAILED,
        ID,
        "ada@example.org",
    )
    assert (report.status, report.names_dead_address) == (status, is_dead)
    assert report.detail.startswith("smtp; 550")


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delayed", ReportKind.DELAYED),
        ("delivered", ReportKind.DELIVERED),
        ("Failed (permanent)", ReportKind.FAILED),
    ],
)
def test_an_action_decides(action: str, kind: ReportKind) -> None:
    report = read(bounce(action=action))
    assert report is not None
    assert report.kind is kind


def test_a_complaint_is_no_bounce_and_not_spam_is_no_complaint() -> None:
    report = read(complaint())
    assert report is not None
    assert (report.kind, report.delivery_ids[0]) == (ReportKind.COMPLAINED, ID)
    assert read(complaint(kind="not-spam")) is None


@pytest.mark.parametrize(
    "mail",
    [
        vacation(),
        b"",
        b"\xff\xfe\x00 no mail at all",
        b"From: ada@example.org\nSubject: Question\nIn-Reply-To: "
        + MESSAGE_ID.encode()
        + b"\n\nWhen does it begin?\n",
        bounce("<another@program.example>"),
        b"Content-Type: multipart/report; boundary=b\n"
        + b"\n--b\nContent-Type: multipart/mixed; boundary=b\n" * 3000,
    ],
    ids=["vacation", "empty", "garbage", "answer", "not ours", "nested"],
)
def test_no_other_mail_is_a_report(mail: bytes) -> None:
    assert read(mail) is None


def test_a_server_of_another_form_is_understood_by_what_it_quotes() -> None:
    exim = f"""\
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: bounces@fair.example
X-Failed-Recipients: ada@example.org
Subject: Mail delivery failed: returning message to sender

The following address(es) failed:

  ada@example.org
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

From: tickets@fair.example
Message-ID: {MESSAGE_ID}
"""
    report = read(exim.encode())
    assert report is not None
    assert (report.kind, report.delivery_ids, report.recipient) == (
        ReportKind.FAILED,
        (ID,),
        "ada@example.org",
    )
    assert report.names_dead_address


def test_a_tag_names_the_delivery_where_nothing_is_returned_and_nobody_else_can_make_it() -> None:
    address = tagged_address(key, "bounces@fair.example", ID)
    assert len(address.partition("@")[0]) <= 64
    report = read(bounce("<lost@mx>", to=address.upper()))
    assert report is not None
    assert report.delivery_ids == (ID,)
    assert read(bounce("<lost@mx>", to=address.replace("+", "+a", 1))) is None
    forged = tagged_address(lambda label: b"another hub", "bounces@fair.example", ID)
    assert read(bounce("<lost@mx>", to=forged)) is None
    assert tagged_address(key, f"{'b' * 30}@fair.example", ID) == f"{'b' * 30}@fair.example"
