"""A new station becomes a known one: a one-time token is traded for a credential."""

from hub_sync.client.api import HubApi
from hub_sync.client.failures import Garbled
from hub_sync.client.store.settings import Enrolment
from hub_sync.client.store.store import Store
from hub_sync.contract.sync import PROTOCOL, EnrolmentCode, EnrolRequest

_SHORTEST, _LONGEST = 8, 128  # as EnrolRequest.token


def read_code(text: str, hub_url: str = "") -> EnrolmentCode:
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


def enrol(store: Store, api: HubApi, code: EnrolmentCode, *, serial: str, software: str) -> Enrolment:
    """Enrol this station and keep who it is. Afterwards the first pull brings a snapshot.

    Raises:
        HubFailed: the hub was not reached, or the token is used up, too old or unknown (Refused).
        StoreFailed: the credential could not be kept; ask for a new token.
    """
    answer = api.enrol(EnrolRequest(token=code.token, serial=serial, software=software))
    if not answer.credential or not answer.device_id:
        raise Garbled("The hub's answer holds no credential.")
    enrolment = Enrolment(
        hub_url=code.hub,
        device_id=answer.device_id,
        tenant_id=answer.tenant_id,
        event_id=answer.event_id,
        checkpoint_id=answer.checkpoint_id,
        name=answer.name,
        profile=answer.profile.value,
        credential=answer.credential,
    )
    if store.settings.enrolment() is not None:  # another device to the hub now, whose journal begins at 1
        store.outbox.start_anew("enrolled again")
    store.feed.forget()
    store.keys.replace(())
    store.settings.enrol(enrolment)
    return enrolment
