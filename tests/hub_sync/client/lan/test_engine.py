"""The engine: two stations with threads and sockets on this machine."""

import errno
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_sync.client.lan import engine
from hub_sync.client.lan.engine import STATUS_SETTING, LanEngine, LanOptions
from hub_sync.client.lan.status import PeerSource
from hub_sync.client.store import Store
from hub_sync.contract.clock import SystemClock
from hub_sync.contract.lan import LanReport
from hub_sync.rules.device_keys import DeviceKey
from kiosk_app.core.assignment import serve_checkpoint
from kiosk_app.messages import EventSwitch
from tests.support.builders.events import GALA, GALA_GATE, load_gala
from tests.support.builders.lan import enrol_as, peer_row
from tests.support.builders.people import EVENT, participant_row
from tests.support.builders.station import BuiltGate, build_gate
from tests.support.waiting import eventually

PEOPLE = [participant_row("p-1")]


def build_engine(store: Store, **options: object) -> LanEngine:
    enrolment = store.settings.enrolment()
    assert enrolment is not None
    settings = LanOptions(address="127.0.0.1", port=1, multicast=False)
    return LanEngine(
        store.open_session,
        enrolment,
        clock=SystemClock(),
        options=LanOptions(enabled=False) if options else settings,
    )


@pytest.fixture
def gates(tmp_path: Path) -> Iterator[list[BuiltGate]]:
    built = [build_gate(tmp_path / str(number), PEOPLE) for number in range(2)]
    for number, gate in enumerate(built):
        enrol_as(gate.store, number)
    yield built
    for gate in built:
        gate.store.close()


def test_two_engines_find_each_other_and_an_admission_arrives(gates: list[BuiltGate]) -> None:
    a, b = gates
    b.store.peers.replace([peer_row(a.store)])
    listening = build_engine(b.store)
    listening.start()
    eventually(lambda: listening.status.port)
    a.store.peers.replace([peer_row(b.store, address="127.0.0.1", port=listening.status.port)])
    calling = build_engine(a.store)
    calling.start()
    try:
        eventually(lambda: calling.status.heard == listening.status.heard == 1)
        assert calling.status.peers[0].source is PeerSource.LIST
        assert listening.status.peers[0].source is PeerSource.CALL
        a.gate.decide_participant("p-1")
        calling.nudge()
        eventually(lambda: b.store.presence.get("p-1", "hall-a", EVENT).inside)
        assert a.store.settings.get(STATUS_SETTING)["peers"][0]["source"] == "list"
        assert calling.report() == LanReport(
            addresses=("127.0.0.1",), port=calling.status.port, listed=1, heard=1, by_list=1
        )
    finally:
        began = time.monotonic()
        calling.stop()
        listening.stop()
    assert time.monotonic() - began < 4


def test_a_station_without_others_listens_nowhere(gates: list[BuiltGate]) -> None:
    engine = build_engine(gates[0].store)
    engine.start()
    engine.nudge()
    assert engine.status.port == 0
    engine.stop()


def test_a_station_that_is_switched_off_reports_nothing_and_starts_no_thread(gates: list[BuiltGate]) -> None:
    engine = build_engine(gates[0].store, off=True)
    engine.start()
    assert engine.report() is None
    engine.stop()


def test_a_send_that_fails_stalls_nothing_and_the_others_are_heard(
    gates: list[BuiltGate], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two stations is on a network that is gone: each send to it is an error of the system."""
    a, b = gates
    gone = peer_row(a.store, address="192.0.2.9", port=9)
    gone = gone.model_copy(update={"id": "gone", "public_key": DeviceKey.generate().public.text})
    b.store.peers.replace([peer_row(a.store)])
    listening = build_engine(b.store)
    listening.start()
    eventually(lambda: listening.status.port)
    a.store.peers.replace([gone, peer_row(b.store, address="127.0.0.1", port=listening.status.port)])
    failures: list[object] = []
    send = socket.socket.sendto

    def fail_elsewhere(self: socket.socket, datagram: bytes, to: tuple[str, int]) -> int:
        if to[0] != "127.0.0.1":
            failures.append(to)
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return send(self, datagram, to)

    monkeypatch.setattr(socket.socket, "sendto", fail_elsewhere)
    calling = build_engine(a.store)
    calling.start()
    try:
        eventually(lambda: failures)
        eventually(lambda: calling.status.heard == 1)
        a.gate.decide_participant("p-1")
        calling.nudge()
        eventually(lambda: b.store.presence.get("p-1", "hall-a", EVENT).inside)
        assert calling.status.heard == 1
    finally:
        calling.stop()
        listening.stop()


def test_the_network_follows_the_station_to_another_event_at_once(
    gates: list[BuiltGate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_AFTER_FAILURE_S", 3_600.0)  # no failure: nothing is waited for
    a, b = gates
    for gate in (a, b):
        load_gala(gate.store, PEOPLE)
    b.store.peers.replace([peer_row(a.store)])
    b.store.peers.of(GALA).replace([peer_row(a.store)])
    listening = build_engine(b.store)
    listening.start()
    eventually(lambda: listening.status.port)
    a.store.peers.of(GALA).replace([peer_row(b.store, address="127.0.0.1", port=listening.status.port)])
    assert a.gate.serve_event(GALA).result is EventSwitch.SERVED
    serve_checkpoint(a.store, GALA_GATE)
    calling = build_engine(a.store)
    calling.start()
    try:
        eventually(lambda: calling.status.port)
        assert not calling.status.heard, "the other one is at the assembly"
        b.gate.serve_event(GALA)
        eventually(lambda: calling.status.heard == listening.status.heard == 1, within_s=10)
        a.gate.decide_participant("p-1")
        calling.nudge()
        eventually(lambda: b.store.presence.get("p-1", "hall-a", GALA).inside)
    finally:
        calling.stop()
        listening.stop()
