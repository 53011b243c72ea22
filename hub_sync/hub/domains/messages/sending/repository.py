"""The engine's access to the database.

One transaction records what became of messages and claims the next ones, exactly as many as connections wait for one. So a
row is SENDING only while a connection has it, and a kill leaves no more rows UNSURE than there are connections. A claim is one
statement, which reads the list of suppressed addresses again.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    case,
    exists,
    false,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from hub_sync.contract.enums import MessageChannel, MessagePurpose, MessageStatus
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.bounces.provider_reports import metadata_headers
from hub_sync.hub.domains.messages.bounces.tags import tagged_address
from hub_sync.hub.domains.messages.delivery.compose import PROMOTION
from hub_sync.hub.domains.messages.delivery.content import (
    STORED,
    ContentSource,
    ContentUnusable,
    DeliveryContent,
)
from hub_sync.hub.domains.messages.delivery.failures import DeliveryFailure
from hub_sync.hub.domains.messages.delivery.outbox import WAITING
from hub_sync.hub.domains.messages.delivery.result_events import emit_bounced
from hub_sync.hub.domains.messages.delivery.retry_schedule import RandomSource, next_attempt
from hub_sync.hub.domains.messages.delivery_manifest import MessageSent
from hub_sync.hub.domains.messages.manifest import FF_COMMUNICATION_HUB
from hub_sync.hub.domains.messages.senders.mail_message import Envelope, build_mail
from hub_sync.hub.domains.messages.senders.problems import (
    FIRST_RETRY,
    LAST_RETRY,
    SenderProblem,
    SenderUnusable,
)
from hub_sync.hub.domains.messages.senders.settings import SenderSettings, settings_of
from hub_sync.hub.domains.messages.sending import instances
from hub_sync.hub.domains.messages.sending.batch import (
    ClaimedMessage,
    MessageAttempt,
    MessageBatch,
    MessageBatchResult,
    MessageClaim,
    PreparedMessage,
)
from hub_sync.hub.domains.messages.suppression import links, suppressions
from hub_sync.hub.domains.messages.tables import MessageDelivery, MessageSender, MessageSuppression
from hub_sync.hub.kit.db.bulk import among_bound, dump_values, in_values
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork, Work
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.security.encryption import SecretUnusable
from hub_sync.rules.times.quiet_hours import next_allowed
from hub_sync.rules.times.time_zones import load_time_zone_or_utc

LEASE = timedelta(minutes=3)
"""Longer than all timeouts of one message together: a process that has not reported by then is dead."""
SENDER_LEASE = timedelta(seconds=30)
LATE_EVERY = timedelta(seconds=30)
"""How often messages are looked for whose time is over. That reads all that are due; what is late is never claimed, in any case."""
CANDIDATES = 256
"""Rows that are looked at for one portion; most of them may have to wait for the morning."""

_D: Any = MessageDelivery.metadata.tables[MessageDelivery.__tablename__].c
_DELIVERIES: Table = MessageDelivery.metadata.tables[MessageDelivery.__tablename__]
_SUPPRESSED = exists().where(
    MessageSuppression.tenant_id == _D.tenant_id,
    MessageSuppression.channel == _D.channel,
    MessageSuppression.address == _D.recipient,
    MessageSuppression.purpose == _D.purpose,
)
_CLAIM = update(_DELIVERIES).values(
    status=case((_SUPPRESSED, MessageStatus.SUPPRESSED), else_=MessageStatus.SENDING),
    leased_by=case((_SUPPRESSED, null()), else_=bindparam("worker")),
    leased_until=case((_SUPPRESSED, null()), else_=bindparam("until", type_=_D.leased_until.type)),
    attempts=_D.attempts + case((_SUPPRESSED, 0), else_=1),
    settled_at=case((_SUPPRESSED, bindparam("now", type_=_D.settled_at.type)), else_=null()),
    error_code=case((_SUPPRESSED, DeliveryFailure.OPTED_OUT), else_=null()),
    error=null(),
    due_at=null(),
    sender_id=bindparam("sender"),
    updated_at=bindparam("now", type_=_D.updated_at.type),
)
_SETTLE = (
    update(_DELIVERIES)
    .where(
        _D.tenant_id == bindparam("t"),
        _D.id == bindparam("i"),
        _D.leased_by == bindparam("worker"),
        or_(_D.status == MessageStatus.SENDING, _D.status == MessageStatus.UNSURE),
    )
    .values(
        status=bindparam("new_status", type_=_D.status.type),
        attempts=bindparam("new_attempts"),
        due_at=bindparam("new_due_at", type_=_D.due_at.type),
        sent_at=bindparam("new_sent_at", type_=_D.sent_at.type),
        settled_at=bindparam("new_settled_at", type_=_D.settled_at.type),
        error_code=bindparam("new_code"),
        error=bindparam("new_error"),
        leased_until=null(),
        leased_by=case((bindparam("keeps_lease"), _D.leased_by), else_=null()),
        content=case((bindparam("forgets"), literal({}, _D.content.type)), else_=_D.content),
        sent_values=bindparam("new_values", type_=_D.sent_values.type),
        updated_at=bindparam("now", type_=_D.updated_at.type),
    )
)


@cache
def _claim_statement(dialect_name: str) -> "ReturningUpdate[Any]":
    """Return the claim of some deliveries; it is built once, since that costs more than its execution."""
    now = bindparam("now", type_=_D.due_at.type)
    return _CLAIM.where(
        _D.tenant_id == bindparam("t"),
        among_bound(_D.id, "ids", dialect_name),
        or_(_D.status == MessageStatus.QUEUED, _D.status == MessageStatus.DEFERRED),
        _D.due_at <= now,
        or_(_D.latest_at.is_(None), _D.latest_at >= now),
    ).returning(_D.id, _D.status, _D.attempts)


ACTOR = "messages"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DueSender:
    """An account that this process serves, with what it sent lately, for its limits."""

    settings: SenderSettings
    sent: tuple[datetime, ...]
    instance_id: str


class OutboxRepository:
    """The transactions of one engine."""

    def __init__(
        self,
        uow: UnitOfWork,
        worker_id: str,
        sources: Mapping[str, ContentSource],
        files: instances.InstanceFiles,
        link_of: Callable[[str], str],
        random_source: RandomSource = random.random,
    ) -> None:
        """Create the repository of one process.

        Args:
            uow: the unit of work.
            worker_id: the name of this process in leases.
            sources: the content sources by name.
            files: the instance files of the data folder.
            link_of: returns the address of a path of this hub.
            random_source: the source of the retries' jitter.
        """
        self._uow, self._worker_id, self._sources = uow, worker_id, sources
        self._files, self._link_of, self._random = files, link_of, random_source
        self._late_checked_at: datetime | None = None

    def begin(self) -> None:
        """Give up what a killed process was sending, on SQLite only: a hub is one process there."""
        if self._uow.database.is_sqlite:
            with self._uow.begin(ACTOR) as work:
                _become_unsure(work, _D.status == MessageStatus.SENDING)
                release = update(MessageSender).where(MessageSender.leased_by.is_not(None))
                work.session.execute(release.values(leased_by=None, leased_until=None))

    # which accounts

    def poll(self, served: Collection[tuple[str, str]]) -> list[DueSender]:
        """Return the accounts that this process is to serve now; give up leases that have run out.

        Args:
            served: tenant and id of the accounts that it serves already.
        """
        with self._uow.look_up() as work:
            now = work.now()
            expired = select(_D.id).where(_D.leased_until < now).limit(1)
            must_clean = work.connection.execute(expired).first() is not None
            must_clean = self._has_late(work, now) or must_clean
            rows = work.session.scalars(
                select(MessageSender).where(
                    MessageSender.is_enabled,
                    or_(MessageSender.problem.is_(None), MessageSender.retry_at <= now),
                    MessageSender.channel != MessageChannel.KIOSK,
                )
            ).all()
            flags = {
                tenant_id: FF_COMMUNICATION_HUB in feature_flags.enabled_flags(work, tenant_id)
                for tenant_id in {row.tenant_id for row in rows}
            }
            busy = [
                (row.tenant_id, row.id)
                for row in rows
                if flags[row.tenant_id] and ((row.tenant_id, row.id) in served or _has_due(work, row, now))
            ]
        if must_clean:
            with self._uow.begin(ACTOR) as work:
                _become_unsure(work, _D.leased_until < work.now())
                _give_up_late(work)
        return [due for key in busy if (due := self._serve(*key)) is not None]

    def _has_late(self, work: Work, now: datetime) -> bool:
        """Return True if messages wait whose time is over, as far as it is time to look for them."""
        before = self._late_checked_at
        if before is not None and before <= now < before + LATE_EVERY:
            return False
        self._late_checked_at = now
        late = select(_D.id).where(_D.due_at <= now, _D.latest_at < now)
        return work.connection.execute(late.limit(1)).first() is not None

    def _serve(self, tenant_id: str, sender_id: str) -> DueSender | None:
        """Lease an account, or renew the lease; None: another process has it, or the tenant's outbox is withheld."""
        state = self._files.read(tenant_id)
        with self._uow.begin(ACTOR) as work:
            if not instances.may_send(work, tenant_id, state):
                return None
            now = work.now()
            row = work.session.get(
                MessageSender, (tenant_id, sender_id), with_for_update=True, populate_existing=True
            )
            free = row is not None and (
                row.leased_by in (None, self._worker_id) or row.leased_until is None or row.leased_until < now
            )
            if row is None or not free:
                return None
            row.leased_by, row.leased_until = self._worker_id, now + SENDER_LEASE
            try:
                settings = settings_of(work, row)
            except SecretUnusable as error:
                _set_problem(row, SenderProblem.SECRET_UNUSABLE, str(error), now)
                return None
            return DueSender(settings, _sent_lately(work, settings, now), state.id)

    def release_sender(self, settings: SenderSettings) -> None:
        """Let another process serve an account."""
        row = MessageSender
        mine = update(row).where(
            row.tenant_id == settings.tenant_id, row.id == settings.id, row.leased_by == self._worker_id
        )
        with self._uow.begin(ACTOR) as work:
            work.session.execute(mine.values(leased_by=None, leased_until=None))

    def set_problem(self, settings: SenderSettings, error: SenderUnusable) -> None:
        """Note that an account does not work; an account that was changed since is left alone."""
        with self._uow.begin(ACTOR) as work:
            row = work.session.get(
                MessageSender, (settings.tenant_id, settings.id), with_for_update=True, populate_existing=True
            )
            if row is not None and row.version == settings.version:
                _set_problem(row, error.problem, error.response, work.now())

    def clear_problem(self, settings: SenderSettings) -> None:
        """Note that an account works."""
        row = MessageSender
        mine = update(row).where(
            row.tenant_id == settings.tenant_id, row.id == settings.id, row.problem.is_not(None)
        )
        with self._uow.begin(ACTOR) as work:
            work.session.execute(
                mine.values(problem=None, problem_response=None, problem_since=None, retry_at=None)
            )

    # what is sent

    def prepare(
        self, sender: SenderSettings, known: Collection[str], limit: int
    ) -> tuple[list[PreparedMessage], bool]:
        """Build the content of due deliveries; those that can't be built fail, and those of the night are deferred.

        Args:
            sender: the account.
            known: the ids of those that are prepared already.
            limit: the most to prepare.

        Returns:
            The deliveries, and True if there may be more.
        """
        prepared: list[PreparedMessage] = []
        deferred: dict[datetime, list[str]] = defaultdict(list)
        failed: dict[str, str] = {}
        with self._uow.read() as work:
            now = work.now()
            columns = [_D[name] for name in (*_CONTENT_COLUMNS, "content_source", "content", "message_id")]
            unknown = _D.id.not_in(list(known)) if known else true()
            # In the order of the index: a broadcast of thousands is due at one time, and would be sorted for each portion.
            query = select(*columns).where(_due(sender, now), unknown).order_by(_D.due_at)
            most = CANDIDATES if sender.quiet else limit
            rows = work.connection.execute(query.limit(most)).all()
            for row in rows:
                if len(prepared) >= limit:
                    break
                allowed = _allowed_at(sender, row, now)
                if allowed > now:
                    deferred[allowed].append(row.id)
                    continue
                try:
                    prepared.append(self._prepare(work, sender, row, now))
                except ContentUnusable as error:
                    failed[row.id] = str(error)
                except Exception:
                    log.exception("message_not_built", delivery=row.id)
                    failed[row.id] = ""
        if deferred or failed:
            with self._uow.begin(ACTOR) as work:
                for allowed, ids in deferred.items():
                    _change_waiting(
                        work,
                        sender.tenant_id,
                        ids,
                        status=MessageStatus.DEFERRED,
                        due_at=allowed,
                        error_code=DeliveryFailure.QUIET_HOURS,
                    )
                for id_, sentence in failed.items():
                    _change_waiting(
                        work,
                        sender.tenant_id,
                        [id_],
                        status=MessageStatus.FAILED,
                        due_at=None,
                        settled_at=work.now(),
                        error_code=DeliveryFailure.CONTENT_UNUSABLE,
                        error=sentence[:500],
                    )
        return prepared, len(rows) > len(prepared) or len(rows) == most

    def _prepare(self, work: Work, sender: SenderSettings, row: Any, now: datetime) -> PreparedMessage:
        source = self._sources.get(row.content_source)
        if source is None:
            raise ContentUnusable(f"There is no content source {row.content_source}.")
        values = {name: getattr(row, name) for name in _CONTENT_COLUMNS}
        delivery = DeliveryContent(source=row.content_source, data=row.content, **values)
        content = source.build(work, delivery)
        payload, envelope_sender = None, sender.bounce_address
        if sender.channel is MessageChannel.EMAIL:
            if sender.has_bounce_tags:
                envelope_sender = tagged_address(work.derive_key, envelope_sender, row.id)
            headers = metadata_headers(sender.smtp.host, row.id)
            headers |= _TO_MANY if row.broadcast_id else _BY_ITSELF
            if row.purpose != MessagePurpose.TRANSACTIONAL:
                path = links.unsubscribe_path(work.derive_key, delivery)
                headers |= links.unsubscribe_headers(self._link_of(path))
            envelope = Envelope(
                sender.from_address,
                sender.from_name,
                sender.reply_to,
                row.recipient,
                row.message_id,
                now,
                headers,
            )
            payload = build_mail(envelope, content)
        return PreparedMessage(
            row.tenant_id,
            row.id,
            row.channel,
            row.recipient,
            row.content_source == STORED,
            payload,
            content,
            envelope_sender,
            row.event_id,
            PROMOTION in row.content,
        )

    def run_batch(self, batch: MessageBatch, instance_ids: Mapping[str, str]) -> MessageBatchResult:
        """Record attempts and claim deliveries, in one transaction.

        Args:
            batch: what to do.
            instance_ids: this hub's instance by tenant.
        """
        claimed: dict[str, list[ClaimedMessage]] = {}
        generations: dict[str, int] = {}
        with self._uow.begin(ACTOR) as work:
            self._record(work, batch.attempts)
            for claim in batch.claims:
                taken = self._claim(work, claim)
                claimed[claim.sender.id] = taken
                tenant_id = claim.sender.tenant_id
                if taken:
                    generations[tenant_id] = instances.next_generation(
                        work, tenant_id, instance_ids[tenant_id]
                    )
        for tenant_id, generation in generations.items():
            self._files.write(tenant_id, generation)
        return MessageBatchResult(claimed)

    def _claim(self, work: Work, claim: MessageClaim) -> list[ClaimedMessage]:
        now, sender = work.now(), claim.sender
        by_id = {prepared.id: prepared for prepared in claim.prepared}
        bound = {
            "t": sender.tenant_id,
            "ids": dump_values(by_id),
            "worker": self._worker_id,
            "until": now + LEASE,
            "now": now,
            "sender": sender.id,
        }
        rows = work.connection.execute(_claim_statement(work.dialect.name), bound).all()
        return [
            ClaimedMessage(by_id[row.id], sender.id, row.attempts, now)
            for row in rows
            if row.status == MessageStatus.SENDING
        ]

    def _record(self, work: Work, attempts: Sequence[MessageAttempt]) -> None:
        if not attempts:
            return
        now = work.now()
        bounced = [attempt for attempt in attempts if attempt.outcome.status is MessageStatus.BOUNCED]
        work.connection.execute(_SETTLE, [self._settled(attempt, now) for attempt in attempts])
        awaited = [
            attempt.claimed.prepared
            for attempt in attempts
            if attempt.outcome.status is MessageStatus.SENT and attempt.claimed.prepared.is_awaited
        ]
        for prepared in awaited:
            sent = MessageSent(entity_id=prepared.id, event_id=prepared.event_id)
            domain_events.emit(work, prepared.tenant_id, sent)
        for attempt in bounced:
            prepared = attempt.claimed.prepared
            emit_bounced(work, prepared.tenant_id, prepared.id)
            if attempt.outcome.suppresses:
                suppressions.suppress_bounced(
                    work, prepared.tenant_id, prepared.channel, prepared.recipient, attempt.outcome.response
                )

    def _settled(self, attempt: MessageAttempt, now: datetime) -> dict[str, Any]:
        claimed, outcome = attempt.claimed, attempt.outcome
        status, due_at, attempts = outcome.status, None, claimed.attempts
        if status is MessageStatus.DEFERRED:
            due_at = next_attempt(now, attempts, self._random)
            status = status if due_at else MessageStatus.DEAD
        elif status is MessageStatus.QUEUED:  # nothing was tried
            due_at, attempts = now, attempts - 1
            status = MessageStatus.DEFERRED if attempts else status
        is_settled = status not in (*WAITING, MessageStatus.UNSURE)
        return {
            "t": claimed.prepared.tenant_id,
            "i": claimed.prepared.id,
            "worker": self._worker_id,
            "new_status": status,
            "new_attempts": attempts,
            "new_due_at": due_at,
            "new_sent_at": now if status is MessageStatus.SENT else None,
            "new_settled_at": now if is_settled else None,
            "new_code": outcome.code,
            "new_error": outcome.response or None,
            "keeps_lease": status is MessageStatus.UNSURE,
            "new_values": claimed.prepared.content.values if status in _PERHAPS_SENT else None,
            "forgets": status is MessageStatus.SENT and claimed.prepared.is_stored,
            "now": now,
        }


_BY_ITSELF = {"Auto-Submitted": "auto-generated"}
"""No person wrote it now: no vacation notice answers (RFC 3834, 5)."""
_TO_MANY = {"Precedence": "bulk"}
"""A person wrote it to many: programs that answer by themselves leave it alone (RFC 3834, 2)."""
_PERHAPS_SENT = (MessageStatus.SENT, MessageStatus.UNSURE)
_CONTENT_COLUMNS = (
    "tenant_id",
    "id",
    "channel",
    "recipient",
    "purpose",
    "locale",
    "time_zone",
    "event_id",
    "participant_id",
    "broadcast_id",
    "automatic_rule_id",
)


def _due(sender: SenderSettings, now: datetime) -> ColumnElement[bool]:
    """Return the condition of deliveries that an account may send now."""
    through = or_(_D.sender_id == sender.id, and_(_D.sender_id.is_(None)) if sender.is_default else false())
    return and_(
        _D.tenant_id == sender.tenant_id,
        _D.channel == sender.channel,
        _D.due_at <= now,
        through,
        or_(_D.latest_at.is_(None), _D.latest_at >= now),
    )


def _has_due(work: Work, row: MessageSender, now: datetime) -> bool:
    through = or_(_D.sender_id == row.id, _D.sender_id.is_(None) if row.is_default else false())
    due = select(_D.id).where(
        _D.tenant_id == row.tenant_id, _D.channel == row.channel, _D.due_at <= now, through
    )
    return work.connection.execute(due.limit(1)).first() is not None


def _allowed_at(sender: SenderSettings, row: Any, now: datetime) -> datetime:
    """Return when the recipient may be written to."""
    if sender.quiet is None or row.purpose == MessagePurpose.TRANSACTIONAL:
        return now
    return next_allowed(now, load_time_zone_or_utc(row.time_zone), sender.quiet)


def _change_waiting(work: Work, tenant_id: str, ids: Sequence[str], **values: Any) -> None:
    waiting = (_D.tenant_id == tenant_id, in_values(_D.id, ids, work.dialect), _D.status.in_(WAITING))
    work.connection.execute(update(_DELIVERIES).where(*waiting).values(**values, updated_at=work.now()))


def _become_unsure(work: Work, condition: ColumnElement[bool]) -> None:
    """List what a process was sending when it died; that process, if it lives, may still say what became of it."""
    work.connection.execute(
        update(_DELIVERIES)
        .where(condition, _D.status == MessageStatus.SENDING)
        .values(
            status=MessageStatus.UNSURE,
            leased_until=None,
            error_code=DeliveryFailure.UNCERTAIN,
            updated_at=work.now(),
        )
    )


def _give_up_late(work: Work) -> None:
    """Give up what may not be sent any more without a person's word."""
    late = (_D.due_at <= work.now(), _D.latest_at < work.now(), _D.status.in_(WAITING))
    work.connection.execute(
        update(_DELIVERIES)
        .where(*late)
        .values(
            status=MessageStatus.DEAD,
            due_at=None,
            settled_at=work.now(),
            error_code=DeliveryFailure.TOO_LATE,
            updated_at=work.now(),
        )
    )


def _sent_lately(work: Work, settings: SenderSettings, now: datetime) -> tuple[datetime, ...]:
    """Return when an account sent within its windows, so that a restart does not let it send more."""
    if not settings.limits:
        return ()
    longest = max(limit.window for limit in settings.limits)
    count = max(limit.count for limit in settings.limits)
    sent = (
        select(_D.sent_at)
        .where(_D.tenant_id == settings.tenant_id, _D.sender_id == settings.id, _D.sent_at > now - longest)
        .order_by(_D.sent_at.desc())
    )
    return tuple(work.connection.execute(sent.limit(count)).scalars())


def _set_problem(row: MessageSender, problem: SenderProblem, response: str, now: datetime) -> None:
    since = row.problem_since if row.problem == problem and row.problem_since else now
    row.problem, row.problem_response, row.problem_since = problem, response[:500], since
    row.retry_at = None if problem.needs_a_person else now + min(max(now - since, FIRST_RETRY), LAST_RETRY)
    row.leased_by = row.leased_until = None
