"""Mails as they lie in a mailbox for bounces."""

ID = "01977a3e-5b1c-7d2a-9f00-6c1d2e3f4a5b"
MESSAGE_ID = f"<{ID}@fair.example>"


def bounce(
    message_id: str = MESSAGE_ID,
    *,
    recipient: str = "ada@example.org",
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "bounces@fair.example",
) -> bytes:
    """Return a report as Postfix writes it (RFC 3464)."""
    return f"""\
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: Undelivered Mail {status}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: message/rfc822

From: tickets@fair.example
To: {recipient}
Subject: Your ticket
Message-ID: {message_id}

Good morning.
--b--
""".encode()


def complaint(message_id: str = MESSAGE_ID, kind: str = "abuse") -> bytes:
    """Return a complaint as providers send it (RFC 5965)."""
    return f"""\
From: feedback@example.org
To: bounces@fair.example
Subject: Complaint {kind}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Reporter/1.0
Version: 1

--b
Content-Type: text/rfc822-headers

From: tickets@fair.example
Message-ID: {message_id}

--b--
""".encode()


def vacation(message_id: str = MESSAGE_ID) -> bytes:
    """Return the note of somebody who is away and whose program quotes all, with words that bounces have."""
    return f"""\
From: Ada <ada@example.org>
To: bounces@fair.example
Subject: Undeliverable until Monday
Auto-Submitted: auto-replied
In-Reply-To: {message_id}

I am away. Your message was not delivered: 550 5.1.1 <ada@example.org>: user unknown

> Message-ID: {message_id}
> Good morning.
""".encode()
