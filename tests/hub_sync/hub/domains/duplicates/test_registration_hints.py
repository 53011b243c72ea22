"""What a registration over REST says of who may be registered already."""

from typing import Any

import pytest

from tests.hub_sync.hub.domains.check_in.conftest import CallerFactory, EventApiClient, make_caller
from tests.hub_sync.hub.domains.duplicates.conftest import Duplicates

__all__ = ["make_caller"]
pytestmark = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)

ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "Ada@example.org"}


def register(caller: EventApiClient, duplicates: Duplicates, person: dict[str, Any]) -> dict[str, Any]:
    path = f"/api/v1/events/{duplicates.key.event_id}/participants"
    answer = caller.client.post(path, json=person, headers=caller.headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_who_may_review_duplicates_reads_masked_hints_and_nobody_is_kept_out(
    make_caller: CallerFactory, duplicates: Duplicates
) -> None:
    caller = make_caller("participants:create", "participants:read", "duplicates:review")
    answer = register(caller, duplicates, ADA)
    similar = answer["meta"]["similar"]
    assert {each["participant_id"] for each in similar} == {"ada", "ada-2"}
    assert {(each["name"], each["email"]) for each in similar} == {("A… L…", "a…@example.org")}
    assert similar[0]["score"] >= similar[1]["score"] > 0.5
    assert caller.client.get(similar[0]["href"], headers=caller.headers).status_code == 200
    assert "meta" not in register(caller, duplicates, {"first_name": "Grace", "last_name": "Hopper"})
    assert "meta" not in register(caller, duplicates, {"first_name": "Carl", "last_name": "Berg"}), "no Bo"


@pytest.mark.parametrize("rights", [(), ("participants:read",), ("duplicates:review",)])
def test_nobody_else_reads_them(
    make_caller: CallerFactory, duplicates: Duplicates, rights: tuple[str, ...]
) -> None:
    caller = make_caller("participants:create", *rights)
    assert register(caller, duplicates, ADA).keys() == {"data"}
