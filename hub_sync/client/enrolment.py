"""Enrolment of a station: a one-time token is exchanged for a credential."""

from contextlib import suppress

from hub_sync.client.http.errors import InvalidHubResponse
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.disk.errors import StoreError
from hub_sync.client.store.station.access import Leftovers
from hub_sync.client.store.station.commands import ENROLLED_HUB_MS
from hub_sync.client.store.station.settings import StationEnrolment
from hub_sync.client.store.store import Store
from hub_sync.client.sync.push_loop import store_alarm
from hub_sync.client.timekeeper import ENROLLED_AT
from hub_sync.contract.clock import Clock, SystemClock, epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.seals import SealReason
from hub_sync.contract.sync import PROTOCOL, EnrolmentCode, EnrolRequest
from hub_sync.rules.device_keys import DeviceKey

_SHORTEST, _LONGEST = 8, 128  # as EnrolRequest.token


def parse_enrolment_code(text: str, hub_url: str = "") -> EnrolmentCode:
    """Parse the text of an enrolment QR code or a typed token. `hub_url` is needed for a token alone.

    Raises:
        ValueError: The text is no enrolment code, or is of another protocol. The message is a sentence for the operator.
    """
    text = text.strip()
    if text.startswith("{"):
        try:
            code = EnrolmentCode.model_validate_json(text)
        except ValueError:
            raise ValueError("This is not the code of an enrolment.") from None
    else:
        code = EnrolmentCode(hub=hub_url, token=text)
    if code.handshake != PROTOCOL:
        raise ValueError("This code is of another version of the hub. Update this program.")
    if not code.hub or not code.token:
        raise ValueError("The code names no hub, or has no token.")
    if not _SHORTEST <= len(code.token) <= _LONGEST:
        raise ValueError("This is not the code of an enrolment: it is too short or too long.")
    return code


class UnsentScans(Exception):
    """The station has scans that were not sent yet; another hub would not accept them."""


def enrol(
    store: Store,
    api: HubApi,
    code: EnrolmentCode,
    *,
    serial: str,
    software: str,
    leave_unsent: bool = False,
    clock: Clock | None = None,
) -> StationEnrolment:
    """Enrol this station and store its identity. The first pull afterwards brings a snapshot.

    A scan belongs to the station and the tenant it was made for. With `leave_unsent`, unsent scans stay in this
    station's journal for `journal export` and are sent to no hub.

    Raises:
        UnsentScans: There are unsent scans. The token was not used.
        HubClientError: The hub was not reached, or the token is used, expired or unknown (`HubRefused`).
        StoreError: The credential could not be stored. A new token is needed.
    """
    enrolled_before = store.settings.enrolment() is not None
    waiting = store.journal.backlog().rows
    if enrolled_before and waiting and not leave_unsent:
        raise UnsentScans(
            f"This station has scans that its hub has not got yet ({waiting}): let it send them first, "
            "or enrol with --leave-unsent to keep them here and send them to nobody."
        )
    key = DeviceKey.generate()
    answer = api.enrol(
        EnrolRequest(token=code.token, serial=serial, software=software, public_key=key.public.text)
    )
    if not answer.credential or not answer.device_id:
        raise InvalidHubResponse("The hub's answer holds no credential.")
    enrolment = StationEnrolment(
        hub_url=code.hub,
        device_id=answer.device_id,
        tenant_id=answer.tenant_id,
        event_id=answer.event_id,
        checkpoint_id=answer.checkpoint_id,
        name=answer.name,
        profile=answer.profile,
        credential=answer.credential,
    )
    if enrolled_before:
        store.access.note_leftovers(Leftovers.ENROLMENT)
    store.seals.seal(SealReason.ENROLMENT)  # with the key of the device that it was until now
    if enrolled_before:  # another device to the hub now, whose journal begins at 1
        store.outbox.start_new_incarnation("enrolled again", leave_unsent=True)
        store_alarm(store, None)
    store.screening.erase()
    store.bulletins.erase()
    store.door.erase()
    store.operators.erase()
    store.events.forget()
    store.feed.reset()
    store.keys.replace(())
    store.operators.forget()
    store.peers.forget()
    store.peer_presence.forget()
    store.queue.forget()
    store.device_key.replace(key)
    store.rotation.forget()
    store.settings.save_enrolment(enrolment)
    store.access.record(DeviceStatus.ACTIVE)
    own_ms = epoch_ms((clock or SystemClock()).now())
    # A bound from below: the earlier of two clocks, as either may be wrong.
    store.settings.put(ENROLLED_AT, min(own_ms, answer.server_time_ms or own_ms))
    store.settings.put(ENROLLED_HUB_MS, answer.server_time_ms or 0)
    with suppress(StoreError):  # the maintenance erases it then
        store.erase_leftovers()
    return enrolment
