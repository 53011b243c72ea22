"""The pages of waitlists in a browser without scripts: those of the console, the own page of whoever waits, and the public one."""

import re
from datetime import timedelta

from fastapi import FastAPI

from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist


def base_of(waitlist: Waitlist) -> str:
    """Return the path of the waitlist."""
    return f"/events/{waitlist.key.event_id}/waitlist"


def own_page(waitlist: Waitlist, entry_id: str) -> str:
    """Return the path of an entry's own page."""
    with waitlist.hub.uow.read() as work:
        return service.page_path(work, waitlist.key, entry_id)


def test_an_organiser_sees_the_order_with_reasons_and_plans_changes_and_offers(
    admin: Browser, waitlist: Waitlist
) -> None:
    base = base_of(waitlist)
    waitlist.capacity(4)
    waitlist.register("c")
    waitlist.register("d")
    party = waitlist.join("party", 4)
    answer = admin.send(f"{base}/join", f"{base}/join", {"first_name": "Dora", "party_size": "1"})
    single = answer.headers["location"].rpartition("/")[2]
    waitlist.configure(is_paused=True)
    text = admin.read(base)
    assert text.index("party") < text.index("Dora")
    assert "The waitlist is paused." in text
    admin.send(base, f"{base}/pause", {"paused": "false"})
    waitlist.capacity(6)
    text = admin.read(base)
    assert "It needs 4 seats, and 1 are free." in text
    assert "Passed over 1 time." in text
    assert "party" in admin.read(f"{base}/preview?capacity=99")
    assert "whole number" in admin.read(f"{base}/preview?capacity=many")
    assert "Nobody would be offered" in admin.read(f"{base}/preview")
    changed = admin.send(f"{base}/{party}", f"{base}/{party}", {"party_size": "3", "priority": "VIP"})
    assert changed.status_code == 303
    refused = admin.send(f"{base}/{party}", f"{base}/{party}/offer")
    assert refused.status_code == 409
    assert "needs 3 seats, and 1 are free" in refused.text
    admin.send(f"{base}/{single}", f"{base}/{single}/accept")
    assert waitlist.statuses(single) == ["ACCEPTED"]
    assert "A registration changed" not in admin.read(f"{base}/offers")
    assert "Accepted" in admin.read(f"{base}/offers?filter[outcome]=ACCEPTED")
    assert "The registration stays, without a seat." in admin.read(f"{base}/{party}")
    admin.send(f"{base}/{party}", f"{base}/{party}/remove")
    assert "Removed from the waitlist" in admin.read(f"{base}/{party}")
    assert "No such entries" in admin.read(f"{base}?filter[status]=DECLINED")


def test_settings_keep_what_was_typed_and_say_what_is_wrong(admin: Browser, waitlist: Waitlist) -> None:
    path = f"{base_of(waitlist)}/settings"
    wrong = admin.send(path, path, {"quotas": "Child forty", "largest_party": "7"})
    assert wrong.status_code == 422
    assert "Child forty" in wrong.text
    assert 'value="7"' in wrong.text
    long = admin.send(path, path, {"quotas": f"{'c' * 65}: 1"})
    assert (long.status_code, "A category has at most 64 characters." in long.text) == (422, True)
    too_many = admin.send(path, path, {"quotas": "Child: 40"})
    assert "The categories have 40 seats for themselves" in too_many.text
    saved = admin.send(path, path, {"quotas": "Child: 1", "is_public": "1", "party_rule": "HOLD"})
    assert saved.status_code == 303
    text = admin.read(path)
    assert "Child: 1" in text
    assert f"/waitlist/{waitlist.key.event_id}" in text


def test_whoever_waits_sees_the_place_answers_the_offer_and_leaves(app: FastAPI, waitlist: Waitlist) -> None:
    visitor = Browser(app)
    first, second, third = waitlist.join("cleo"), waitlist.join("dora"), waitlist.join("emil")
    pages = [own_page(waitlist, each) for each in (first, second, third)]
    assert "You are next on the list." in visitor.read(pages[0])
    assert "2 entries are before you." in visitor.read(pages[2])
    visitor.send(pages[2], f"{pages[2]}/leave")
    assert "not on the waitlist any more" in visitor.read(pages[2])
    waitlist.cancel("ada")
    shown = visitor.get(pages[0])
    assert "1 seat is yours if you accept in time." in shown.text
    assert re.search("Times are in the time zone .*Europe/Berlin", shown.text)
    assert "noindex" in shown.headers["x-robots-tag"]
    waitlist.clock.advance(timedelta(hours=24, seconds=1))
    late = visitor.post(
        f"{pages[0]}/accept",
        visitor.fill_in(pages[1], f"{pages[1]}/leave", {"promotion_id": waitlist.offer(first)}),
    )
    assert late.status_code == 410
    waitlist.run_job()
    assert "This offer is over" in visitor.read(pages[0])
    visitor.send(pages[1], f"{pages[1]}/accept")
    assert "You have your seat." in visitor.read(pages[1])
    assert visitor.get("/w/no-such-token").status_code == 404


def test_the_public_page_says_the_same_to_everybody_and_is_off_unless_it_is_on(
    app: FastAPI, waitlist: Waitlist
) -> None:
    visitor, path = Browser(app), f"/waitlist/{waitlist.key.event_id}"
    assert visitor.get(path).status_code == 404
    waitlist.configure(is_public=True)
    wrong = visitor.send(path, path, {"first_name": "Cleo", "last_name": "K", "email": "nobody"})
    assert wrong.status_code == 422
    assert 'value="Cleo"' in wrong.text
    answers = [
        visitor.send(path, path, {"first_name": "Cleo", "last_name": "K", "email": email})
        for email in ("cleo@example.org", "Cleo@Example.org")
    ]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, f"{path}/joined")
    }
    assert "we write to you" in visitor.read(f"{path}/joined")
    with waitlist.hub.uow.read() as work:
        assert len(participants.ids_with_email(work, *waitlist.key, "cleo@example.org")) == 1
    for number in range(10):
        last = visitor.send(
            path, path, {"first_name": "x", "last_name": "y", "email": f"{number}@example.org"}
        )
    assert last.status_code == 429
