"""The assignment of a station: the device, its event and the checkpoint that it serves."""

from collections.abc import Sequence
from dataclasses import dataclass

from hub_sync.client.store import Store
from hub_sync.client.store.station.settings import (
    ASSIGNED_CHECKPOINT,
    CHOSEN_CHECKPOINT,
    CHOSEN_DIRECTION,
    StationEnrolment,
)
from hub_sync.contract.enums import CheckpointDirection, Direction
from hub_sync.contract.sync import CheckpointRow, EventRow


@dataclass(frozen=True, slots=True)
class Assignment:
    """The device that this station is, its event and its checkpoint."""

    device_id: str
    event: EventRow
    checkpoint: CheckpointRow


@dataclass(frozen=True, slots=True)
class ChosenDirection:
    """The direction that the operator chose for a checkpoint that is open in both."""

    checkpoint_id: str
    direction: Direction


def current_assignment(store: Store) -> Assignment | None:
    """Return the assignment, or None until the station is enrolled, has pulled its event, and serves a checkpoint.

    A station never picks a checkpoint by itself: it could be an exit, which refuses nobody for status or time. Nor does
    it decide at a checkpoint that is switched off or deleted, nor while it is being erased.
    """
    enrolment, *checkpoint_ids = _enrolment_and_checkpoints(store)
    event = store.venue.event()
    if enrolment is None or event is None or store.access.wiping_id:
        return None
    checkpoint = _served(store, checkpoint_ids)
    if checkpoint is None or not is_open_for_choice(checkpoint):
        return None
    return Assignment(enrolment.device_id, event, checkpoint)


def served_checkpoint(store: Store) -> CheckpointRow | None:
    """Return the checkpoint that was chosen for this station, which may be switched off or deleted; None: none was.

    The operator's choice precedes the hub's, unless it belongs to another event (the station was enrolled again since), or
    the hub has assigned another checkpoint after it.

    Raises:
        StoreError: the store could not be read.
    """
    enrolment, *checkpoint_ids = _enrolment_and_checkpoints(store)
    return None if enrolment is None else _served(store, checkpoint_ids)


def served_checkpoint_id(store: Store) -> str | None:
    """Return the id of the checkpoint that was chosen for this station; None: none was.

    Raises:
        StoreError: the store could not be read.
    """
    checkpoint = served_checkpoint(store)
    return None if checkpoint is None else checkpoint.id


def checkpoints_to_choose(store: Store) -> tuple[CheckpointRow, ...]:
    """Return the event's checkpoints that a station may serve, by name.

    Raises:
        StoreError: the store could not be read.
    """
    return tuple(row for row in store.venue.checkpoints() if is_open_for_choice(row))


def is_open_for_choice(checkpoint: CheckpointRow) -> bool:
    """Return True if a station may serve a checkpoint: it is neither deleted nor switched off."""
    return checkpoint.active and not checkpoint.deleted


def _enrolment_and_checkpoints(store: Store) -> tuple[StationEnrolment | None, str | None, str | None]:
    """Return the enrolment, and at the served event the checkpoints that the operator chose and the hub assigned."""
    chosen, assigned = store.events.setting(CHOSEN_CHECKPOINT), store.events.setting(ASSIGNED_CHECKPOINT)
    if assigned == ASSIGNED_CHECKPOINT:  # the first event: it is in the enrolment
        enrolment, selected_id = store.settings.enrolment_and_settings(chosen)
        return enrolment, selected_id, None if enrolment is None else enrolment.checkpoint_id
    enrolment, selected_id, assigned_id = store.settings.enrolment_and_settings(chosen, assigned)
    return enrolment, selected_id, assigned_id


def _served(store: Store, checkpoint_ids: Sequence[str | None]) -> CheckpointRow | None:
    ids = (id_ for id_ in checkpoint_ids if id_)
    return next((row for id_ in ids if (row := store.venue.checkpoint(id_)) is not None), None)


def serve_checkpoint(store: Store, checkpoint_id: str) -> None:
    """Serve another checkpoint of this event from now on, also after a restart.

    Raises:
        StoreError: the choice could not be saved.
    """
    store.settings.put(store.events.setting(CHOSEN_CHECKPOINT), checkpoint_id)


def resolve_direction(checkpoint: CheckpointRow, chosen: ChosenDirection | None) -> Direction:
    """Return the direction of the scans at a checkpoint.

    A choice belongs to the checkpoint that it was made for: an exit is never refused for status or time, so another
    checkpoint must not begin as an exit.
    """
    if checkpoint.direction is not CheckpointDirection.BIDIRECTIONAL:
        return Direction(checkpoint.direction.value)
    return chosen.direction if chosen and chosen.checkpoint_id == checkpoint.id else Direction.ENTRY


def load_direction(store: Store) -> ChosenDirection | None:
    """Return the direction that was chosen last at this event, also before a restart; None: there was no choice yet.

    Raises:
        StoreError: the store could not be read.
    """
    saved = store.settings.get(store.events.setting(CHOSEN_DIRECTION))
    return saved and ChosenDirection(saved["checkpoint_id"], Direction(saved["direction"]))


def save_direction(store: Store, chosen: ChosenDirection) -> None:
    """Save the choice of a direction, also for the time after a restart.

    Raises:
        StoreError: the choice could not be saved.
    """
    store.settings.put(
        store.events.setting(CHOSEN_DIRECTION),
        {"checkpoint_id": chosen.checkpoint_id, "direction": chosen.direction.value},
    )
