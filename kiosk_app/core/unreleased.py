"""Members of a group who were admitted and not let through yet: known after a stop or a crash, too.

Their rows are written together before anybody is let through. If the program ends in between, they count as inside, and nobody knows if
they are: an operator may have let them through by hand. So they are not given back, and the screen names them until somebody says that
it is done.
"""

from collections.abc import Collection

from hub_sync.client.store import Store
from hub_sync.contract.enums import Passage
from kiosk_app.messages import UnreleasedMember

_SETTING = "unreleased_members"
"""Setting: the ids of the scans of members who are still to be let through."""


def note_unreleased(store: Store, scan_ids: Collection[str]) -> None:
    """Note who is still to be let through; nobody: that is over.

    Raises:
        StoreError: it could not be written.
    """
    if scan_ids or store.settings.get(_SETTING):
        store.settings.put(_SETTING, list(scan_ids))


def unreleased_members(store: Store) -> tuple[UnreleasedMember, ...]:
    """Return the people who were admitted and not let through, as far as the admission stands.

    Raises:
        StoreError: the store could not be read.
    """
    scan_ids: list[str] = store.settings.get(_SETTING) or []
    members = []
    for scan_id in scan_ids:
        scan = store.journal.find_scan(scan_id)
        if scan is None or store.journal.passage_of(scan_id) in (Passage.NO_PASSAGE, Passage.PASSED):
            continue
        person = store.roster.find(scan.participant_id or "")
        members.append(UnreleasedMember(person.name if person else "", person.code if person else ""))
    return tuple(members)
