"""Names of participants."""

from hub_sync.hub.domains.participants.manifest import PARTICIPANT, PARTICIPANTS_READ
from hub_sync.hub.domains.participants.tables import Participant
from hub_sync.hub.kit.domain.entity_names import EntityNames, joined
from hub_sync.rules.text_normalization import normalize_code


def _name(first_name: str, last_name: str, code: str) -> str:
    return joined(first_name, last_name) or code


ENTITY_NAMES = (
    EntityNames(
        PARTICIPANT,
        Participant,
        (Participant.first_name, Participant.last_name, Participant.registration_code),
        _name,
        permission=PARTICIPANTS_READ,
        exact=lambda text: Participant.code_normal == normalize_code(text),
    ),
)
