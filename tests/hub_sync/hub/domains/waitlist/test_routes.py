"""The waitlist over REST."""

from typing import Any

from hub_sync.hub.domains.participants.manifest import PARTICIPANTS_CREATE
from hub_sync.hub.domains.waitlist.manifest import WAITLIST_MANAGE
from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, error_code, make_caller
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist

__all__ = ["make_caller"]


def test_an_entry_over_rest_from_the_join_to_the_seat(waitlist: Waitlist, make_caller: CallerFactory) -> None:
    caller = make_caller(WAITLIST_MANAGE)

    def call(method: str, path: str = "", status: int = 200, **more: Any) -> Any:
        headers = caller.headers | more.pop("headers", {})
        url = f"/api/v1/events/{waitlist.key.event_id}/waitlist{path}"
        answer = caller.client.request(method, url, headers=headers, **more)
        assert answer.status_code == status, answer.text
        return answer

    waitlist.person("cleo", takes_seat=False)
    entry = call("POST", status=201, json={"participant_id": "cleo"}).json()["data"]
    path = f"/{entry['id']}"
    place = call("GET", path).json()["data"]
    assert (place["position"], place["why"]["sentence"]) == (1, "No seat is free for it.")
    preview = call("GET", "/preview?capacity=3").json()["data"]
    assert (preview["free"], [each["participant_id"] for each in preview["offers"]]) == (1, ["cleo"])
    call("POST", f"{path}/offer", 409)
    settings = call("GET", "/settings")
    version = {"If-Match": settings.headers["etag"]}
    call("PUT", "/settings", json={"is_paused": True}, headers=version)
    call("PUT", "/settings", 412, json={"is_paused": False}, headers=version)
    waitlist.capacity(3)
    call("POST", f"{path}/offer")
    (offer,) = call("GET", "/offers?filter[outcome]=OPEN").json()["data"]
    answer = {"promotion_id": offer["id"]}
    accepted = call("POST", f"{path}/accept", json=answer).json()["data"]
    assert accepted["entry"]["status"] == "ACCEPTED"
    declined = call("POST", f"{path}/decline", 409, json=answer)
    assert error_code(declined, 409) == "OfferDecided"
    call("POST", f"{path}/remove", 409)
    assert [each["status"] for each in call("GET").json()["data"]] == ["ACCEPTED"]


def test_a_new_person_joins_over_rest_while_the_event_is_full(
    waitlist: Waitlist, make_caller: CallerFactory
) -> None:
    url = f"/api/v1/events/{waitlist.key.event_id}"
    person = {"first_name": "Cleo", "email": "cleo@example.org"}
    caller = make_caller(WAITLIST_MANAGE, PARTICIPANTS_CREATE)
    full = caller.client.post(f"{url}/participants", headers=caller.headers, json=person)
    assert error_code(full, 409) == "EventFull"
    new = {"participant": person, "party_size": 2, "priority": "HIGH"}
    joined = caller.client.post(f"{url}/waitlist/people", headers=caller.headers, json=new)
    assert joined.status_code == 201, joined.text
    entry = joined.json()["data"]
    assert (entry["status"], entry["party_size"], entry["priority"]) == ("WAITING", 2, "HIGH")
    approved = new | {"participant": person | {"email": "dora@example.org", "status": "APPROVED"}}
    refused = caller.client.post(f"{url}/waitlist/people", headers=caller.headers, json=approved)
    assert error_code(refused, 409) == "AlreadyRegistered"
    lesser = make_caller(WAITLIST_MANAGE)
    assert lesser.client.post(f"{url}/waitlist/people", headers=lesser.headers, json=new).status_code == 403
