"""Background work: read the mailboxes for bounces, each once a minute, by one process."""

from datetime import timedelta

from sqlalchemy import or_, select

from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.bounces.mail_reports import read_mail
from hub_sync.hub.domains.messages.bounces.mailbox import (
    MOST_AT_ONCE,
    BounceMailbox,
    MailboxPosition,
    OpenMailbox,
    open_mailbox,
)
from hub_sync.hub.domains.messages.bounces.settling import Settlement, settle
from hub_sync.hub.domains.messages.bounces.tags import read_tag
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders.problems import SenderProblem, SenderUnusable
from hub_sync.hub.domains.messages.senders.settings import decrypt
from hub_sync.hub.domains.messages.sending import instances
from hub_sync.hub.domains.messages.tables import MessageSender
from hub_sync.hub.kit.events.periodic import PeriodicJob
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.encryption import SecretUnusable

READ_EVERY = timedelta(minutes=1)
RETRY_AFTER = timedelta(minutes=15)
"""Until a mailbox that could not be read is tried again, if nobody changes the account: a wrong password must not lock it."""
MOST_PORTIONS = 20
"""Portions that are read of one mailbox before the next one has its turn."""
ACTOR = "messages"


class BounceJob(PeriodicJob):
    """Looks at the mailboxes of all tenants. A copy of the hub that may not send reads none: it would delete what the other needs."""

    name = "bounces"
    interval_s = 5.0

    def __init__(self, hub: HubContext) -> None:
        super().__init__()
        self._hub = hub
        self._files = instances.InstanceFiles(hub.settings.data)

    def run_once(self) -> int:
        """Read the mailboxes that are due; return how many reports were about messages of this hub."""
        row = MessageSender
        with self._hub.uow.look_up() as work:
            now = work.now()
            due = select(row.tenant_id, row.id).where(
                row.is_enabled,
                row.bounce_host != "",
                or_(row.bounces_read_at.is_(None), row.bounces_read_at <= now - READ_EVERY),
                or_(row.bounce_problem.is_(None), row.bounces_read_at <= now - RETRY_AFTER),
            )
            keys = [(tenant_id, sender_id) for tenant_id, sender_id in work.session.execute(due)]
            flagged = {
                tenant_id: FF_COMMUNICATION_HUB in feature_flags.enabled_flags(work, tenant_id)
                for tenant_id in {tenant_id for tenant_id, _ in keys}
            }
        count = 0
        for tenant_id, sender_id in keys:
            if flagged[tenant_id] and not self.is_stopping:
                count += self._read(tenant_id, sender_id)
        return count

    def _read(self, tenant_id: str, sender_id: str) -> int:
        """Read one mailbox, if no other process does."""
        try:
            claimed = self._claim(tenant_id, sender_id)
            if claimed is None:
                return 0
            account, position = claimed
            count = 0
            with open_mailbox(account) as mailbox:
                for _ in range(MOST_PORTIONS):
                    settled, position, has_more = self._read_portion(tenant_id, sender_id, mailbox, position)
                    count += settled
                    if not has_more or self.is_stopping:
                        break
        except SenderUnusable as error:
            self._note(tenant_id, sender_id, error)
            return 0
        self._note(tenant_id, sender_id, None)
        return count

    def _claim(self, tenant_id: str, sender_id: str) -> tuple[BounceMailbox, MailboxPosition] | None:
        """Take a mailbox for a minute and return how to read it; None: another process was quicker, or this hub is a copy.

        Raises:
            SenderUnusable: the password can't be decrypted.
        """
        state = self._files.read(tenant_id)
        with self._hub.uow.begin(ACTOR) as work:
            if not instances.may_send(work, tenant_id, state):
                return None
            row = work.session.get(
                MessageSender, (tenant_id, sender_id), with_for_update=True, populate_existing=True
            )
            now = work.now()
            if row is None or (row.bounces_read_at is not None and row.bounces_read_at > now - READ_EVERY):
                return None
            row.bounces_read_at = now
            try:
                password = decrypt(work, row, row.sealed_bounce_password)
            except SecretUnusable as error:
                failure = SenderUnusable(SenderProblem.SECRET_UNUSABLE, str(error))
            else:
                account = BounceMailbox(
                    row.bounce_host, row.bounce_port, row.bounce_security, row.bounce_username, password
                )
                return account, MailboxPosition(row.bounce_uid_validity, row.bounce_last_uid or 0)
        raise failure

    def _read_portion(
        self, tenant_id: str, sender_id: str, mailbox: OpenMailbox, position: MailboxPosition
    ) -> tuple[int, MailboxPosition, bool]:
        """Read some mails, store what they report, and delete those reports.

        Returns:
            How many were reports about messages of the account, the new position, and True if there may be more.
        """
        ours: list[int] = []
        count, last = 0, position.last_uid if position.uid_validity == mailbox.uid_validity else 0
        is_over = False
        for uid, raw in mailbox.read(position):
            if self.is_stopping:
                is_over = True
                break
            settlement = self._settle(tenant_id, sender_id, raw)
            if settlement is Settlement.TOO_EARLY:
                is_over = True
                break
            if settlement is Settlement.SETTLED:
                ours.append(uid)
            count, last = count + 1, uid
        position = MailboxPosition(mailbox.uid_validity, last)
        with self._hub.uow.begin(ACTOR) as work:
            row = work.session.get(MessageSender, (tenant_id, sender_id), with_for_update=True)
            if row is not None:
                row.bounce_uid_validity, row.bounce_last_uid = position.uid_validity, position.last_uid
        mailbox.delete(ours)
        return len(ours), position, count == MOST_AT_ONCE and not is_over

    def _settle(self, tenant_id: str, sender_id: str, raw: bytes) -> Settlement:
        report = read_mail(raw, lambda address: read_tag(self._hub.secret_box.derive_key, address))
        if report is None:
            return Settlement.UNKNOWN
        with self._hub.uow.begin(ACTOR) as work:
            return settle(work, tenant_id, sender_id, report)

    def _note(self, tenant_id: str, sender_id: str, error: SenderUnusable | None) -> None:
        """Note if the mailbox could be read, for the account's page."""
        with self._hub.uow.begin(ACTOR) as work:
            row = work.session.get(MessageSender, (tenant_id, sender_id), with_for_update=True)
            if row is not None:
                row.bounce_problem = error.problem if error else None
                row.bounce_error = error.response[:500] if error else None
