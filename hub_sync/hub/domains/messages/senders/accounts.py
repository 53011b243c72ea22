"""Accounts: create, change, delete and test them. A change lets what waits be sent at once."""

from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Select, select, update

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.messages.delivery.compose import check_header
from hub_sync.hub.domains.messages.delivery.outbox import WAITING
from hub_sync.hub.domains.messages.delivery_manifest import (
    SENDER_CREATED,
    SENDER_DELETED,
    SENDER_HOOK_RENEWED,
    SENDER_UPDATED,
)
from hub_sync.hub.domains.messages.errors import (
    BounceSecretNeeded,
    SecretNeeded,
    SenderChanged,
    SenderChannelFixed,
    SenderIncomplete,
    SenderInUse,
    SenderNameTaken,
    SenderNotFound,
)
from hub_sync.hub.domains.messages.senders.schemas import NewSender, SenderChanges
from hub_sync.hub.domains.messages.senders.services import check_service_url
from hub_sync.hub.domains.messages.senders.settings import encrypt
from hub_sync.hub.domains.messages.tables import ConnectionSecurity, MessageDelivery, MessageSender
from hub_sync.hub.kit.db.name_column import lock_names
from hub_sync.hub.kit.db.optimistic_locking import IfVersion, check_version
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.domain.audit_actions import AuditAction
from hub_sync.hub.kit.events import domain_events
from hub_sync.rules.text_normalization import name_key

_SECRETS = {"secret": "sealed_secret", "bounce_secret": "sealed_bounce_password"}
_EMPTY_TEXT = ("from_address", "reply_to", "bounce_address")
SET = "set"
"""In the audit log, in place of a secret."""


def senders_of(work: Work, tenant_id: str) -> Select[MessageSender]:
    """Return a query of a tenant's accounts."""
    del work
    return select(MessageSender).where(MessageSender.tenant_id == tenant_id)


def get(work: Work, tenant_id: str, sender_id: str) -> MessageSender:
    """Return an account.

    Raises:
        SenderNotFound: 404.
    """
    row = work.session.get(MessageSender, (tenant_id, sender_id))
    if row is None:
        raise SenderNotFound
    return row


def create(work: Work, tenant_id: str, new: NewSender) -> MessageSender:
    """Create an account; the first of its channel is the default one.

    Raises:
        SenderNameTaken: 409.
        SenderIncomplete, ServiceUrlInvalid, MessageHeaderInvalid: it could not send (422).
    """
    id_, values = work.new_id(), new.model_dump()
    lock_names(work, MessageSender, tenant_id)  # of two first accounts at once, one is the default
    _check_name_is_free(work, tenant_id, new.name)
    others = select(MessageSender.id).where(
        MessageSender.tenant_id == tenant_id, MessageSender.channel == new.channel
    )
    values["is_default"] = new.is_default or work.session.scalar(others.limit(1)) is None
    row = MessageSender(tenant_id=tenant_id, id=id_, name=new.name, channel=new.channel)
    _apply(work, row, values)
    work.session.add(row)
    work.session.flush()
    audit.record(work, tenant_id, SENDER_CREATED, id_, after=_snapshot(values))
    domain_events.wake(work, tenant_id)
    return row


def update_sender(
    work: Work, tenant_id: str, sender_id: str, changes: SenderChanges, if_version: IfVersion = None
) -> MessageSender:
    """Change an account. Its problem is forgotten: the next connection tells.

    Raises:
        SenderNotFound: 404. SenderNameTaken: 409. SenderChanged: 412.
        SenderIncomplete, ServiceUrlInvalid, MessageHeaderInvalid: it could not send (422).
        SenderChannelFixed: 422. SecretNeeded, BounceSecretNeeded: a stored password would go to another server (422).
    """
    lock_names(work, MessageSender, tenant_id)
    row = _get_for_update(work, tenant_id, sender_id, if_version)
    values = changes.model_dump(exclude_unset=True)
    if values.pop("channel", row.channel) is not row.channel:
        raise SenderChannelFixed
    _check_secrets(row, values)
    if values.get("name", row.name) != row.name:
        _check_name_is_free(work, tenant_id, values["name"], row.id)
    if values.get("is_default") is False and row.is_default:
        values.pop("is_default")  # another one has to become it
    before = {name: getattr(row, name) for name in values if name not in _SECRETS}
    mailbox = (row.bounce_host, row.bounce_username)
    _apply(work, row, values)
    row.version += 1
    row.problem = row.problem_response = None
    row.problem_since = row.retry_at = None
    row.leased_by = row.leased_until = None
    row.bounce_problem = row.bounce_error = row.bounces_read_at = None
    if (row.bounce_host, row.bounce_username) != mailbox:
        row.bounce_uid_validity = row.bounce_last_uid = None
    work.session.flush()
    _record(work, row, SENDER_UPDATED, _snapshot(before), _snapshot(values))
    domain_events.wake(work, tenant_id)
    return row


def delete(work: Work, tenant_id: str, sender_id: str, if_version: IfVersion = None) -> None:
    """Delete an account.

    Raises:
        SenderNotFound: 404. SenderChanged: 412.
        SenderInUse: messages wait for it (409).
    """
    row = _get_for_update(work, tenant_id, sender_id, if_version)
    delivery = MessageDelivery
    through = (delivery.tenant_id == tenant_id, delivery.sender_id == sender_id)
    waiting = select(delivery.id).where(*through, delivery.status.in_(WAITING)).limit(1)
    if work.session.scalar(waiting) is not None:
        raise SenderInUse
    forget = update(delivery).where(*through).values(sender_id=None)
    work.session.execute(forget.execution_options(synchronize_session=False))
    name = row.name
    work.session.delete(row)
    work.session.flush()
    audit.record(work, tenant_id, SENDER_DELETED, sender_id, before={"name": name})


def renew_bounce_hook(work: Work, tenant_id: str, sender_id: str) -> MessageSender:
    """Give an account another address for reports; the one before is refused from now on.

    Raises:
        SenderNotFound: 404.
    """
    row = _get_for_update(work, tenant_id, sender_id, None)
    row.bounce_hook_generation += 1
    row.bounce_confirmation_url = ""
    work.session.flush()
    audit.record(work, tenant_id, SENDER_HOOK_RENEWED, sender_id)
    return row


def _apply(work: Work, row: MessageSender, values: dict[str, Any]) -> None:
    """Set values that are complete and can be sent with."""
    if values.get("is_default"):
        others = update(MessageSender).where(
            MessageSender.tenant_id == row.tenant_id,
            MessageSender.channel == row.channel,
            MessageSender.id != row.id,
        )
        work.session.execute(others.values(is_default=False))
    for name, value in values.items():
        if name in _SECRETS:
            if value:
                setattr(row, _SECRETS[name], encrypt(work, row.tenant_id, row.id, value))
        else:
            setattr(row, name, "" if value is None and name in _EMPTY_TEXT else value)
    if row.channel is MessageChannel.EMAIL:
        check_header(row.from_name or "")
        if not row.host or not row.port or not row.from_address:
            raise SenderIncomplete
    elif values.get("secret"):
        check_service_url(values["secret"])
    elif row.sealed_secret is None or row.channel is MessageChannel.KIOSK:
        raise SenderIncomplete


def _check_secrets(row: MessageSender, values: dict[str, Any]) -> None:
    """Raise if a stored password would go where its owner did not send it: whoever changes an account may not know it."""
    is_mail = row.channel is MessageChannel.EMAIL
    is_other = _differs(row, values, "host", "username") or _opens(row.security, values.get("security"))
    if is_mail and is_other and row.has_secret and not values.get("secret"):
        raise SecretNeeded
    is_other = _differs(row, values, "bounce_host", "bounce_username")
    is_other = is_other or _opens(row.bounce_security, values.get("bounce_security"))
    if is_other and row.has_bounce_secret and not values.get("bounce_secret"):
        raise BounceSecretNeeded


def _differs(row: MessageSender, values: dict[str, Any], *names: str) -> bool:
    """Return True if one of the values is another, and not removed."""
    return any(values.get(name) and values[name] != getattr(row, name) for name in names)


def _opens(before: ConnectionSecurity, after: ConnectionSecurity | None) -> bool:
    """Return True if a connection would no longer be encrypted."""
    return after is ConnectionSecurity.NONE and before is not ConnectionSecurity.NONE


def _get_for_update(work: Work, tenant_id: str, sender_id: str, if_version: IfVersion) -> MessageSender:
    row = work.session.get(
        MessageSender, (tenant_id, sender_id), with_for_update=True, populate_existing=True
    )
    if row is None:
        raise SenderNotFound
    check_version(row.version, if_version, SenderChanged)
    return row


def _record(
    work: Work, row: MessageSender, action: AuditAction, before: dict[str, Any], after: dict[str, Any]
) -> None:
    changed = {name for name in after if before.get(name) != after[name]}
    audit.record(
        work,
        row.tenant_id,
        action,
        row.id,
        before={name: value for name, value in before.items() if name in changed},
        after={name: value for name, value in after.items() if name in changed},
    )


def _snapshot(values: dict[str, Any]) -> dict[str, Any]:
    """Return values as the audit log has them: no secret."""
    plain: dict[str, Any] = to_jsonable_python(values)
    return {
        name: SET if name in _SECRETS else value
        for name, value in plain.items()
        if value or name not in _SECRETS
    }


def _check_name_is_free(work: Work, tenant_id: str, name: str, own_id: str = "") -> None:
    """Check that no other account has a name: people choose an account by it.

    Raises:
        SenderNameTaken: 409.
    """
    others = select(MessageSender.id).where(
        MessageSender.tenant_id == tenant_id,
        MessageSender.folded_name == name_key(name),
        MessageSender.id != own_id,
    )
    if work.session.scalar(others) is not None:
        raise SenderNameTaken(name=name)
