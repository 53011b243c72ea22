"""Probes run on threads of their own; one that got no thread is made by the next who asks."""

import asyncio
import threading

import pytest

from hub_sync.hub.kit.http.probes import Probes


def test_a_probe_that_got_no_thread_keeps_no_later_one_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def ask_twice() -> str:
        probes = Probes()
        with monkeypatch.context() as exhausted:
            exhausted.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError, match="new thread"):
                await probes.run("database", lambda: "first", 30)
        return await probes.run("database", lambda: "second", 30)

    assert asyncio.run(ask_twice()) == "second"
