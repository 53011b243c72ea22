"""Listeners wake at once for this process's commits, soon for another's, and end when the hub stops."""

import asyncio
import threading

import pytest

from hub_sync.contract.clock import ManualClock
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.kit.db.unit_of_work import UnitOfWork
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.events.live_streams import LiveStreams
from hub_sync.hub.kit.events.notifier import RowKey
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded

KEY, OTHER = FeedKey("t", "e"), FeedKey("t", "other")
ROW = RowKey("t", "device")


def test_a_listener_wakes_for_its_own_feed_only() -> None:
    async def scenario() -> None:
        live = LiveStreams(lambda _: {}, poll_s=60)
        with live.listen(KEY) as mine, live.listen(OTHER) as others:
            threading.Thread(target=live.notify, args=({KEY},)).start()
            assert await mine.wait(2)
            assert not await others.wait(0.05)
            assert not await mine.wait(0.05), "woken once, not twice"

    asyncio.run(scenario())


def test_a_notice_of_a_row_wakes_who_listens_to_it_and_is_no_feed_to_poll() -> None:
    polled: list[set[FeedKey]] = []

    def heads(keys: set[FeedKey]) -> dict[FeedKey, int]:
        polled.append(keys)
        return {}

    async def scenario() -> None:
        live = LiveStreams(heads, poll_s=60)
        with live.listen(ROW) as mine, live.listen(KEY) as of_the_feed:
            live.notify({ROW})
            assert await mine.wait(2)
            assert (mine.was_notified, of_the_feed.was_notified) == (True, False)
            live.poll()
        assert polled == [{KEY}]

    asyncio.run(scenario())


def test_what_moves_between_listening_and_waiting_is_not_lost() -> None:
    async def scenario() -> None:
        live = LiveStreams(lambda _: {}, poll_s=60)
        with live.listen(KEY) as mine:
            live.notify({KEY})
            await asyncio.sleep(0.01)
            assert await mine.wait(0.5)

    asyncio.run(scenario())


def test_closing_wakes_everybody_and_those_who_come_late_see_it() -> None:
    async def scenario() -> None:
        live = LiveStreams(lambda _: {}, poll_s=60)
        with live.listen(KEY) as mine:
            live.close()
            assert await mine.wait(1)
            assert mine.closing
        with live.listen(KEY) as late:
            assert late.closing
            assert await late.wait(0.5), "a stream that begins while the hub stops waited ten seconds"

    asyncio.run(scenario())


def test_nobody_reads_the_database_while_nobody_listens() -> None:
    queried_keys: list[set[FeedKey]] = []

    def heads(keys: set[FeedKey]) -> dict[FeedKey, int]:
        queried_keys.append(keys)
        return dict.fromkeys(keys, 1)

    async def scenario() -> None:
        live = LiveStreams(heads, poll_s=0.01)
        async with live.polling(lambda error: pytest.fail(str(error))):
            await asyncio.sleep(0.05)
            assert queried_keys == []
            with live.listen(KEY):
                await asyncio.sleep(0.05)
            assert queried_keys
            assert queried_keys[0] == {KEY}

    asyncio.run(scenario())


def test_a_database_that_is_away_does_not_end_the_polling() -> None:
    answers: list[int | Exception] = [1, OSError("away"), 2]
    errors: list[Exception] = []

    def heads(keys: set[FeedKey]) -> dict[FeedKey, int]:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return dict.fromkeys(keys, answer)

    async def scenario() -> None:
        live = LiveStreams(heads, poll_s=0.01)
        async with live.polling(errors.append):
            with live.listen(KEY) as mine:
                assert await mine.wait(2), "the first look"
                assert await mine.wait(2), "what moved while it was away"

    asyncio.run(scenario())
    assert [str(error) for error in errors] == ["away"]


def test_what_another_process_commits_before_the_first_look_is_seen() -> None:
    async def scenario() -> None:
        live = LiveStreams(lambda keys: dict.fromkeys(keys, 7), poll_s=60)
        with live.listen(KEY) as mine:
            live.poll()
            assert await mine.wait(1)
            live.poll()
            assert not await mine.wait(0.05), "nothing moved since"

    asyncio.run(scenario())


def test_another_processs_commit_is_seen(
    hub: HubContext, seeded: Seeded, database_url: str, clock: ManualClock
) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)
    elsewhere = UnitOfWork(Database(database_url), clock, hub.new_id)

    def commit() -> None:
        with elsewhere.begin() as work:
            participants.create(work, *key, participants.NewParticipant())

    async def scenario() -> None:
        async with hub.live_streams.polling(lambda error: pytest.fail(str(error))):
            with hub.live_streams.listen(key) as mine:
                assert await mine.wait(2), "the first look wakes, whatever happened before it"
                assert not await mine.wait(0.2)
                await asyncio.to_thread(commit)
                assert await mine.wait(2)

    asyncio.run(scenario())
    elsewhere.database.close()


def test_this_processs_commit_wakes_without_polling(hub: HubContext, seeded: Seeded) -> None:
    key = FeedKey(seeded.tenant_id, seeded.event_id)

    def commit() -> None:
        with hub.uow.begin() as work:
            participants.create(work, *key, participants.NewParticipant())

    async def scenario() -> None:
        with hub.live_streams.listen(key) as mine:
            await asyncio.to_thread(commit)
            assert await mine.wait(2)

    asyncio.run(scenario())
