"""Imports over REST: sent, mapped, previewed, mended, run."""

import copy
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from hub_sync.hub.domains.bulk.engine.runner import OperationRunner
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.imports.preview import checking
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.json_values import MAX_BYTES
from hub_sync.hub.kit.lists.xlsx_writer import xlsx_chunks
from hub_sync.hub.kit.table_files.errors import MAX_FILE
from tests.hub_sync.hub.conftest import Seeded
from tests.support.builders.event import new_event
from tests.support.builders.samples import create_key_caller
from tests.support.hub_routes import routes_of

FILE = b"Member id;Name;E-mail\n0047;Lovelace, Ada;ada@example.org\n0048;Bob;bob(at)example.org\n"
PERMISSIONS = ("bulk-operations:execute", "participants:read", "participants:create", "participants:update")


EXPORTED: list[dict[str, Any]] = [
    {"first_name": "=1+1", "last_name": "L  M", "phone": "+49 30 1", "extra": {"diet": "'vegan", "n": 7}},
    {"first_name": "Bob", "external_id": "0047", "phone": "030 555", "status": "CANCELLED", "photo": "b.jpg"},
    {
        "last_name": "Zoë",
        "email": "zoe@example.org",
        "extra": {"note": "", "big": 2**70, "in": [{"a": None}]},
    },
    {"first_name": "أحمد", "category": "Press", "group_ref": "-3", "registration_code": "000-123"},
]


class Rest:
    """A client with a key."""

    def __init__(self, app: FastAPI, hub: HubContext, seeded: Seeded, *scope: str) -> None:
        headers = create_key_caller(hub, seeded.tenant_id, *scope).headers
        self.client = TestClient(app, headers=headers)
        self.base = f"/api/v1/events/{seeded.event_id}/imports"

    def of_event(self, event_id: str) -> "Rest":
        """Return the client for another event."""
        other = copy.copy(self)
        other.base = f"/api/v1/events/{event_id}/imports"
        return other

    def send(self, content: bytes = FILE, **parameters: str) -> Response:
        """Send a file as the whole body."""
        named = {"file_name": "people.csv", **parameters}
        return self.client.post(
            self.base, params=named, content=content, headers={"Content-Type": "text/csv"}
        )

    def change(self, draft: dict[str, Any], **changes: Any) -> Response:
        """Change an import that was read."""
        return self.client.put(
            f"{self.base}/{draft['id']}", json=changes, headers={"If-Match": f'"{draft["version"]}"'}
        )


def in_words(value: Any) -> Any:
    """Return a text with its words one space apart, as an import registers names."""
    return " ".join(value.split()) if isinstance(value, str) else value


def counts_of(rest: Rest, content: bytes) -> dict[str, int]:
    """Return how many rows of a file would have which outcome, without those that none has."""
    draft = rest.change(rest.send(content).json()["data"]).json()["data"]
    return {name: count for name, count in draft["summary"]["counts"].items() if count}


@pytest.fixture
def rest(app: FastAPI, hub: HubContext, seeded: Seeded) -> Rest:
    return Rest(app, hub, seeded, *PERMISSIONS)


def test_a_file_is_sent_mended_and_run(rest: Rest, hub: HubContext) -> None:
    created = rest.send()
    draft = created.json()["data"]
    assert (created.status_code, draft["stage"], draft["file_name"]) == (201, "MAPPING", "people.csv")
    assert draft["mapping"] == {"0": "external_id", "1": "full_name", "2": "email"}
    draft = rest.change(draft, options={"match_by": "external_id"}).json()["data"]
    assert (draft["stage"], draft["summary"]["counts"]["refuse"]) == ("PREVIEW", 1)
    rows = rest.client.get(f"{rest.base}/{draft['id']}/rows", params={"outcome": "refuse"}).json()["data"]
    assert (rows["total"], rows["rows"][0]["line"]) == (1, 3)
    assert rows["rows"][0]["issues"][0]["message"].startswith("Not an e-mail address")
    assert b"bob(at)example.org" in rest.client.get(f"{rest.base}/{draft['id']}/refused.csv").content
    mend = {"kind": "replace", "field": "email", "text": "bob(at)example.org", "by": "bob@example.org"}
    draft = rest.change(draft, mends=[mend]).json()["data"]
    assert draft["summary"]["counts"]["create"] == 2
    run = rest.client.post(f"{rest.base}/{draft['id']}/run").json()["data"]
    assert run["stage"] == "STARTED"
    runner = OperationRunner(hub.uow)
    while active := runner.find_active():
        runner.run_part(active[0])
    people = rest.client.get(rest.base.replace("imports", "participants") + "?sort=last_name").json()["data"]
    assert [(each["external_id"], each["last_name"]) for each in people] == [
        ("0048", "Bob"),
        ("0047", "Lovelace"),
    ]
    assert rest.client.post(f"{rest.base}/{draft['id']}/run").status_code == 409
    assert rest.client.delete(f"{rest.base}/{draft['id']}").status_code == 409


def test_mended_rows_are_previewed_alone_and_an_empty_change_keeps_the_mends(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = rest.change(rest.send().json()["data"]).json()["data"]
    mends = [{"kind": "row", "line": 3, "field": "email", "by": "bob@example.org"}]
    with monkeypatch.context() as patched:
        patched.setattr(checking, "check", None)  # whoever previews the whole file fails
        draft = rest.change(draft, mends=mends).json()["data"]
        assert draft["summary"]["counts"]["refuse"] == 0
        draft = rest.change(draft, mends=[]).json()["data"]
        assert draft["summary"]["counts"]["refuse"] == 1
    draft = rest.change(draft, mends=mends, options={"match_by": "email"}).json()["data"]
    draft = rest.change(draft).json()["data"]
    assert (draft["mends"], draft["summary"]["counts"]["create"]) == (mends, 2)


def test_a_file_comes_as_a_form_too_and_once_by_its_key(rest: Rest) -> None:
    answers = [
        rest.client.post(rest.base, files={"file": ("Gäste.csv", FILE)}, headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["data"]["file_name"] == "Gäste.csv"
    assert len(rest.client.get(rest.base).json()["data"]) == 1


def test_somebody_who_read_an_older_version_changes_nothing(rest: Rest) -> None:
    draft = rest.send().json()["data"]
    assert rest.change(draft, options={}).status_code == 200
    for changes in ({"options": {"match_by": "email"}}, {"header_line": 2}, {"header_line": 1}):
        stale = rest.change(draft, **changes)
        assert (stale.status_code, stale.json()["error"]["code"]) == (412, "ImportChanged"), changes


def test_a_file_is_read_again_with_what_somebody_chooses(rest: Rest) -> None:
    content = "Name;Ort\nZoë;Köln\n".encode("cp850")
    draft = rest.send(content).json()["data"]
    assert (draft["stage"], len(draft["reading"]["readings"])) == ("READING", 3)
    draft = rest.change(draft, encoding="cp850").json()["data"]
    assert (draft["stage"], draft["header"]) == ("PREVIEW", ["Name", "Ort"])
    assert rest.send(content, encoding="cp850").json()["data"]["reading"]["encoding"] == "cp850"


def test_an_export_of_this_hub_comes_back_the_same_here_and_at_another_event(
    rest: Rest, hub: HubContext, seeded: Seeded
) -> None:
    with hub.uow.begin() as work:
        other = events.create(work, seeded.tenant_id, new_event().model_copy(update={"slug": "next-year"})).id
    here = rest.base.replace("imports", "participants")
    there = here.replace(seeded.event_id, other)
    for person in EXPORTED:
        assert rest.client.post(here, json=person).status_code == 201, person
    files = {kind: rest.client.get(f"{here}.{kind}").content for kind in ("csv", "xlsx")}
    for content in files.values():
        assert counts_of(rest, content) == {"unchanged": len(EXPORTED)}
    again = rest.of_event(other)
    draft = again.change(again.send(files["csv"]).json()["data"]).json()["data"]
    assert again.client.post(f"{again.base}/{draft['id']}/run").status_code == 200
    runner = OperationRunner(hub.uow)
    while active := runner.find_active():
        runner.run_part(active[0])
    before, after = (
        {each["registration_code"]: each for each in rest.client.get(path).json()["data"]}
        for path in (here, there)
    )
    own = {"id", "event_id", "photo", "tickets_valid_from", "created_at", "updated_at", "version"}
    assert [
        (code, name)
        for code in before
        for name in before[code].keys() - own
        if in_words(before[code][name]) != in_words(after[code][name])
    ] == []
    assert len(after) == len(EXPORTED)
    assert counts_of(again, files["xlsx"]) == {"unchanged": len(EXPORTED)}


def test_the_longest_details_come_back_in_a_csv_file(rest: Rest) -> None:
    """A cell of Excel is too short for them: the workbook's row is refused, and nobody loses any."""
    here = rest.base.replace("imports", "participants")
    longest = {"note": "=" * (MAX_BYTES - len('{"note":""}'))}
    for person in ({"last_name": "Long", "extra": longest}, {"last_name": "Short"}, {"last_name": "'=x"}):
        assert rest.client.post(here, json=person).status_code == 201
    files = {kind: rest.client.get(f"{here}.{kind}").content for kind in ("csv", "xlsx")}
    assert counts_of(rest, files["csv"]) == {"unchanged": 3}
    assert counts_of(rest, files["xlsx"]) == {"unchanged": 2, "refuse": 1}


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "ImportFileRefused"),
        (b"%PDF-1.7", 422, "ImportFileRefused"),
        (b'a\n"b', 422, "ImportFileRefused"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(rest: Rest, content: bytes, status: int, code: str) -> None:
    answer = rest.send(content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_what_means_nothing_for_the_kind_of_file_is_refused(rest: Rest) -> None:
    workbook = b"".join(xlsx_chunks(["Name"], [["Ada"]], sheet="Guests"))
    for content, good, wrong in (
        (FILE, {"delimiter": ";"}, {"sheet": "Guests"}),
        (workbook, {"sheet": "Guests"}, {"delimiter": ";"}),
        (workbook, {}, {"encoding": "cp1252"}),
    ):
        code = "SheetWithoutWorkbook" if "sheet" in wrong else "EncodingOfWorkbook"
        answer = rest.send(content, **wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
        draft = rest.send(content, **good).json()["data"]
        answer = rest.change(draft, **wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


def test_a_file_without_names_of_columns_loses_nobody(rest: Rest) -> None:
    """Its first person was taken for the names, and was not imported."""
    draft = rest.send(b"Ada;Lovelace;ada@example.org\nGrace;Hopper;grace@example.org\n").json()["data"]
    assert (draft["header_line"], draft["header"], draft["mapping"]) == (0, ["", "", ""], {"2": "email"})
    assert rest.change(draft).json()["data"]["summary"]["counts"]["create"] == 2
    named = rest.send(b"First name;Last name\nAda;Lovelace\n").json()["data"]
    chosen = rest.change(named, header_line=0, mapping={"0": "first_name"}).json()["data"]
    assert (named["header_line"], chosen["summary"]["counts"]["create"]) == (1, 2)


def test_changes_that_mean_nothing_are_refused(rest: Rest) -> None:
    draft = rest.send().json()["data"]
    bad: list[dict[str, Any]] = [
        {"mapping": {"0": "shoe_size"}},
        {"mapping": {"9": "email"}},
        {"mapping": {"x": "email"}},
        {"mapping": {}},
        {"header_line": 17},
        {"encoding": "klingon"},
        {"delimiter": "x"},
        {"mends": [{"kind": "replace"}]},
        {"mends": [{"kind": "row", "line": 2, "field": "shoe_size", "by": "44"}]},
        {"mends": [{"kind": "skip", "field": "", "cause": "too_tall"}]},
        {"mends": [{"kind": "clear", "field": "email", "cause": "too_tall"}]},
        {"mends": [{"kind": "skip", "field": "x" * 100_000, "cause": "twice"}]},
        {"options": {"phone_region": "XX"}},
        {"options": {"match_by": "shoe_size"}},
    ]
    for changes in bad:
        answer = rest.change(draft, **changes)
        assert answer.status_code == 422, changes
        draft = rest.client.get(f"{rest.base}/{draft['id']}").json()["data"]


def test_a_file_is_refused_while_it_comes(app: FastAPI, rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    announced = rest.client.post(rest.base, content=b"a", headers={"Content-Length": str(2 * 1024**3)})
    assert announced.status_code == 413, "two gigabytes that are announced are not read at all"
    limit = 256 * 1024
    taking = [
        route for route in routes_of(app) if getattr(route.endpoint, "takes_file", 0) == MAX_FILE + 64 * 1024
    ]
    assert taking
    for route in taking:
        monkeypatch.setattr(route.endpoint, "takes_file", limit)
    streamed = rest.client.post(rest.base, content=iter([bytes(limit), b"and more"]))
    assert (streamed.status_code, streamed.json()["error"]["code"]) == (413, "PayloadTooLarge")
    assert rest.client.get(rest.base).json()["data"] == []


def test_a_file_of_a_stranger_is_not_read(app: FastAPI, hub: HubContext, seeded: Seeded) -> None:
    for scope, status in (((), 401), (PERMISSIONS[:3], 403)):
        rest = Rest(app, hub, seeded, *scope) if scope else Rest(app, hub, seeded, "events:read")
        headers = {} if scope else {"X-API-Key": "nothing"}
        answer = rest.client.post(rest.base, content=bytes(64 * 1024), headers=headers)
        assert answer.status_code == status
