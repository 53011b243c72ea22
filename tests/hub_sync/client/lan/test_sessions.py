"""Sealed datagrams and sessions, against loss, repetition, reordering, reflection and forgery."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hub_sync.client.lan.sessions import HEAD_BYTES, MAGIC, MAX_DATAGRAM, PeerSession, name_of, sender_name
from hub_sync.rules.device_keys import DeviceKey, DevicePublicKey

A, B, C = (DeviceKey(bytes([number]) * 32) for number in (1, 2, 3))
EVENT = b"tenant\0event"


def pair(event: bytes = EVENT) -> tuple[PeerSession, PeerSession]:
    return PeerSession(A, B.public, EVENT), PeerSession(B, A.public, event)


def connect(a: PeerSession, b: PeerSession) -> None:
    answer = b.receive(a.hello()).answer
    assert answer is not None
    assert a.receive(answer).is_new_session
    assert b.receive(a.seal(b"first")).content == b"first"


def test_three_datagrams_connect_and_both_can_speak() -> None:
    a, b = pair()
    assert not a.is_open
    with pytest.raises(LookupError):
        a.seal(b"")
    connect(a, b)
    assert a.receive(b.seal(b"back")).content == b"back"


def test_each_datagram_is_taken_once_in_any_order() -> None:
    a, b = pair()
    connect(a, b)
    sent = [a.seal(bytes([number])) for number in range(20)]
    taken = [b.receive(datagram).content for datagram in (*reversed(sent), *sent)]
    assert [each for each in taken if each is not None] == [bytes([number]) for number in reversed(range(20))]


def test_a_reflected_datagram_of_any_kind_is_not_opened() -> None:
    a, b = pair()
    connect(a, b)
    for datagram in (a.hello(), a.seal(b"x")):
        reflected = a.receive(datagram)
        assert (reflected.content, reflected.answer, reflected.is_new_session) == (None, None, False)


def test_a_third_station_of_the_event_can_speak_for_nobody() -> None:
    a, b = pair()
    connect(a, b)
    c = PeerSession(C, B.public, EVENT)
    forged = c.hello()
    named_a = forged[: len(MAGIC) + 1] + name_of(A.public) + forged[len(MAGIC) + 9 :]
    assert b.receive(named_a).answer is None


def test_stations_of_different_events_do_not_understand_each_other() -> None:
    a, b = pair(b"tenant\0other")
    assert b.receive(a.hello()).answer is None


def test_a_repeated_hello_of_an_earlier_run_changes_nothing() -> None:
    a, b = pair()
    old = a.hello()
    connect(a, b)
    for _ in range(3):
        answer = b.receive(old).answer
        assert answer is not None
        assert not a.receive(answer).is_new_session
    assert b.receive(a.seal(b"on")).content == b"on"


def test_a_station_that_restarted_is_understood_and_its_earlier_datagrams_are_not() -> None:
    a, b = pair()
    connect(a, b)
    recorded = [a.seal(b"old"), a.seal(b"older")]
    again = PeerSession(A, B.public, EVENT)
    connect(again, b)
    assert [b.receive(each).content for each in recorded] == [None, None]
    assert b.receive(again.seal(b"new")).content == b"new"


@pytest.mark.parametrize(
    "datagram",
    [b"", b"DWL1", MAGIC + bytes(HEAD_BYTES), b"XXXX" + bytes(200), MAGIC + bytes(MAX_DATAGRAM)],
    ids=["empty", "magic", "short", "other", "long"],
)
def test_what_has_not_the_form_is_from_nobody(datagram: bytes) -> None:
    assert sender_name(datagram) is None


def test_a_key_that_gives_no_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="no secret"):
        PeerSession(A, DevicePublicKey(B.public.signing, bytes(32)), EVENT)


class HostileNetwork(RuleBasedStateMachine):
    """Two stations, one of which restarts now and then, and a network that does whatever it likes with datagrams."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = pair()
        self.recorded: list[tuple[str, bytes]] = []
        self.count = 0
        self.heard: list[bytes] = []

    def _send(self, to: str, datagram: bytes) -> None:
        self.recorded.append((to, datagram))

    @rule(from_a=st.booleans())
    def call(self, from_a: bool) -> None:
        self._send(*(("b", self.a.hello()) if from_a else ("a", self.b.hello())))

    @rule()
    @precondition(lambda self: self.a.is_open)
    def tell(self) -> None:
        self._send("b", self.a.seal(str(self.count).encode()))
        self.count += 1

    @rule(data=st.data())
    @precondition(lambda self: self.recorded)
    def deliver(self, data: Any) -> None:
        """Deliver any datagram that was ever sent: late, again, or to its own sender."""
        to, datagram = data.draw(st.sampled_from(self.recorded[-12:]))
        if data.draw(st.integers(0, 9)) == 0:
            to = "a" if to == "b" else "b"
        if data.draw(st.integers(0, 9)) == 0:
            at = data.draw(st.integers(len(MAGIC) + 9, len(datagram) - 1))
            datagram = datagram[:at] + bytes([datagram[at] ^ 1]) + datagram[at + 1 :]
        receiver = self.a if to == "a" else self.b
        opened = receiver.receive(datagram)
        if opened.answer is not None:
            self._send("b" if to == "a" else "a", opened.answer)
        if opened.content is not None:
            assert to == "b"
            self.heard.append(opened.content)

    @rule()
    def restart(self) -> None:
        self.a = PeerSession(A, B.public, EVENT)

    @invariant()
    def nothing_is_heard_twice_or_made_up(self) -> None:
        assert len(self.heard) == len(set(self.heard))
        assert all(int(each) < self.count for each in self.heard)

    def teardown(self) -> None:
        """Check that an undisturbed call connects them, whatever happened before."""
        answer = self.b.receive(self.a.hello()).answer
        assert answer is not None
        self.a.receive(answer)
        assert self.b.receive(self.a.seal(b"end")).content == b"end"


TestHostileNetwork = HostileNetwork.TestCase
