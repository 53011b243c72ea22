"""Listeners of workflows: registrations and imports start them, changes of participants and events end or continue them, and clocks write their history."""

from typing import Any

from hub_sync.hub.domains.events.manifest import EventDeleted, EventUpdated
from hub_sync.hub.domains.participants.manifest import ParticipantRegistered, ParticipantsImported
from hub_sync.hub.domains.workflows.clocks import records
from hub_sync.hub.domains.workflows.manifest import (
    SlaBreached,
    SlaWarned,
    WorkflowEndsDue,
    WorkflowParticipantChanged,
    WorkflowStartsDue,
)
from hub_sync.hub.domains.workflows.triggers import changes, ends, starts
from hub_sync.hub.kit.events.listeners import Listener

LISTENERS: tuple[Listener[Any], ...] = (
    Listener(ParticipantRegistered, starts.on_registered),
    Listener(ParticipantsImported, starts.on_imported),
    Listener(WorkflowStartsDue, starts.on_starts_due),
    Listener(WorkflowParticipantChanged, changes.on_changed),
    Listener(EventDeleted, ends.on_event_deleted),
    Listener(EventUpdated, ends.on_event_updated),
    Listener(WorkflowEndsDue, ends.on_ends_due),
    Listener(SlaWarned, records.on_warned),
    Listener(SlaBreached, records.on_breached),
)
