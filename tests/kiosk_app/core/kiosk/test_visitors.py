"""Who a visitor is, by a ticket, a code or a name: shortened, and nobody else."""

from pathlib import Path

import pytest

from hub_sync.contract.enums import DeviceStatus, ScanType
from kiosk_app.core.kiosk.visitors import LISTED_VISITORS, identify_visitor, search_visitors
from kiosk_app.kiosk_messages import VisitorClaim
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import build_station_store

PEOPLE = [
    participant_row("ada", "Ada King Lovelace"),
    *(participant_row(f"m{number}", f"Max{number} Muller") for number in range(LISTED_VISITORS + 1)),
]


def test_a_ticket_and_a_code_name_their_owner_in_short(tmp_path: Path) -> None:
    with build_station_store(tmp_path, PEOPLE) as store:
        ticket = VisitorClaim(ScanType.QR, seal_ticket_for("ada"))
        name = identify_visitor(store, ticket).name
        assert name.startswith("Ada ")
        assert name.endswith(".")
        assert "Lovelace" not in name
        person = store.roster.search("ada king")[0]
        assert identify_visitor(store, VisitorClaim(ScanType.MANUAL, person.code)).name == name
        assert identify_visitor(store, VisitorClaim(ScanType.SEARCH, participant_id=person.id)).name == name


def test_what_is_no_ticket_and_no_code_names_nobody(tmp_path: Path) -> None:
    with build_station_store(tmp_path, PEOPLE) as store:
        for claim in (VisitorClaim(ScanType.QR, "https://x"), VisitorClaim(ScanType.MANUAL, "nobody-0")):
            assert identify_visitor(store, claim).name == ""


@pytest.mark.parametrize("query", ["", "m", "mu", "  m u "])
def test_nobody_is_listed_before_three_letters(tmp_path: Path, query: str) -> None:
    with build_station_store(tmp_path, PEOPLE[:2]) as store:
        assert search_visitors(store, query).hits == ()


def test_a_name_of_many_lists_none_of_them_and_one_of_few_lists_them_in_short(tmp_path: Path) -> None:
    with build_station_store(tmp_path, PEOPLE) as store:
        many = search_visitors(store, "muller")
        assert (many.hits, many.more) == ((), True)
        [hit] = search_visitors(store, "lovelace").hits
        assert "Lovelace" not in hit.name


def test_a_locked_kiosk_names_nobody(tmp_path: Path) -> None:
    with build_station_store(tmp_path, PEOPLE) as store:
        store.access.record(DeviceStatus.LOCKED)
        assert identify_visitor(store, VisitorClaim(ScanType.QR, seal_ticket_for("ada"))).name == ""
        assert search_visitors(store, "lovelace").hits == ()
