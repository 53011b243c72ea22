"""GET on the link changes nothing, POST with the one-click body does; without session, cookie or script (RFC 8058)."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from hub_sync.contract.enums import MessageChannel, MessagePurpose, SuppressionSource
from hub_sync.hub.domains.messages.suppression import links, suppressions
from hub_sync.hub.domains.messages.suppression.links import Subscription, unsubscribe_token
from hub_sync.hub.domains.messages.tables import MessageSuppression
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox
from tests.support.smtp_sink import RunningSink

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def news(seeded: Seeded) -> Subscription:
    return Subscription(
        seeded.tenant_id, MessageChannel.EMAIL, "ada@example.org", MessagePurpose.EVENT_NEWS, "d"
    )


def sources(hub: HubContext) -> list[SuppressionSource]:
    with hub.uow.read() as work:
        return list(work.session.scalars(select(MessageSuppression.source)))


def test_looking_changes_nothing_and_one_click_does_even_twice(
    hub: HubContext, client: TestClient, news: Subscription
) -> None:
    path = f"{links.PATH}/{unsubscribe_token(hub.secret_box.derive_key, news)}"
    for method in ("GET", "HEAD"):
        client.request(method, path, headers={"Purpose": "prefetch"})
    page = client.get(path)
    assert page.status_code == 200
    assert "ada@example.org" in page.text
    assert "<script" not in page.text.partition("<main")[2].partition("</main>")[0]
    assert sources(hub) == []
    client.cookies.clear()
    for _ in range(2):
        answer = client.post(path, data=ONE_CLICK)
        assert (answer.status_code, answer.text) == (200, "unsubscribed")
        assert sources(hub) == [SuppressionSource.PERSON]
    assert "You get no such messages any more" in client.get(path).text


def test_a_person_takes_it_back_on_the_page_but_not_what_an_operator_decided(
    hub: HubContext, client: TestClient, news: Subscription
) -> None:
    path = f"{links.PATH}/{unsubscribe_token(hub.secret_box.derive_key, news)}"
    assert client.post(path, headers=HERE, follow_redirects=False).status_code == 303
    client.post(path, data={"again": "1"}, headers=HERE)
    assert sources(hub) == []
    with hub.uow.begin() as work:
        suppressions.add(work, news.tenant_id, news.channel, news.address, news.purpose)
    client.post(path, data={"again": "1"}, headers=HERE)
    assert sources(hub) == [SuppressionSource.OPERATOR]


def test_a_damaged_link_is_answered_kindly(client: TestClient) -> None:
    assert client.get("/unsubscribe/AAAA").status_code == 404
    answer = client.post("/unsubscribe/AAAA", data=ONE_CLICK)
    assert (answer.status_code, answer.text[:26]) == (404, "This link is not complete.")


def test_the_link_of_a_mail_works_and_tickets_have_none_and_still_go(
    hub: HubContext, client: TestClient, outbox: Outbox, sink: RunningSink
) -> None:
    outbox.add_account(sink)
    outbox.send("ada@example.org")
    outbox.send("bo@example.org", purpose=MessagePurpose.TRANSACTIONAL)
    outbox.run()
    mails = {mail["to"]: mail["raw"] for mail in sink.messages()}
    assert "List-Unsubscribe" not in mails["bo@example.org"]
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mails["ada@example.org"]
    header = mails["ada@example.org"].partition("List-Unsubscribe: <")[2].partition(">")[0]
    path = "".join(header.split()).partition("/unsubscribe/")[2]
    assert client.post(f"/unsubscribe/{path}", data=ONE_CLICK).status_code == 200
    assert sources(hub) == [SuppressionSource.PERSON]
