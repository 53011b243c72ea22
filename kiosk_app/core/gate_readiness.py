"""Readiness of the gate: can it decide scans, and if not, what does it lack?"""

from hub_sync.client.store import Store
from hub_sync.client.sync.status import ConnectionState, SyncStatus
from kiosk_app.core.assignment import Assignment, checkpoints_to_choose, served_checkpoint
from kiosk_app.messages import GateReadiness, ReadinessState


def gate_readiness(
    store: Store, assignment: Assignment | None, status: SyncStatus, *, just_started: bool
) -> GateReadiness:
    """Return the readiness. `just_started`: the hub may not have had the time to answer yet.

    Raises:
        StoreError: the store could not be read.
    """
    if assignment is not None:
        return GateReadiness()
    enrolment = store.settings.enrolment()
    if enrolment is None:
        return GateReadiness(ReadinessState.NOT_ENROLLED)
    if store.access.wiping_id:
        return GateReadiness(ReadinessState.WIPING)
    if not store.events.is_served_assigned and store.venue.event() is None:
        return GateReadiness(ReadinessState.EVENT_REMOVED)
    if store.venue.as_of() is not None:
        return _without_checkpoint(store)
    state = _without_roster(status, just_started=just_started)
    return GateReadiness(state, status.snapshot_received or 0, status.snapshot_total, enrolment.hub_url)


def _without_checkpoint(store: Store) -> GateReadiness:
    if store.venue.event() is None:
        return GateReadiness(ReadinessState.NO_EVENT)
    if not checkpoints_to_choose(store):
        return GateReadiness(ReadinessState.NO_CHECKPOINT)
    served = served_checkpoint(store)
    if served is None:
        return GateReadiness(ReadinessState.CHOOSE_CHECKPOINT)
    return GateReadiness(ReadinessState.CHECKPOINT_OFF, detail=served.name)


def _without_roster(status: SyncStatus, *, just_started: bool) -> ReadinessState:
    if status.connection is ConnectionState.REFUSED:
        return ReadinessState.HUB_REFUSES
    if status.connection is ConnectionState.OFFLINE and not just_started:
        return ReadinessState.NO_ROSTER
    return ReadinessState.CONNECTING if status.snapshot_received is None else ReadinessState.LOADING
