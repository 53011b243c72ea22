"""A new station becomes a known one: a one-time token is traded for a credential."""

from hub_sync.client.http.errors import InvalidResponse
from hub_sync.client.http.hub_api import HubApi
from hub_sync.client.store.station.settings import StationEnrolment
from hub_sync.client.store.store import Store
from hub_sync.contract.sync import PROTOCOL, EnrolmentCode, EnrolRequest

_SHORTEST, _LONGEST = 8, 128  # as EnrolRequest.token


def parse_enrolment_code(text: str, hub_url: str = "") -> EnrolmentCode:
    """What an enrolment QR or a typed token says; `hub_url` is needed for a token alone.

    Raises:
        ValueError: with a sentence: it is no enrolment code, or of another protocol.
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
    """This station has scans that its hub hasn't got, and another hub would not take them for its own."""


def enrol(
    store: Store, api: HubApi, code: EnrolmentCode, *, serial: str, software: str, leave_unsent: bool = False
) -> StationEnrolment:
    """Enrol this station and keep who it is. Afterwards the first pull brings a snapshot.

    A scan belongs to the station and the tenant it was made for. `leave_unsent` keeps those that were not sent in this
    station's journal, for `journal export`, and sends them to nobody.

    Raises:
        UnsentScans: there are scans that were not sent; the token was not used.
        HubError: the hub was not reached, or the token is used up, too old or unknown (Refused).
        StoreError: the credential could not be kept; ask for a new token.
    """
    enrolled_before = store.settings.enrolment() is not None
    waiting = store.journal.backlog().rows
    if enrolled_before and waiting and not leave_unsent:
        raise UnsentScans(
            f"This station has scans that its hub has not got yet ({waiting}): let it send them first, "
            "or enrol with --leave-unsent to keep them here and send them to nobody."
        )
    answer = api.enrol(EnrolRequest(token=code.token, serial=serial, software=software))
    if not answer.credential or not answer.device_id:
        raise InvalidResponse("The hub's answer holds no credential.")
    enrolment = StationEnrolment(
        hub_url=code.hub,
        device_id=answer.device_id,
        tenant_id=answer.tenant_id,
        event_id=answer.event_id,
        checkpoint_id=answer.checkpoint_id,
        name=answer.name,
        profile=answer.profile.value,
        credential=answer.credential,
    )
    if enrolled_before:  # another device to the hub now, whose journal begins at 1
        store.outbox.start_new_incarnation("enrolled again", leave_unsent=True)
    store.feed.reset()
    store.keys.replace(())
    store.settings.save_enrolment(enrolment)
    return enrolment
