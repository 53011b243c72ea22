"""A process of the hub stays on one CPU, and workers take different ones."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from hub_sync.hub import cpu_affinity
from hub_sync.hub.cpu_affinity import available_cpus, least_used, pin_thread

T = TypeVar("T")


def on_a_thread(function: Callable[[], T]) -> T:
    """Call a function on a thread of its own, which alone is pinned."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def cpus_of_thread() -> set[int]:
    return os.sched_getaffinity(0)


@pytest.mark.skipif(len(available_cpus()) < 2, reason="there is one CPU")
def test_a_thread_and_those_that_it_starts_stay_on_one_cpu() -> None:
    def pin() -> tuple[set[int], set[int]]:
        pin_thread(None)
        return cpus_of_thread(), on_a_thread(cpus_of_thread)

    own, of_started = on_a_thread(pin)
    assert len(own) == 1
    assert own == of_started
    assert own < cpus_of_thread()


@pytest.mark.skipif(len(available_cpus()) < 2, reason="there is one CPU")
def test_a_cpu_that_may_not_be_used_is_not_taken() -> None:
    def pin() -> set[int]:
        pin_thread(100_000)
        return cpus_of_thread()

    assert on_a_thread(pin) == {available_cpus()[-1]}


def test_workers_take_the_cpus_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_affinity, "available_cpus", lambda: [2, 3, 5])
    chosen: list[int | None] = []
    for _ in range(4):
        chosen.append(least_used(chosen))
    assert chosen == [2, 3, 5, 2]
    assert least_used([2, 5, 2]) == 3, "that of a worker which has ended"


def test_nothing_is_pinned_without_a_global_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys._is_gil_enabled", lambda: False, raising=False)
    assert available_cpus() == []
    assert least_used([]) is None
    pin_thread(None)
    assert len(cpus_of_thread()) >= 1


@pytest.mark.parametrize("call", ["sched_setaffinity", "sched_getaffinity"])
def test_a_system_that_forbids_it_is_served_as_it_is(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def forbid(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, call, forbid)
    pin_thread(None)
    assert least_used([]) in (None, *available_cpus())
