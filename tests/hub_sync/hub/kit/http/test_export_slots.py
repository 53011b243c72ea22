"""Exports are limited, for all and for each caller; however one ends, another may begin."""

from collections.abc import Iterator

import pytest

from hub_sync.hub.kit.http import export_slots
from hub_sync.hub.kit.http.export_slots import ExportRunning, ExportSlots, OwnExportRunning
from hub_sync.hub.kit.security.access import Caller, CallerKind


def caller(name: str) -> Caller:
    return Caller(CallerKind.USER, name, "tenant", f"user:{name}", frozenset(), frozenset(), 1)


def failing() -> Iterator[bytes]:
    yield b"a"
    raise OSError("the database went away")


def test_each_caller_and_all_together_have_a_limit() -> None:
    slots = ExportSlots(most=3, most_per_caller=2)
    of_ada = [slots.take(caller("ada")) for _ in range(2)]
    with pytest.raises(OwnExportRunning) as own:
        slots.take(caller("ada"))
    assert (own.value.code, own.value.status) == ("ExportRunning", 429)
    assert own.value.parameters["retry_after_s"] == 15
    of_bob = slots.take(caller("bob"))
    with pytest.raises(ExportRunning):
        slots.take(caller("cleo"))
    evacuation = slots.take(caller("cleo"), always=True)
    for slot in (*of_ada, of_bob, evacuation):
        slot.give_back()
        slot.give_back()
    assert [slots.take(caller("ada")) for _ in range(2)]


def test_a_slot_is_free_when_its_export_ends_fails_or_is_dropped() -> None:
    slots = ExportSlots(most=1)
    assert list(slots.take(caller("ada")).hold(iter([b"a", b"b"]))) == [b"a", b"b"]
    with pytest.raises(OSError, match="went away"):
        list(slots.take(caller("ada")).hold(failing()))
    begun = slots.take(caller("ada")).hold(iter([b"a", b"b"]))
    assert next(begun) == b"a"
    begun.close()
    slots.take(caller("ada"))  # a response that is never sent
    assert list(slots.take(caller("ada")).hold(iter([]))) == []


def test_the_garbage_collector_gives_a_slot_back_in_the_middle_of_taking_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slots = ExportSlots(most_per_caller=1)
    dropped = [slots.take(caller("ada"))]

    class Collected(OwnExportRunning, variant=True):
        """The error, while whose memory is taken the collector runs."""

        def __init__(self, **values: object) -> None:
            dropped.clear()
            super().__init__(**values)

    monkeypatch.setattr(export_slots, "OwnExportRunning", Collected)
    with pytest.raises(OwnExportRunning):
        slots.take(caller("ada"))
    assert slots.take(caller("ada")), "the collector took no lock that this thread had"
