"""Commands at a station: each runs once, and is done only when the station said so."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub_sync.client.fleet.wipe import finish_wipe, is_wipe_begun
from hub_sync.client.http.errors import HubUnreachable, StationUnknown
from hub_sync.client.store.station.commands import ENROLLED_HUB_MS, MAX_REMEMBERED
from hub_sync.client.sync.push_loop import ALARM_SETTING, store_alarm
from hub_sync.contract.clock import epoch_ms
from hub_sync.contract.enums import DeviceStatus
from hub_sync.contract.fleet import CommandKind
from hub_sync.contract.sync import QrKeyRow
from tests.hub_sync.client.fake_hub import person, refused, scan
from tests.hub_sync.client.fleet.conftest import CommandedStation


def test_a_command_is_running_before_it_is_obeyed_and_done_after(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.IDENTIFY, seconds=20, name="Gate north")
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE"]
    assert station.acts == ["identify Gate north 20"]
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE"], "an answered result is not said again"


def test_a_report_names_the_ticket_keys_that_are_here(station: CommandedStation) -> None:
    """The hub ends the keys before once all stations have the new one (`devices.service.all_have_key`)."""
    old, new = (
        QrKeyRow(kid=kid, material="ab" * 32, not_before_ms=at, not_after_ms=None)
        for kid, at in (("z-old", None), ("a-new", 5))
    )
    station.store.keys.replace([new, old])
    station.report()
    assert station.hub.reports[-1]["fleet"]["ticket_keys"] == ["z-old", "a-new"]
    station.store.keys.replace(
        [old.model_copy(update={"kid": f"k{at}", "not_before_ms": at}) for at in range(70)]
    )
    station.report()
    assert station.hub.reports[-1]["fleet"]["ticket_keys"] == [f"k{at}" for at in range(6, 70)], "the newest"


def test_a_command_that_is_delivered_again_runs_once_and_its_end_is_repeated(
    station: CommandedStation,
) -> None:
    id_ = station.hub.command(CommandKind.IDENTIFY)
    station.report()
    station.restart()
    station.hub.command(CommandKind.IDENTIFY, id_=id_)  # the hub was set back
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE", "DONE"]
    assert station.acts == ["identify Gate 1 15"]


def test_an_end_is_repeated_until_a_report_with_it_was_answered(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.IDENTIFY)
    station.reports.run_once()  # learns of it
    station.reports.run_once()  # RUNNING is answered: obeyed

    def lost(path: str) -> httpx.Response:
        raise httpx.ReadTimeout("lost")

    station.hub.after = lost
    with pytest.raises(HubUnreachable):
        station.reports.run_once()
    station.hub.after = lambda path: None
    station.restart()
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE", "DONE"]
    assert len(station.acts) == 1


def test_a_command_that_is_cancelled_before_it_runs_is_not_obeyed(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.RESTART)
    station.reports.run_once()
    del station.hub.commands[id_]
    station.report()
    assert station.acts == []


def test_an_expired_command_is_neither_obeyed_nor_answered(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.RESTART, expires_in_s=-1)
    station.report()
    assert (station.acts, station.hub.said[id_]) == ([], [])


@pytest.mark.parametrize(
    ("kind", "arguments", "word"),
    [("dance", {}, "update"), ("identify", {"seconds": "long"}, "seconds")],
)
def test_what_the_station_can_not_obey_is_refused_in_a_sentence(
    station: CommandedStation, kind: str, arguments: dict[str, Any], word: str
) -> None:
    bad, good = station.hub.command(kind, **arguments), station.hub.command(CommandKind.IDENTIFY)
    station.report()
    assert station.hub.said[bad] == ["REFUSED"]
    assert word in str(station.hub.errors[bad])
    assert station.hub.said[good] == ["RUNNING", "DONE"], "the others are obeyed"


def test_a_restart_is_done_when_the_program_says_so_after_it(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.RESTART)
    station.report()
    station.report()
    assert (station.acts, station.hub.said[id_]) == (["restart"], ["RUNNING"])
    station.restart()
    station.report()
    assert (station.acts, station.hub.said[id_]) == (["restart"], ["RUNNING", "DONE"])


def test_a_restart_that_does_not_happen_has_failed(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.RESTART)
    station.report()
    station.clock.advance(timedelta(minutes=3))
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "FAILED"]


def test_a_command_that_the_end_of_the_program_interrupts_has_failed(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.IDENTIFY)
    station.reports.run_once()
    command = station.store.commands.find(id_)
    assert command is not None
    station.store.commands.save(
        type(command)(id_, "identify", is_answered=True, run_id="run-0")
    )  # as a run that was killed leaves it
    station.report()
    assert station.hub.said[id_] == ["FAILED"]
    assert "ended" in str(station.hub.errors[id_])


def test_lock_and_unlock_are_done_when_the_station_knows_of_it(station: CommandedStation) -> None:
    station.hub.status = "LOCKED"
    lock = station.hub.command(CommandKind.LOCK)
    station.report()
    assert station.hub.said[lock] == ["RUNNING", "DONE"]
    assert station.store.access.status() is DeviceStatus.LOCKED
    station.hub.status = "ACTIVE"
    unlock = station.hub.command(CommandKind.UNLOCK)
    station.report()
    assert station.hub.said[unlock] == ["RUNNING", "DONE"]
    assert station.store.access.is_active


def test_a_lock_that_the_hub_does_not_confirm_has_failed(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.LOCK)
    station.report()
    station.clock.advance(timedelta(minutes=2))
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "FAILED"]


def test_a_reload_pulls_all_again_while_the_old_roster_serves(station: CommandedStation) -> None:
    station.hub.pages = [{"participants": [person("p1")], "total": 1, "events": []}]
    station.store.venue.event()
    id_ = station.hub.command(CommandKind.RELOAD)
    station.report()
    assert station.hub.said[id_] == ["RUNNING"]
    assert station.acts == ["pull"]
    assert station.store.venue.event() is not None, "the old list serves"
    slot = station.store.slot_of(station.store.events.served_id())
    assert station.store.feed_reload.due(slot) == id_
    station.store.feed_reload.record_done(slot, id_)
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE"]


def test_a_locked_station_refuses_to_reload(station: CommandedStation) -> None:
    station.hub.status = "LOCKED"
    id_ = station.hub.command(CommandKind.RELOAD)
    station.report()
    assert station.hub.said[id_] == ["REFUSED"]


def test_the_log_is_uploaded_and_a_hub_that_takes_none_makes_it_fail(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.UPLOAD_LOG)
    station.report()
    assert station.hub.logs == {id_: b"log"}
    assert station.hub.said[id_] == ["RUNNING", "DONE"]
    station.log = b""
    empty = station.hub.command(CommandKind.UPLOAD_LOG)
    station.report()
    assert station.hub.said[empty] == ["RUNNING", "FAILED"]


def test_more_commands_than_are_remembered_lose_none_that_is_open(station: CommandedStation) -> None:
    open_id = station.hub.command(CommandKind.RESTART)
    station.report()
    for _ in range(MAX_REMEMBERED + 10):
        station.hub.command(CommandKind.IDENTIFY)
        station.report()
    assert len(station.store.commands.all()) <= MAX_REMEMBERED
    assert station.store.commands.find(open_id) is not None


# --- rotate-key ---------------------------------------------------------------------------------


def test_a_rotation_ends_with_another_key_and_credential_and_the_old_one_is_worth_nothing(
    station: CommandedStation,
) -> None:
    before, key = station.credential.text, station.store.device_key.get_or_create().public.text
    id_ = station.hub.command(CommandKind.ROTATE_KEY)
    for _ in range(3):
        station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE"]
    assert station.credential.text != before
    assert (
        station.hub.reports[-1]["public_key"] == station.store.device_key.get_or_create().public.text != key
    )
    assert len(station.hub.hashes) == 1
    station.credential.text = before
    with pytest.raises(StationUnknown):
        station.api.time()


@pytest.mark.parametrize("lost_at", range(6))
@pytest.mark.parametrize("reaches_hub", [True, False], ids=["answer lost", "request lost"])
def test_no_lost_answer_and_no_crash_locks_a_rotating_station_out(
    station: CommandedStation, lost_at: int, reaches_hub: bool
) -> None:
    """Whichever report is lost, with its request or its answer, and the program killed then: the station goes on."""
    id_ = station.hub.command(CommandKind.ROTATE_KEY)
    count = 0

    def lose(*_: Any) -> httpx.Response | None:
        nonlocal count
        count += 1
        if count == lost_at + 1:
            raise httpx.ReadTimeout("lost")
        return None

    if reaches_hub:
        station.hub.after = lose
    else:
        station.hub.fails = lose
    for _ in range(8):
        try:
            station.reports.run_once()
        except HubUnreachable:
            station.restart()
    assert station.hub.said[id_][-1] == "DONE"
    assert len(station.hub.hashes) == 1
    station.api.time()


def test_a_hub_that_was_set_back_during_a_rotation_still_knows_the_station(station: CommandedStation) -> None:
    old = list(station.hub.hashes)
    station.hub.command(CommandKind.ROTATE_KEY)
    while not station.store.rotation.is_unproven:
        station.reports.run_once()
    station.hub.hashes = old  # a backup from before
    with pytest.raises(StationUnknown):
        station.reports.run_once()
    station.report()
    station.api.time()


def test_a_hub_that_takes_no_rotation_leaves_the_station_with_its_key(station: CommandedStation) -> None:
    station.hub.takes_rotations = False
    before = station.credential.text
    id_ = station.hub.command(CommandKind.ROTATE_KEY)
    station.report()
    station.clock.advance(timedelta(minutes=3))
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "FAILED"]
    assert station.credential.text == before


# --- wipe ---------------------------------------------------------------------------------------


def test_a_wipe_sends_what_is_unsent_says_done_and_only_then_begins(station: CommandedStation) -> None:
    station.store.journal.append(scan("p1"))
    id_ = station.hub.command(CommandKind.WIPE)
    station.report()
    assert station.hub.said[id_] == ["RUNNING"], "a scan is not sent yet"
    assert station.store.keys.digest() == "", "names and keys go at once"
    station.report()
    assert not is_wipe_begun(station.folder)
    station.push()
    assert len(station.hub.scans()) == 1
    station.clock.advance(timedelta(minutes=2))  # the hub records no seals
    station.report()
    assert station.hub.said[id_] == ["RUNNING", "DONE"]
    assert is_wipe_begun(station.folder)
    assert station.acts[-1] == "restart"


def test_a_row_that_is_written_after_done_is_sent_before_the_erasure(station: CommandedStation) -> None:
    def pass_turnstile(path: str) -> None:
        if station.hub.said[id_][-1:] == ["DONE"] and not station.store.journal.backlog().rows:
            station.store.journal.append(scan("p1"))
            station.hub.after = lambda path: None

    id_ = station.hub.command(CommandKind.WIPE)
    station.hub.after = pass_turnstile
    station.report()
    assert station.hub.said[id_][-1] == "DONE"
    assert not station.store.access.is_active, "it gives no numbers and shows no names, either"
    assert not is_wipe_begun(station.folder)
    station.push()
    station.report()
    assert (len(station.hub.scans()), is_wipe_begun(station.folder)) == (1, True)


def test_a_wipe_that_is_not_acknowledged_has_not_begun_over_restarts_too(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.WIPE)
    station.reports.run_once()
    station.reports.run_once()
    station.hub.fails = lambda path, payload: refused(503, "Down") if path == "report" else None
    for _ in range(3):
        with pytest.raises(Exception, match=r"fault|busy"):
            station.report()
        station.restart()
        assert not is_wipe_begun(station.folder)
        assert station.store.access.wiping_id == id_, "and it admits nobody"
    station.hub.fails = lambda path, payload: None
    station.report()
    assert is_wipe_begun(station.folder)


def test_a_hub_that_has_revoked_a_station_after_its_done_does_not_keep_it_from_erasing(
    station: CommandedStation,
) -> None:
    station.hub.command(CommandKind.WIPE)
    station.reports.run_once()
    station.reports.run_once()
    station.hub.hashes = ["gone"]
    with pytest.raises(StationUnknown):
        station.reports.run_once()
    assert is_wipe_begun(station.folder)


def test_a_station_that_was_enrolled_again_does_not_obey_the_old_wipe(station: CommandedStation) -> None:
    id_ = station.hub.command(CommandKind.WIPE)
    station.store.settings.put(ENROLLED_HUB_MS, 2**48)
    station.report()
    assert station.hub.said[id_] == ["REFUSED"]
    assert not station.store.access.wiping_id


def test_a_locked_station_obeys_a_wipe(station: CommandedStation) -> None:
    station.hub.status = "LOCKED"
    station.hub.command(CommandKind.WIPE)
    station.report()
    assert is_wipe_begun(station.folder)


def test_a_wiped_station_has_nothing_left(station: CommandedStation) -> None:
    (station.folder / "station.toml").write_text("camera = 'usb:1'\n")
    station.store.backups.rotate()
    station.hub.command(CommandKind.WIPE)
    station.report()
    station.store.close()
    assert finish_wipe(station.folder)
    assert sorted(path.name for path in station.folder.iterdir()) == ["station.toml", "store.lock"]
    assert not finish_wipe(station.folder)


# --- what else the answer brings ----------------------------------------------------------------


def test_a_cloned_station_knows_it_until_the_hub_says_otherwise(station: CommandedStation) -> None:
    station.hub.more = {"cloned": True}
    station.report()
    assert station.store.settings.get("cloned") is True
    station.hub.more = {}
    station.report()
    assert station.store.settings.get("cloned") is False


def test_the_time_without_the_hub_counts_from_its_last_answer(station: CommandedStation) -> None:
    station.hub.more = {"max_offline_s": 3600}
    station.report()
    station.clock.advance(timedelta(minutes=50))

    def age() -> Any:
        return station.store.offline.read(
            station.clock.now(), sure=True, boot_id="boot-1", monotonic_ms=station.clock.monotonic_ms()
        )

    assert (age().is_near, age().is_over) == (True, False)
    station.clock.advance(timedelta(minutes=10))
    assert age().is_over
    station.report()
    assert not age().is_near


def test_the_alarm_of_a_diverged_journal_ends_with_the_hubs_word_that_comes_after_it(
    station: CommandedStation,
) -> None:
    def resolve() -> None:
        station.hub.more = {"doubts_resolved_at_ms": epoch_ms(station.clock.now())}

    def alarm() -> Any:
        station.clock.advance(timedelta(seconds=15))
        station.report()
        return station.store.settings.get(ALARM_SETTING)

    resolve()
    store_alarm(station.store, "diverged")
    assert alarm() == "diverged", "the hub's word is of something before"
    station.restart()
    assert alarm() == "diverged"
    resolve()
    assert alarm() is None
    assert station.acts == ["push"], "the push loop tells the screen"
    store_alarm(station.store, "again")
    assert alarm() == "again"
    station.hub.more = {}
    assert alarm() == "again", "a hub of an earlier version"
