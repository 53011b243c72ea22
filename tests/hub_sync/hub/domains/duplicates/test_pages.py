"""The pages of duplicates without a script: a pair is reviewed, merged, looked at and taken apart."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.matching.evidence import Frequencies
from hub_sync.hub.domains.duplicates.matching.person_features import features_of
from hub_sync.hub.domains.duplicates.matching.scoring import score_pair
from tests.hub_sync.hub.console.browser_client import Browser, signed_in_as
from tests.hub_sync.hub.domains.duplicates.conftest import PEOPLE, Duplicates


class Visitor:
    """A signed-in administrator without a script."""

    def __init__(self, browser: Browser, event_id: str) -> None:
        self.browser, self.path, self.page = browser, f"/events/{event_id}", ""

    def get(self, path: str) -> str:
        self.page = f"{self.path}{path}"
        return self.browser.read(self.page)

    def post(self, path: str, **fields: Any) -> Response:
        return self.browser.send(self.page, f"{self.path}{path}", fields)

    def follow(self, answer: Response) -> str:
        return self.browser.read(answer.headers["location"])

    def find(self, kind: str) -> str:
        match = re.search(rf"/{kind}/([0-9a-f-]{{36}})\"", self.get(f"/{kind}"))
        assert match
        return f"/{kind}/{match.group(1)}"


@pytest.fixture
def visitor(duplicates: Duplicates, app: FastAPI) -> Visitor:
    left, other = (features_of({"id": id_, **PEOPLE[id_]}) for id_ in ("ada", "ada-2"))
    score = score_pair(left, other, Frequencies(people=3))
    pair = {"a_id": "ada", "b_id": "ada-2", "score": 0.99, "explanation": score.explanation, "data_hash": "x"}
    with duplicates.hub.uow.begin() as work:
        candidates.store(work, duplicates.key, [pair])
    return Visitor(signed_in_as(app, duplicates.key.tenant_id), duplicates.key.event_id)


def test_a_pair_is_reviewed_merged_and_taken_apart(visitor: Visitor, duplicates: Duplicates) -> None:
    path = visitor.find("duplicates")
    shown = visitor.get(path)
    assert "speaks strongly for it" in shown
    assert shown.count("Lovelace") >= 4
    chosen = {"survivor": "b", "phone": "b", "extra": "both", "version_a": 1, "version_b": 1}
    merged = visitor.post(f"{path}/merge", **chosen)
    assert "is one registration now" in visitor.follow(merged)
    assert duplicates.person("ada").standing == "merged:ada-2"
    moved = visitor.browser.get(f"{visitor.path}/participants/ada")
    assert moved.headers["location"].endswith("/participants/ada-2")
    assert "was merged into this one" in visitor.get("/participants/ada-2")
    merge_path = visitor.find("merges")
    visitor.get(merge_path)
    assert "registrations of their own again" in visitor.follow(visitor.post(f"{merge_path}/undo"))
    assert duplicates.person("ada").standing == ""
    assert "Perhaps registered twice" in visitor.get("/participants/ada")


def test_who_was_changed_meanwhile_is_not_merged(visitor: Visitor, duplicates: Duplicates) -> None:
    path = visitor.find("duplicates")
    visitor.get(path)
    duplicates.change("ada", phone="+49 30 1")
    answer = visitor.post(f"{path}/merge", survivor="b", phone="a", version_a=1, version_b=1)
    assert answer.status_code == 412
    assert "changed meanwhile" in answer.text
    assert duplicates.person("ada").standing == ""


def test_an_undo_says_what_was_changed_since(visitor: Visitor, duplicates: Duplicates) -> None:
    merged = duplicates.merge("ada", "ada-2")
    duplicates.change("ada", phone="+49 30 1")
    path = f"/merges/{merged.id}"
    assert "Changed after the merge: Phone" in visitor.get(path)
    assert visitor.browser.post(f"{visitor.path}{path}/undo").status_code == 409
    assert "own again" in visitor.follow(visitor.post(f"{path}/undo", keep_changes="1"))
    assert duplicates.person("ada").phone == "+49 30 1"


def test_a_dismissed_pair_leaves_the_list_and_can_be_opened_again(visitor: Visitor) -> None:
    path = visitor.find("duplicates")
    visitor.get(path)
    assert "They stay two people" in visitor.follow(visitor.post(f"{path}/dismiss"))
    assert path not in visitor.get("/duplicates")
    assert path in visitor.get("/duplicates?view=dismissed")
    visitor.get(path)
    assert "looked at again" in visitor.follow(visitor.post(f"{path}/reopen"))


def test_a_search_is_started_and_the_form_of_registration_hints(visitor: Visitor) -> None:
    visitor.get("/duplicates")
    shown = visitor.follow(visitor.post("/duplicates/runs"))
    assert "Looking through everybody" in shown
    assert "disabled" not in shown.split("/duplicates/runs")[1].split("</form>")[0], (
        "nothing enables it again"
    )
    part = visitor.get("/duplicates/similar?first_name=Ada&last_name=Lovelace&email=ada@example.org")
    assert "You can register all the same" in part
    assert "CODE-ada-2" in part
    assert "all the same" not in visitor.get("/duplicates/similar?last_name=%25%25%25")
    part = visitor.get("/duplicates/similar?first_name=Zoe&last_name=Quandt&email=ADA@example.org")
    assert "CODE-ada-2" in part.partition("with the same e-mail address")[2], (
        "a family's, so it makes no pair"
    )
    part = visitor.get("/duplicates/similar?email=ada@example.org")
    assert part.count("CODE-ada-2") == 1
