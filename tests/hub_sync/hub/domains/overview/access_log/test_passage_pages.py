"""The console's list of passages, in a browser without scripts."""

from fastapi import FastAPI

from hub_sync.contract.enums import PassageCause
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import signed_in_as
from tests.hub_sync.hub.domains.check_in.conftest import ada
from tests.hub_sync.hub.domains.overview.access_log.test_pages import rows_of
from tests.hub_sync.hub.domains.sync.push.test_passages import admit, passage
from tests.hub_sync.hub.station_client import Journal, StationClient, journal, station

__all__ = ["ada", "journal", "station"]


def test_passages_stand_beside_the_scans_with_what_was_seen(
    app: FastAPI, seeded: Seeded, station: StationClient, journal: Journal, ada: str
) -> None:
    log = f"/events/{seeded.event_id}/access-log"
    admin = signed_in_as(app, seeded.tenant_id, name="Ada")
    assert "No passages yet" in admin.read(f"{log}/passages")
    assert "/access-log/passages" not in admin.read(log), "a venue without sensors has no such list"
    scan = admit(journal, participant_id="ada")
    passage(journal, scan, "timed_out", "NO_PASSAGE", 1)
    passage(journal, scan, PassageCause.UNGRANTED_TURN, None, 2)
    station.push(journal.request())

    rows = rows_of(admin.read(f"{log}/passages"))
    assert "Nobody was let in for it" in rows[0]
    assert "Ada Lovelace" in rows[1]
    assert "Not passed, entry given back" in rows[1]
    assert "Main gate" in rows[1]
    assert len(rows_of(admin.read(f"{log}/passages?view=doubtful"))) == 1
    assert len(rows_of(admin.read(f"{log}/passages?filter[outcome]=NO_PASSAGE"))) == 1
    assert "No matching passages" in admin.read(f"{log}/passages?filter[cause]=jammed")
    nothing = admin.read(f"{log}/passages?view=doubtful&filter[cause]=jammed")
    assert nothing.count(f'href="{log}/passages?view=doubtful"') == 3, "the tab, and “Show all” twice"
    html = admin.read(f"{log}?filter[passage]=NO_PASSAGE")
    assert len(rows_of(html)) == 1
    assert f'href="{log}/passages"' in html
    assert signed_in_as(app, seeded.tenant_id, Role.OPERATOR).get(f"{log}/passages").status_code == 403
