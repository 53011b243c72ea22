"""Members of a group who were admitted and not let through yet: known after a stop or a crash, too.

Their rows are written together before anybody is let through. If the program ends in between, they count as inside, and nobody knows if
they are: an operator may have let them through by hand. So they are not given back, and the screen names them until somebody says that
it is done, whatever other groups are let through meanwhile.
"""

from collections.abc import Collection

from hub_sync.client.store import Store
from hub_sync.contract.enums import Passage
from kiosk_app.messages import UnreleasedMember

_SETTING = "unreleased_members"
"""Setting: the ids of the scans of members who are still to be let through, the oldest first."""
_MOST = 100


def note_unreleased(store: Store, scan_ids: Collection[str]) -> None:
    """Note the members of a group who are still to be let through, beside those of earlier groups.

    Raises:
        StoreError: it could not be written.
    """
    _save(store, [*_noted(store), *scan_ids])


def note_released(store: Store, scan_ids: Collection[str]) -> None:
    """Note that members of a group were let through.

    Raises:
        StoreError: it could not be written.
    """
    _save(store, [scan_id for scan_id in _noted(store) if scan_id not in scan_ids])


def dismiss_unreleased(store: Store) -> None:
    """Forget all of them: somebody has seen to it.

    Raises:
        StoreError: it could not be written.
    """
    _save(store, [])


def _noted(store: Store) -> list[str]:
    return store.settings.get(_SETTING) or []


def _save(store: Store, scan_ids: list[str]) -> None:
    if scan_ids != _noted(store):
        store.settings.put(_SETTING, scan_ids[-_MOST:])


def unreleased_members(store: Store) -> tuple[UnreleasedMember, ...]:
    """Return the people who were admitted and not let through, as far as the admission stands.

    Raises:
        StoreError: the store could not be read.
    """
    members = []
    for scan_id in _noted(store):
        scan = store.journal.find_scan(scan_id)
        if scan is None or store.journal.passage_of(scan_id) in (Passage.NO_PASSAGE, Passage.PASSED):
            continue
        person = store.roster.find(scan.participant_id or "")
        members.append(UnreleasedMember(person.name if person else "", person.code if person else ""))
    return tuple(members)
