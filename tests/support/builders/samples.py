"""A row of every kind that a path can name, in the tenant of `seeded`; and callers of every kind."""

import gzip
import io
import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub_sync.contract.enums import Direction, MessageChannel, MessagePurpose, RateLimitTier, ReasonCode
from hub_sync.contract.fleet import CommandKind
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.accounts.credentials import sessions
from hub_sync.hub.domains.accounts.tables import UserSession
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit.tables import AuditLog
from hub_sync.hub.domains.blacklist import service as blacklist
from hub_sync.hub.domains.blacklist.schemas import NewBlacklistEntry
from hub_sync.hub.domains.bulk import service as bulk
from hub_sync.hub.domains.check_in.tables import AccessConflict, AccessLog
from hub_sync.hub.domains.devices.tables import DeviceCommand, DeviceLog
from hub_sync.hub.domains.duplicates.detection import runs
from hub_sync.hub.domains.duplicates.merging.merge import MergeRequest, merge
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.messages import service as messages
from hub_sync.hub.domains.messages.broadcasts import broadcasts
from hub_sync.hub.domains.messages.broadcasts.schemas import NewBroadcast
from hub_sync.hub.domains.messages.message_templates import versions
from hub_sync.hub.domains.messages.message_templates.schemas import NewMessageTemplate
from hub_sync.hub.domains.messages.senders import accounts as accounts_of_messages
from hub_sync.hub.domains.messages.senders.schemas import NewSender
from hub_sync.hub.domains.messages.service import OutgoingMessage, RenderedMessage
from hub_sync.hub.domains.messages.suppression import suppressions
from hub_sync.hub.domains.messages.tables import MessageImage, OutboxInstance
from hub_sync.hub.domains.operators import service as operators
from hub_sync.hub.domains.operators.schemas import NewOperator
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.queue.queues import counters
from hub_sync.hub.domains.queue.queues import service as queues
from hub_sync.hub.domains.queue.schemas import NewCounter, NewQueue
from hub_sync.hub.domains.queue.tickets.actions import Clerk, issue
from hub_sync.hub.domains.registration import service as registration
from hub_sync.hub.domains.series import service as series
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.webhooks.subscriptions import secrets
from hub_sync.hub.domains.webhooks.tables import WebhookAttempt, WebhookDelivery, WebhookSubscription
from hub_sync.hub.domains.workflows import service as workflows
from hub_sync.hub.domains.workflows.calendars import calendars
from hub_sync.hub.domains.workflows.calendars.schemas import NewBusinessCalendar
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.definition.model import Sla, StartTrigger
from hub_sync.hub.domains.workflows.engine.decisions import Answer, Decider, decide
from hub_sync.hub.domains.workflows.manifest import TaskDecision
from hub_sync.hub.domains.workflows.tables import WorkflowDelegation, WorkflowTask
from hub_sync.hub.kit.db.unit_of_work import Work
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import CSRF_HEADER, SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from hub_sync.hub.kit.table_files.process import ReadFile, RowChunk
from hub_sync.hub.kit.table_files.uploads import Upload
from hub_sync.rules.conflicts import ConflictKind
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.deadlines import open_task
from tests.support.speedups import stored_rows

PASSWORD = "correct horse battery"
MANY = 100_000
CANARY = participants.NewParticipant(
    first_name="Zinnia",
    last_name="Quillfeather",
    email="zinnia.q@canary.example",
    phone="+49 30 5550 4711",
    registration_code="CANARY-4711",
    status="APPROVED",
    photo="https://canary.example/zinnia.jpg",
    extra={"diet": "canary seed"},
)
"""The one participant among the samples. Nothing else has these texts."""
CANARY_TEXTS = (
    "Zinnia",
    "Quillfeather",
    "zinnia.q@",
    "5550 4711",
    "CANARY-4711",
    "canary4711",
    "zinnia.jpg",
    "canary seed",
)


@dataclass(frozen=True)
class Caller:
    """A caller: its permissions, and the headers that authenticate it."""

    name: str
    permissions: frozenset[str] | None
    headers: dict[str, str]
    csrf: str = ""
    is_user: bool = False


NOBODY = Caller("nobody", None, {})


def sign_in_caller(hub: HubContext, tenant_id: str, role: Role) -> Caller:
    """Create a user with a role, and sign in."""
    with hub.uow.begin() as work:
        email = f"{role.value.lower()}@{tenant_id[-6:]}.example"
        user = accounts.create_user(work, tenant_id, email, PASSWORD, role=role)
        token = sessions.create_session(work, user, sessions.lifetimes(hub.settings), sessions.Browser())
        permissions = accounts.permissions_of(work, tenant_id, role.value)
    csrf = accounts.csrf_token(token)
    headers = {"Cookie": f"{SESSION_COOKIE}={token}", CSRF_HEADER: csrf}
    return Caller(f"{role.value} of {tenant_id[-4:]}", permissions, headers, csrf, is_user=True)


def create_key_caller(hub: HubContext, tenant_id: str, *scope: str) -> Caller:
    """Create an API key with these permissions and a high rate limit."""
    new = api_keys.NewApiKey(
        name=", ".join(scope)[:120], permissions=list(scope), tier=RateLimitTier.CUSTOM, rate_limit=MANY
    )
    with hub.uow.begin() as work:
        _, raw = api_keys.create(work, tenant_id, new)
    return Caller(f"key {', '.join(scope)}", frozenset(scope), {"X-API-Key": raw})


def another_tenant(hub: HubContext) -> str:
    """Create a second tenant with all flags on, and return its id."""
    with hub.uow.begin() as work:
        tenant = tenants.create(work, hub.secret_box, slug="rival", name="Rival")
        switch_all_flags(work, tenant.id)
    return tenant.id


def switch_all_flags(work: Work, tenant_id: str) -> None:
    """Switch every flag on."""
    for flag in registry().flags.values():
        feature_flags.switch(work, tenant_id, flag, enabled=True)


def create_samples(hub: HubContext, seeded: Seeded) -> dict[str, str]:
    """Create a row of every kind. Return values for the parameters of paths: ids, and names of `zone`, `key` and files."""
    return dict(stored_rows.build_over(hub, "samples", lambda: _create_samples(hub, seeded)))


def _create_samples(hub: HubContext, seeded: Seeded) -> dict[str, str]:
    with hub.uow.begin() as work:
        switch_all_flags(work, seeded.tenant_id)
        listed = blacklist.create(
            work, seeded.tenant_id, NewBlacklistEntry(kind="domain", value="canary.example", action="FLAG")
        )
        somebody = participants.create(work, seeded.tenant_id, seeded.event_id, CANARY)
        work.session.flush()
        hit_id = work.session.scalars(blacklist.hits_of(seeded.tenant_id)).one().id
        user = accounts.create_user(work, seeded.tenant_id, "second@acme.example", PASSWORD, role=Role.VIEWER)
        sessions.create_session(work, user, sessions.lifetimes(hub.settings), sessions.Browser())
        new = api_keys.NewApiKey(name="Shop", permissions=["events:read"])
        key, _ = api_keys.create(work, seeded.tenant_id, new)
        deadline_ids = _deadline(work, FeedKey(seeded.tenant_id, seeded.event_id), somebody.id)
        entries = [_entry(work, seeded, somebody.id, sequence) for sequence in (1, 2)]
        work.session.add_all(entries)
        work.session.flush()
        workflow_ids = _workflow(work, FeedKey(seeded.tenant_id, seeded.event_id), somebody.id, user.id)
        conflict = _conflict(work, seeded, somebody.id, [entry.id for entry in entries])
        webhook = _webhook(work, hub, seeded)
        work.session.add_all([conflict, webhook])
        work.session.flush()
        delivery = _delivery(work, webhook)
        work.session.add_all([delivery, _attempt(work, delivery)])
        work.session.flush()
        audited = work.session.scalars(
            select(AuditLog.id).where(
                AuditLog.tenant_id == seeded.tenant_id, AuditLog.entity == "participant"
            )
        ).first()
        new_operator = NewOperator(name="Kim", pin="250917")
        operator = operators.create(work, seeded.tenant_id, seeded.event_id, new_operator)
        command, log = _command(work, seeded), _log(work, seeded)
        work.session.add_all([command, log])
        outbox_ids = _outbox(work, seeded.tenant_id)
        import_id = _import(work, FeedKey(seeded.tenant_id, seeded.event_id))
        duplicate_ids = _duplicates(work, FeedKey(seeded.tenant_id, seeded.event_id), somebody.id)
        message_ids = _messages(work, FeedKey(seeded.tenant_id, seeded.event_id))
        queue_ids = _queue(work, FeedKey(seeded.tenant_id, seeded.event_id))
        registration.update_settings(
            work,
            FeedKey(seeded.tenant_id, seeded.event_id),
            registration.RegistrationSettingsChanges(is_active=True),
        )
        waitlist_entry_id = _waitlist(work, FeedKey(seeded.tenant_id, seeded.event_id))
        session_id = work.session.scalars(select(UserSession.id)).first()
        ticket_key_id = work.session.scalars(
            select(tenants.QrKey.id).where(tenants.QrKey.tenant_id == seeded.tenant_id)
        ).first()
    operation_id = _operation(hub, FeedKey(seeded.tenant_id, seeded.event_id), somebody.id)
    with hub.uow.begin() as work:
        options = series.CloneOptions.model_validate({"slug": "next", "start_on": "2027-06-09"})
        clone_id = series.run_clone(work, seeded.tenant_id, seeded.event_id, options).id
        new_series = series.NewSeries(
            name="Summits", slug="summits", time_zone="Europe/Berlin", is_public=True
        )
        row = series.create_series(work, seeded.tenant_id, new_series)
        edition = series.NewEdition(event_id=seeded.event_id)
        edition_id = series.add_edition(work, seeded.tenant_id, row.id, edition).id
        change = {"edition_id": edition_id, "scope": "THIS", "settings": {"day_begins_at": "05:00"}}
        change_options = series.ChangeOptions.model_validate(change)
        plan = series.plan_change(work, seeded.tenant_id, row.id, change_options)
        series_operation_id = series.run_change(
            work, seeded.tenant_id, row.id, change_options, plan.plan_hash or "", confirmed=True
        ).id
        pattern = series.CloneOptions(slug="pattern", as_template=True)
        template_id = series.run_clone(work, seeded.tenant_id, seeded.event_id, pattern).target_event_id
        tenant_slug = tenants.get(work, seeded.tenant_id).slug
    return {
        "clone_id": clone_id,
        "series_id": row.id,
        "series_slug": row.slug,
        "tenant_slug": tenant_slug,
        "edition_id": edition_id,
        "series_operation_id": series_operation_id,
        "event_template_id": template_id or "",
        "event_id": seeded.event_id,
        "operation_id": operation_id,
        "participant_id": somebody.id,
        **deadline_ids,
        **workflow_ids,
        "number": "1",
        "checkpoint_id": seeded.gate_id,
        "device_id": seeded.device_id,
        "command_id": command.id,
        "log_id": log.id,
        "profile": "gate",
        "profile_name": "gate",
        "key_id": key.id,
        "ticket_key_id": str(ticket_key_id),
        "user_id": user.id,
        "session_id": str(session_id),
        "operator_id": operator.id,
        "blacklist_id": listed.id,
        "hit_id": hit_id,
        "entry_id": str(audited),
        "access_log_id": entries[0].id,
        "conflict_id": conflict.id,
        "webhook_id": webhook.id,
        "delivery_id": delivery.id,
        **queue_ids,
        "import_id": import_id,
        **outbox_ids,
        "line": "2",
        **duplicate_ids,
        **message_ids,
        "zone": "hall-a",
        "key": FF_WAITLIST,
        "waitlist_entry_id": waitlist_entry_id,
        "token": "no-such-token",
        "action": "park",
    }


def _import(work: Work, key: FeedKey) -> str:
    """Create an import of one row, whose columns are guessed."""
    cells = zlib.compress(b'[[1,["First name"]],[2,["Grace"]]]')
    about = {"format": "csv", "encoding": "utf-8", "delimiter": ",", "rows": 2, "columns": 1}
    upload = Upload("people.csv", io.BytesIO(), 17, "0" * 64)
    received = imports.ReceivedFile(upload, [], ReadFile(about, [RowChunk(1, 2, cells)]))
    return imports.create(work, key, imports.PARTICIPANTS, received).id


def _outbox(work: Work, tenant_id: str) -> dict[str, str]:
    """Create an account, a message through it, an address on the list, and a copy of the hub that waits."""
    new = NewSender(name="Main", host="mail.acme.example", from_address="tickets@acme.example")
    sender = accounts_of_messages.create(work, tenant_id, new)
    message = OutgoingMessage(
        tenant_id=tenant_id,
        channel=MessageChannel.EMAIL,
        recipient="canary@acme.example",
        purpose=MessagePurpose.MARKETING,
        dedupe_key="canary",
        content=RenderedMessage("Canary", "Canary"),
    )
    suppression = suppressions.add(
        work, tenant_id, MessageChannel.EMAIL, "canary@acme.example", MessagePurpose.MARKETING
    )
    image = MessageImage(
        tenant_id=tenant_id, id=work.new_id(), name="sample.png", media_type="image/png", content=b"-"
    )
    work.session.add(image)
    instance = OutboxInstance(tenant_id=tenant_id, id=work.new_id(), host="canary")
    work.session.add(instance)
    return {
        "sender_id": sender.id,
        "message_id": messages.enqueue(work, message),
        "suppression_id": suppression.id,
        "instance_id": instance.id,
        "image_id": image.id,
    }


def _operation(hub: HubContext, key: FeedKey, participant_id: str) -> str:
    """Create a bulk operation with a preview."""
    selection = bulk.Selection(ids=(participant_id,))
    with hub.uow.begin() as work:
        arguments = {"category": "Press"}
        operation = bulk.create(
            work, key, bulk.Requester("cli"), "participant.category", arguments, selection
        )
    bulk.preview(hub.uow, key, operation.id)
    return operation.id


def _command(work: Work, seeded: Seeded) -> DeviceCommand:
    return DeviceCommand(
        tenant_id=seeded.tenant_id,
        id=work.new_id(),
        device_id=seeded.device_id,
        kind=CommandKind.RELOAD,
        expires_at=work.now() + timedelta(days=1),
    )


def _log(work: Work, seeded: Seeded) -> DeviceLog:
    return DeviceLog(
        tenant_id=seeded.tenant_id,
        id=work.new_id(),
        device_id=seeded.device_id,
        command_id=work.new_id(),
        content=gzip.compress(b"12:00 it started"),
        size=36,
        received_at=work.now(),
    )


def _waitlist(work: Work, key: FeedKey) -> str:
    """Create a waitlist with somebody who waits, and switch it off: what registers people is to find seats."""
    feature_flags.switch(work, key.tenant_id, FF_WAITLIST, enabled=True)
    changes = waitlist.WaitlistSettingsChanges(is_active=True, is_paused=True, is_public=True)
    waitlist.update_settings(work, key, changes)
    person = participants.create(work, *key, participants.NewParticipant(), takes_seat=False)
    entry = waitlist.join(work, key, waitlist.NewWaitlistEntry(participant_id=person.id))
    waitlist.update_settings(work, key, waitlist.WaitlistSettingsChanges(is_active=False))
    return entry.id


def _queue(work: Work, key: FeedKey) -> dict[str, str]:
    """Create a queue, a counter and a number."""
    queue = queues.create(work, key, NewQueue(name="Registration", letter="A"))
    counter = counters.create(work, key, NewCounter(name="Counter 1", queue_ids=(queue.id,)))
    ticket = issue(work, key, queue.id, Clerk()).ticket
    return {"queue_id": queue.id, "counter_id": counter.id, "ticket_id": ticket.id}


def _messages(work: Work, key: FeedKey) -> dict[str, str]:
    """Create a draft of a template and of a broadcast."""
    text = NewMessageTemplate(
        name="Programme", subject="{{ event.name }}", body="Hello {{ participant.name }}"
    )
    template = versions.create(work, key.tenant_id, text)
    new = NewBroadcast(title="Reminder", template_name="reminder", audience=bulk.Selection(all=True))
    broadcast = broadcasts.create(work, key, new)
    return {"template_id": template.id, "broadcast_id": broadcast.id, "trigger": "participant.approved"}


def _duplicates(work: Work, key: FeedKey, participant_id: str) -> dict[str, str]:
    """Create a pair that waits for a decision, a merge, and a search for duplicates."""
    twin, other = (participants.create(work, *key, participants.NewParticipant()).id for _ in range(2))
    a_id, b_id = sorted((participant_id, twin))
    candidate = DuplicateCandidate(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        event_id=key.event_id,
        a_id=a_id,
        b_id=b_id,
        score=0.9,
        data_hash="0" * 64,
    )
    work.session.add(candidate)
    merged = merge(work, *key, MergeRequest(twin, other))
    run = runs.start(work, *key)
    return {"candidate_id": candidate.id, "merge_id": merged.id, "run_id": run.id}


def _workflow(work: Work, key: FeedKey, participant_id: str, user_id: str) -> dict[str, str]:
    """Create a workflow that somebody is in, whose task was decided, and a delegation."""
    step = {
        "key": "review",
        "name": "Review",
        "type": "REVIEW",
        "assignees": {"roles": ["ADMIN", "OPERATOR"]},
    }
    new = workflows.NewWorkflow.model_validate({"name": "Accreditation", "definition": {"steps": [step]}})
    workflow = workflows.create(work, key, new)
    workflows.publish(work, key, workflow.id)
    execution = workflows.start(work, key, workflow, participant_id, StartTrigger.MANUAL)
    work.session.flush()
    task_id = str(
        work.session.scalar(select(WorkflowTask.id).where(WorkflowTask.execution_id == execution.id))
    )
    reason = f"{CANARY.first_name} is known"
    decide(work, key, task_id, Decider(), Answer(decision=TaskDecision.REJECT, reason=reason))
    delegation = WorkflowDelegation(
        tenant_id=key.tenant_id,
        id=work.new_id(),
        user_id=user_id,
        delegate_id=user_id,
        starts_at=work.now(),
        ends_at=work.now() + timedelta(days=1),
    )
    work.session.add(delegation)
    return {
        "workflow_id": workflow.id,
        "step_key": "review",
        "route_number": "0",
        "branch_key": "papers",
        "execution_id": execution.id,
        "task_id": task_id,
        "delegation_id": delegation.id,
    }


def _deadline(work: Work, key: FeedKey, participant_id: str) -> dict[str, str]:
    """Return the ids of business hours, and of a clock that counts by them."""
    week = {"monday": [{"opens": "09:00", "closes": "17:00"}]}
    new = NewBusinessCalendar.model_validate({"name": "Office", "hours": week})
    calendar = calendars.create(work, key.tenant_id, new)
    task = open_task(work, key, participant_id)
    clock = clocks.start(work, task.start(Sla(minutes=60, calendar_id=calendar.id)))
    assert clock is not None
    return {"calendar_id": calendar.id, "clock_id": clock.id}


def _webhook(work: Work, hub: HubContext, seeded: Seeded) -> WebhookSubscription:
    """Return a webhook whose endpoint is refused before anything is sent."""
    webhook_id = work.new_id()
    return WebhookSubscription(
        tenant_id=seeded.tenant_id,
        id=webhook_id,
        url="http://127.0.0.1:9/",
        event_types=["*"],
        sealed_secret=secrets.encrypt_secret(
            hub.secret_box, seeded.tenant_id, webhook_id, secrets.generate()
        ),
    )


def _delivery(work: Work, webhook: WebhookSubscription) -> WebhookDelivery:
    return WebhookDelivery(
        tenant_id=webhook.tenant_id,
        id=work.new_id(),
        subscription_id=webhook.id,
        message_id=work.new_id(),
        event_type="participant.approved",
        body=f'{{"data": {{"registration_code": "{CANARY.registration_code}"}}}}',
        due_at=work.now(),
    )


def _attempt(work: Work, delivery: WebhookDelivery) -> WebhookAttempt:
    """Return an attempt at which the endpoint answered what it had got."""
    return WebhookAttempt(
        tenant_id=delivery.tenant_id,
        id=work.new_id(),
        delivery_id=delivery.id,
        subscription_id=delivery.subscription_id,
        number=1,
        started_at=work.now(),
        duration_ms=5,
        succeeded=True,
        response_status=200,
        response_body=delivery.body,
    )


def _entry(work: Work, seeded: Seeded, participant_id: str, sequence: int) -> AccessLog:
    at = work.now() - timedelta(minutes=10 - sequence)
    values: dict[str, Any] = {
        "scan_type": "QR",
        "result": "VALID",
        "reason_code": ReasonCode.ADMITTED,
        "direction": Direction.ENTRY,
        "zone": "hall-a",
        "marks": [],
        "clock": {},
        "clock_sure": True,
        "journal_hash": "0" * 64,
        "passage": "GRANTED",
    }
    return AccessLog(
        tenant_id=seeded.tenant_id,
        id=work.new_id(),
        event_id=seeded.event_id,
        checkpoint_id=seeded.gate_id,
        device_id=seeded.device_id,
        journal_id="a-journal",
        sequence=sequence,
        log_seq=sequence,
        participant_id=participant_id,
        scanned_at_ms=int(at.timestamp() * 1000),
        effective_at_ms=int(at.timestamp() * 1000),
        received_at=at,
        **values,
    )


def _conflict(work: Work, seeded: Seeded, participant_id: str, entries: list[str]) -> AccessConflict:
    return AccessConflict(
        tenant_id=seeded.tenant_id,
        id=work.new_id(),
        event_id=seeded.event_id,
        zone="hall-a",
        participant_id=participant_id,
        earlier_id=entries[0],
        later_id=entries[1],
        kind=ConflictKind.DOUBLE_ENTRY,
        subject=entries[1],
        at_ms=0,
        until_ms=0,
        device_id=seeded.device_id,
        other_device_id=seeded.device_id,
    )
