"""Where a station stands: the device, its event and the checkpoint that it serves."""

from dataclasses import dataclass

from hub_sync.client.store import Store
from hub_sync.contract.sync import CheckpointRow, EventRow

_CHECKPOINT = "checkpoint_id"


@dataclass(frozen=True, slots=True)
class Post:
    """Who this station is and where it stands."""

    device_id: str
    event: EventRow
    checkpoint: CheckpointRow


def current_post(store: Store) -> Post | None:
    """The post, or None until the station is enrolled and the hub has told it about event and checkpoint.

    The operator's choice of checkpoint goes before the hub's, unless it is one of another event (the station was enrolled
    anew since). Without either, the first of the event's.
    """
    enrolment, chosen = store.settings.enrolment_and_setting(_CHECKPOINT)
    event = store.venue.event()
    if enrolment is None or event is None:
        return None
    wanted = [id_ for id_ in (chosen, enrolment.checkpoint_id) if id_]
    known = (found for id_ in wanted if (found := store.venue.checkpoint(id_)) is not None)
    checkpoint = next(known, None)
    if checkpoint is None and not enrolment.checkpoint_id:
        checkpoint = next(iter(store.venue.checkpoints()), None)
    return None if checkpoint is None else Post(enrolment.device_id, event, checkpoint)


def serve_checkpoint(store: Store, checkpoint_id: str) -> None:
    """Serve another checkpoint from now on, also after a restart.

    Raises:
        StoreError: it could not be kept.
    """
    store.settings.put(_CHECKPOINT, checkpoint_id)
