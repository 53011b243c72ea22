"""Pages load all files from the hub, and the browser fetches each file once."""

from playwright.sync_api import Response

from tests.support.console_hub import Arrive, ConsoleHub, sign_in

_FETCHED = """() => performance.getEntriesByType("resource").filter((entry) => entry.name.includes("/assets/"))
  .map((entry) => entry.transferSize)"""


def test_files_come_from_the_hub_and_are_kept(console: ConsoleHub, arrive: Arrive) -> None:
    somebody = arrive()
    page = somebody.page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright wants a function of its own
    sign_in(page, console.user("cache@example.org"), console.event)
    files = [answer for answer in answers if "/assets/" in answer.url]
    assert len(files) >= 5
    for answer in files:
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable", answer.url
    page.goto("/events")
    again = page.evaluate(_FETCHED)
    assert again
    assert not any(again)
    assert {url.split("/", 3)[2] for url in somebody.requested_urls} == {console.url.split("/", 3)[2]}
    pages = [
        answer
        for answer in answers
        if answer.url.startswith(console.url + "/events") and answer.status == 200
    ]
    assert {answer.headers["cache-control"] for answer in pages} == {"no-store"}
