"""The status page of a visitor: what it shows, its language, and the stream that it follows."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from fastapi import FastAPI, Request
from sse_starlette import ServerSentEvent
from starlette.testclient import TestClient

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import QueueStatus
from hub_sync.contract.queue import QueueActionKind
from hub_sync.hub.console import Page, token_pages
from hub_sync.hub.domains.queue.pages import visitor
from hub_sync.hub.domains.queue.queues import service
from hub_sync.hub.domains.queue.tickets.actions import Clerk, act, token_hash
from hub_sync.hub.kit.events.shared_reads import SharedReads
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.console.browser_client import Browser
from tests.support.builders.hub_queues import HubQueues, call_next, give, ticket_of

pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
K = QueueActionKind


def test_a_visitor_sees_the_place_in_the_queue_and_it_never_grows_when_somebody_slow_returns(
    hub: HubContext, clock: ManualClock, client: TestClient, queues: HubQueues
) -> None:
    slow, _ = give(hub, queues)
    second, _ = give(hub, queues)
    _, token = give(hub, queues)
    first = client.get(f"/q/{token}")
    assert first.status_code == 200
    assert "2 people are before you" in first.text
    assert "About 0 to 5 minutes" in first.text, "by the queue's own figure, as the slip says"
    assert "noindex" in first.headers["x-robots-tag"]
    assert first.headers["cache-control"].startswith("no-store")
    with hub.uow.begin() as work:
        act(work, queues.key, slow, K.PARKED, Clerk())
    assert "2 people are before you" in client.get(f"/q/{token}").text
    with hub.uow.begin() as work:
        act(work, queues.key, slow, K.RETURNED, Clerk())
    assert "2 people are before you" in client.get(f"/q/{token}").text
    call_next(hub, queues)
    assert "1 person is before you" in client.get(f"/q/{token}").text
    clock.advance(timedelta(minutes=1))
    for kind in (K.NO_SHOW, K.RETURNED):
        with hub.uow.begin() as work:
            act(work, queues.key, slow, kind, Clerk())
    assert "1 person is before you" in client.get(f"/q/{token}").text
    call_next(hub, queues)
    for kind in (K.SERVING, K.PARKED):
        with hub.uow.begin() as work:
            act(work, queues.key, second, kind, Clerk())
    assert "You are next" in client.get(f"/q/{token}").text, (
        "somebody who fills in a form keeps their place, and takes none"
    )
    with hub.uow.begin() as work:
        act(work, queues.key, second, K.RETURNED, Clerk())
    assert "You are next" in client.get(f"/q/{token}").text
    call_next(hub, queues)
    call_next(hub, queues, counter=1)
    turn = client.get(f"/q/{token}", headers={"Accept-Language": "de"})
    assert "Sie sind an der Reihe" in turn.text
    assert "Counter 2" in turn.text


def test_a_visitor_leaves_and_takes_it_back_within_a_minute_at_the_same_place(
    app: FastAPI, hub: HubContext, clock: ManualClock, queues: HubQueues
) -> None:
    mine, token = give(hub, queues)
    give(hub, queues)
    visitor_browser = Browser(app)
    visitor_browser.send(f"/q/{token}", f"/q/{token}/leave", {})
    assert "You have left the queue" in visitor_browser.read(f"/q/{token}")
    visitor_browser.send(f"/q/{token}", f"/q/{token}/undo", {})
    assert "You are next" in visitor_browser.read(f"/q/{token}")
    visitor_browser.send(f"/q/{token}", f"/q/{token}/leave", {})
    clock.advance(timedelta(seconds=61))
    late = visitor_browser.read(f"/q/{token}")
    assert "Take it back" not in late
    refused = visitor_browser.client.post(f"/q/{token}/undo", headers={"Origin": "http://testserver"})
    assert refused.status_code == 409
    assert ticket_of(hub, mine).status is QueueStatus.CANCELLED


def test_a_wrong_token_shows_nothing_and_guessing_is_slowed_down_for_the_guesser_alone(
    hub: HubContext, client: TestClient, queues: HubQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_pages, "WRONG_TOKENS_A_MINUTE", 3)
    monkeypatch.setattr(token_pages, "VIEWS_A_MINUTE", 2)
    _, token = give(hub, queues)
    codes = [client.get(f"/q/{wrong}").status_code for wrong in ("x", "y" * 500, token[:-1], "z")]
    assert codes == [404, 404, 404, 429]
    assert "Registration" not in client.get("/q/x").text
    # Visitors of a venue share one address: a guesser there takes nobody's page away.
    assert client.get(f"/q/{token}").status_code == 200
    neighbours = [TestClient(client.app, client=(f"2001:db8::{number}", 1)) for number in range(4)]
    assert [each.get("/q/x").status_code for each in neighbours] == codes, "they may all be one machine"


def test_no_name_and_no_token_is_stored_or_shown(
    hub: HubContext, client: TestClient, queues: HubQueues
) -> None:
    ticket_id, token = give(hub, queues)
    assert token not in str(vars(ticket_of(hub, ticket_id)))
    with hub.uow.begin() as work:
        service.toggle(work, queues.key, queues.queue_id, False)
    page = client.get(f"/q/{token}").text
    assert "A001" in page
    assert queues.key.tenant_id not in page


def test_the_page_speaks_the_language_of_the_slip_until_its_reader_chooses_another(
    app: FastAPI, hub: HubContext, client: TestClient, queues: HubQueues
) -> None:
    _, token = give(hub, queues, language="de")
    arabic = client.get(f"/q/{give(hub, queues, language='ar-EG')[1]}", headers={"Accept-Language": "de"})
    assert '<html lang="ar" dir="rtl"' in arabic.text
    reader = Browser(app)
    page = reader.get(f"/q/{token}", headers={"Accept-Language": "ar"}).text
    assert '<html lang="de"' in page
    assert '<option value="ar" lang="ar">' in page, "another one can be chosen"
    reader.send(f"/q/{token}", "/preferences", {"language": "ar"})
    assert '<html lang="ar"' in reader.read(f"/q/{token}")
    strange = client.get(f"/q/{give(hub, queues, language='tlh')[1]}", headers={"Accept-Language": "de"})
    assert '<html lang="de"' in strange.text


def test_without_a_script_the_page_refreshes_itself_and_with_one_it_follows(
    hub: HubContext, client: TestClient, queues: HubQueues
) -> None:
    _, token = give(hub, queues)
    page = client.get(f"/q/{token}").text
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page
    assert f'data-stream="/q/{token}/live" data-fallback="10"' in page


def watching(app: FastAPI, language: str = "en") -> Page:
    headers = [(b"accept-language", language.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("127.0.0.1", 1)}
    request = Request({**scope, "query_string": b"", "app": app})
    return Page(app.state.hub, app.state.console, request, None)


def stream_of(page: Page, token: str) -> AsyncGenerator[ServerSentEvent]:
    with page.hub.uow.look_up() as work:
        ticket = visitor._find(work, token)
    page.usual_language = ticket.language
    return visitor._generate_parts(page, token, ticket, "visitor:1")


def test_the_stream_sends_what_changes_for_this_visitor_and_nothing_else(
    app: FastAPI, hub: HubContext, queues: HubQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = SharedReads(hub.live_streams, pace_s=0.0)
    monkeypatch.setitem(hub.__dict__, "shared_reads", reads)
    first, first_token = give(hub, queues)
    _, second_token = give(hub, queues, language="de")
    parts: list[str] = []

    async def follow() -> None:
        mine, others = stream_of(watching(app), first_token), stream_of(watching(app), second_token)
        parts.extend([str((await anext(stream)).data) for stream in (mine, others)])
        await asyncio.to_thread(give, hub, queues)  # concerns neither of them
        await asyncio.to_thread(call_next, hub, queues)
        parts.extend([str((await anext(stream)).data) for stream in (mine, others)])
        await asyncio.to_thread(finish)
        event = await anext(mine)
        assert (event.event, event.data) == ("look", ""), "it is over: the page looks once more"
        hub.live_streams.close()
        assert [each async for each in mine] == []
        await others.aclose()
        assert reads._rooms == {}, "nobody reads while nobody looks"

    def finish() -> None:
        with hub.uow.begin() as work:
            act(work, queues.key, first, K.COMPLETED, Clerk())

    asyncio.run(asyncio.wait_for(follow(), 10))
    texts = ["You are next", "1 Person ist vor Ihnen", "It is your turn", "Sie sind als Nächstes dran"]
    assert [text in part for text, part in zip(texts, parts, strict=True)] == [True] * 4, parts
    assert all('id="visitor"' in part for part in parts)


def test_a_wrong_token_gets_no_stream_and_one_number_gets_a_few(
    hub: HubContext, client: TestClient, queues: HubQueues
) -> None:
    assert client.get("/q/nobody/live").status_code == 404
    _, token = give(hub, queues)
    ticket = token_hash(token)
    with hub.live_streams.track_stream(f"visitor:{ticket}"):
        for _ in range(visitor.MOST_STREAMS - 1):
            hub.live_streams._watching[f"visitor:{ticket}"] += 1
        assert client.get(f"/q/{token}/live").status_code == 429
