"""Names of what scans, by the ids in the access log: stations, API keys, and people at the console's scanner page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub_sync.hub.console import _
from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.check_in.tables import ScannedBy
from hub_sync.hub.kit.db.unit_of_work import Work

_ENTITIES = {ScannedBy.DEVICE: "kiosk_device", ScannedBy.USER: "user", ScannedBy.KEY: "api_key"}


@dataclass(frozen=True, slots=True)
class ScannerName:
    """The own name of a scanner, and its kind."""

    by: ScannedBy
    name: str

    @property
    def label(self) -> str:
        """Return the name as a list of all kinds shows it, in the language of the page."""
        return _("API key %s") % self.name if self.by is ScannedBy.KEY else self.name


def find_scanner_names(work: Work, tenant_id: str, ids: Iterable[str]) -> Mapping[str, ScannerName]:
    """Return the names by id; an id whose owner is gone is left out. Most are stations: they cost one statement."""
    names: dict[str, ScannerName] = {}
    missing = set(ids)
    for kind, entity in _ENTITIES.items():
        if missing:
            entities = audit.names_of(work, tenant_id, entity, missing)
            names |= {id_: ScannerName(kind, name) for id_, name in entities.items()}
            missing -= names.keys()
    return names
