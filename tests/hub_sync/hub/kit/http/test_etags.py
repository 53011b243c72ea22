"""Versions and tags: a change says what it changes, and of two at once one is refused.

Check 7 of the issue (428, 412, two at once exactly one 200) is here, with real threads, on both databases.
"""

from collections import Counter

import pytest

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.support.rest_client import Rest, refused


@pytest.fixture
def person(rest: Rest) -> str:
    """Return the path of a registered participant."""
    return str(rest.post(rest.people, json={"first_name": "Ada"}).headers["location"]).removeprefix("/api/v1")


def test_a_put_says_which_version_it_changes(rest: Rest) -> None:
    path = f"/events/{rest.event_id}"
    refused(rest.put(path, json={"name": "Other"}), 428, "PreconditionRequired")
    tag = rest.get(path).headers["etag"]
    changed = rest.put(path, json={"name": "Other"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["data"]["name"]) == (200, "Other")
    assert changed.headers["etag"] != tag
    assert rest.get(path).headers["etag"] == changed.headers["etag"]
    stale = refused(rest.put(path, json={"name": "Third"}, headers={"If-Match": tag}), 412, "EventChanged")
    assert stale["version"] == changed.json()["data"]["version"]
    assert rest.get(path).json()["data"]["name"] == "Other"


@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [
        ("nonsense", 400, "BadRequest"),
        ('W/"99"', 412, "EventChanged"),
        ('"98", "99"', 412, "EventChanged"),
        ('"1" "2"', 400, "BadRequest"),
        ('*, "1"', 400, "BadRequest"),
        ("", 400, "BadRequest"),
        (f'W/"{"a1" * 12}"', 412, "PreconditionFailed"),
        ('"one"', 412, "PreconditionFailed"),
        ('"99"', 412, "EventChanged"),
        ('"9999999999999999999999"', 412, "PreconditionFailed"),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_tag_that_was_not_given_changes_nothing(rest: Rest, tag: str, status: int, code: str) -> None:
    path = f"/events/{rest.event_id}"
    refused(rest.put(path, json={"name": "Other"}, headers={"If-Match": tag}), status, code)
    refused(rest.delete(path, headers={"If-Match": tag}), status, code)
    assert rest.get(path).json()["data"]["name"] == "Summit"


@pytest.mark.parametrize(
    "as_sent",
    [
        'W/"{version}"',
        '"{version}-gzip"',
        'W/"{version}-br"',
        '"{version}--gzip"',
        '"{version};zstd"',
        '"77", "{version}"',
        '"a,b" ,, W/"{version}-gzip",',
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_tag_that_a_compressing_proxy_changed_names_the_same_version(rest: Rest, as_sent: str) -> None:
    path = f"/events/{rest.event_id}"
    tag = as_sent.format(version=rest.get(path).json()["data"]["version"])
    assert rest.get(path, headers={"If-None-Match": tag}).status_code == 304
    changed = rest.put(path, json={"name": "Other"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["data"]["name"]) == (200, "Other")
    refused(rest.put(path, json={"name": "Third"}, headers={"If-Match": tag}), 412, "EventChanged")
    assert rest.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_every_change_by_version_takes_a_list_of_weak_tags(rest: Rest, person: str) -> None:
    for path, change in ((person, {"category": "Press"}), (f"/events/{rest.event_id}", {"name": "Other"})):
        version = rest.get(path).json()["data"]["version"]
        tags = f'W/"{version + 5}", W/"{version}-gzip"'
        assert rest.put(path, json=change, headers={"If-Match": tags}).status_code == 200
        assert rest.delete(path, headers={"If-Match": tags}).status_code == 412
        tags = f'W/"{version + 1}", "{version + 5}"'
        assert rest.delete(path, headers={"If-Match": tags}).status_code == 204


def test_a_star_changes_any_version(rest: Rest) -> None:
    answer = rest.put(f"/events/{rest.event_id}", json={"capacity": None}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["data"]["capacity"]) == (200, None)


@pytest.mark.both_databases
@pytest.mark.parametrize("of", ["event", "participant"])
def test_of_two_changes_at_once_exactly_one_is_made(
    rest: Rest, hub: HubContext, seeded: Seeded, person: str, of: str
) -> None:
    path = person if of == "participant" else f"/events/{rest.event_id}"
    field = "last_name" if of == "participant" else "name"
    for turn in range(3):
        tag = rest.get(path).headers["etag"]
        answers = rest.at_once(4, "PUT", path, json={field: f"Turn {turn}"}, headers={"If-Match": tag})
        assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 3}
    with hub.uow.read() as work:
        entries = audit.entries_of(work, seeded.tenant_id, of, path.rpartition("/")[2])
    assert [entry.action for entry in entries].count("update") == 3


@pytest.mark.both_databases
def test_of_two_who_delete_at_once_one_is_told_that_it_is_gone(rest: Rest, person: str) -> None:
    answers = rest.at_once(3, "DELETE", person)
    assert Counter(answer.status_code for answer in answers) == {204: 1, 404: 2}


def test_who_has_it_already_is_not_sent_it_again(rest: Rest, person: str) -> None:
    for path in (person, f"/events/{rest.event_id}", "/events", rest.people, f"{person}?expand=event"):
        first = rest.get(path)
        again = rest.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["x-ratelimit-limit"] == "2000"
        assert rest.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_what_is_expanded_beside_it_has_a_part_in_its_tag(rest: Rest, person: str) -> None:
    tag = rest.get(f"{person}?expand=event").headers["etag"]
    assert tag.startswith("W/")
    rest.put(f"/events/{rest.event_id}", json={"name": "Renamed"}, headers={"If-Match": "*"})
    answer = rest.get(f"{person}?expand=event", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["data"]["event"]["name"]) == (200, "Renamed")


def test_a_change_that_changes_nothing_leaves_the_version(rest: Rest, person: str) -> None:
    tag = rest.get(person).headers["etag"]
    same = rest.put(person, json={"first_name": "Ada"}, headers={"If-Match": tag})
    assert (same.status_code, same.headers["etag"]) == (200, tag)
