"""The settings of an account as the engine uses them, with its secrets in plain text, and their encryption."""

from dataclasses import dataclass, field
from datetime import time, timedelta

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.senders.smtp import SmtpAccount
from hub_sync.hub.domains.messages.senders.throttle import Limit
from hub_sync.hub.domains.messages.tables import MessageSender
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.security.encryption import SecretBox, secret_box
from hub_sync.rules.times.quiet_hours import QuietHours

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """An account at one version."""

    tenant_id: str
    id: str
    version: int
    channel: MessageChannel
    is_default: bool
    connections: int
    limits: tuple[Limit, ...]
    quiet: QuietHours | None
    from_address: str
    from_name: str
    reply_to: str
    smtp: SmtpAccount
    bounce_address: str
    has_bounce_tags: bool
    service_url: str = field(repr=False)


def settings_of(work: Work, row: MessageSender) -> SenderSettings:
    """Return the settings of an account.

    Raises:
        SecretUnusable: its secret was encrypted with another hub's secret.
    """
    secret = decrypt(work, row, row.sealed_secret)
    is_mail = row.channel is MessageChannel.EMAIL
    return SenderSettings(
        tenant_id=row.tenant_id,
        id=row.id,
        version=row.version,
        channel=row.channel,
        is_default=row.is_default,
        connections=max(1, row.connections),
        limits=_limits(row),
        quiet=_quiet(row),
        from_address=row.from_address,
        from_name=row.from_name,
        reply_to=row.reply_to,
        smtp=SmtpAccount(
            row.host,
            row.port,
            row.security,
            row.username,
            secret if is_mail else "",
        ),
        bounce_address=row.bounce_address or row.from_address,
        has_bounce_tags=row.has_bounce_tags,
        service_url="" if is_mail else secret,
    )


def encrypt(work: Work, tenant_id: str, sender_id: str, secret: str) -> bytes | None:
    """Return a secret of an account as it is stored; None for an empty one."""
    if not secret:
        return None
    return _box(work).encrypt(secret.encode(), _label(tenant_id, sender_id))


def decrypt(work: Work, row: MessageSender, sealed: bytes | None) -> str:
    """Return a secret of an account.

    Raises:
        SecretUnusable: it was encrypted with another hub's secret.
    """
    return _box(work).decrypt(sealed, _label(row.tenant_id, row.id)).decode() if sealed else ""


def _limits(row: MessageSender) -> tuple[Limit, ...]:
    limits = []
    if row.rate_per_second:
        limits.append(Limit(row.rate_per_second, SECOND))
    if row.window_limit and row.window_seconds:
        limits.append(Limit(row.window_limit, timedelta(seconds=row.window_seconds)))
    return tuple(limits)


def _quiet(row: MessageSender) -> QuietHours | None:
    if not row.quiet_from or not row.quiet_until or row.quiet_from == row.quiet_until:
        return None
    return QuietHours(time.fromisoformat(row.quiet_from), time.fromisoformat(row.quiet_until))


def _box(work: Work) -> SecretBox:
    return secret_box(work.derive_key("message-senders"))


def _label(tenant_id: str, sender_id: str) -> str:
    return f"sender:{tenant_id}:{sender_id}"
