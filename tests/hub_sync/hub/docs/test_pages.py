"""The documentation page and the OpenAPI: complete, without outside assets, for anybody, and nothing of any tenant."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from hub_sync.hub.app import create_app
from hub_sync.hub.docs.error_catalogue import all_errors
from hub_sync.hub.docs.json_schemas import DEEPEST, Schemas
from hub_sync.hub.docs.pages import Documentation
from hub_sync.hub.docs.reference import ApiReference
from hub_sync.hub.kit.errors import Conflict, HubError
from hub_sync.hub.kit.settings import HubSettings
from tests.support.speedups import migrated_databases

METHODS = ("get", "post", "put", "patch", "delete")
BROWSER = {"Accept": "text/html"}


class ParsedPage(HTMLParser):
    """A parsed page: its ids, its links, the files that it loads, and its inline scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if "id" in at:
            self.ids.append(at["id"])
        if tag == "a":
            self.links.append(at.get("href", ""))
        if tag in ("script", "img", "iframe") or (tag == "link" and at.get("rel") != "canonical"):
            self.loads.append(at.get("src", "") or at.get("href", ""))
        if "style" in at or tag == "style" or any(name.startswith("on") for name in at):
            self.inline.append(tag)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield an own hub: nothing here reads a database."""
    data = tmp_path_factory.mktemp("hub")
    migrated_databases.create_database(data / "hub.db")
    app = create_app(HubSettings(data=data))
    yield app
    app.state.hub.uow.database.close()


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture(scope="module")
def page(client: TestClient) -> str:
    answer = client.get("/docs", headers=BROWSER)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    return answer.text


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_the_documentation_is_a_tenth_for_whoever_unpacks_it(client: TestClient, path: str) -> None:
    plain = client.get(path, headers=BROWSER | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    answer = client.get(path, headers=BROWSER | {"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) < len(plain.content) / 10
    assert answer.content == plain.content


def operations(openapi: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, of_path[method])
        for path, of_path in openapi["paths"].items()
        for method in METHODS
        if method in of_path
    ]


def test_every_operation_is_on_the_page(app: FastAPI, page: str) -> None:
    parsed = ParsedPage(page)
    documented = operations(app.openapi())
    assert len(documented) > 40
    for _method, path, operation in documented:
        assert operation["operationId"] in parsed.ids, path
        assert path in page
        for need in operation.get("x-permissions", ()):
            assert need in page


def test_ids_are_unique_and_every_link_inside_leads_somewhere(page: str) -> None:
    parsed = ParsedPage(page)
    assert len(parsed.ids) == len(set(parsed.ids))
    inside = {link[1:] for link in parsed.links if link.startswith("#")}
    assert len(inside) > 40
    assert inside <= set(parsed.ids)


def test_it_loads_nothing_from_elsewhere_and_runs_nothing_inline(page: str, client: TestClient) -> None:
    parsed = ParsedPage(page)
    assert parsed.inline == []
    assert parsed.loads
    for address in parsed.loads:
        assert address.startswith("/assets/"), address
        assert client.get(address).status_code == 200


def test_every_refusal_of_the_hub_is_listed(page: str) -> None:
    listed = {error.code for error in all_errors()}
    assert {
        "EventNotFound",
        "ApiKeyInvalid",
        "PreconditionRequired",
        "TooManyRequests",
        "ValidationFailed",
    } <= listed
    section = page.split('id="errors"')[1].split("</section>", maxsplit=1)[0]
    for code in listed:
        assert code in section


def test_an_error_of_a_test_is_none_of_the_hubs() -> None:
    class MadeUpHere(Conflict):
        """Only in this test."""

    assert issubclass(MadeUpHere, HubError)
    assert "MadeUpHere" not in {error.code for error in all_errors()}


def test_the_search_works_without_a_script(client: TestClient) -> None:
    text = client.get("/docs", params={"q": "checkpoint delete"}, headers=BROWSER).text
    ids = set(ParsedPage(text).ids)
    assert "delete_checkpoint" in ids
    assert "get_event" not in ids
    assert "No results." in client.get("/docs", params={"q": "zebra"}, headers=BROWSER).text
    hostile = client.get("/docs", params={"q": '"><script>alert(1)</script>'}, headers=BROWSER).text
    assert "<script>alert" not in hostile


def test_stations_have_a_section_of_their_own(app: FastAPI) -> None:
    sections = ApiReference(app.openapi()).sections
    assert [item.id for item in sections][-1] == "sync"
    paths = {each.path for each in sections[-1].operations}
    assert "/api/v1/sync/pull" in paths
    assert not [
        each.path for section in sections[:-1] for each in section.operations if "/sync/" in each.path
    ]


def test_examples_are_json_and_curl_names_the_key(app: FastAPI) -> None:
    for section in ApiReference(app.openapi()).sections:
        for operation in section.operations:
            for example in [operation.body_example, *(answer.example for answer in operation.answers)]:
                if example is not None and example.media_type == "application/json":
                    json.loads(example.text)
            assert operation.curl.startswith("curl")
            if "apiKey" in operation.credentials:
                assert "X-API-Key: ak_" in operation.curl


def test_what_changes_a_version_says_so_in_its_example(app: FastAPI) -> None:
    by_id = {each.id: each for section in ApiReference(app.openapi()).sections for each in section.operations}
    assert "If-Match" in by_id["update_event"].curl
    assert "If-Match" not in by_id["get_event"].curl


def test_the_openapi_is_kept_by_its_tag(app: FastAPI, client: TestClient) -> None:
    answer = client.get("/openapi.json")
    assert answer.json() == app.openapi()
    again = client.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_openapi_names_the_public_url_with_its_path() -> None:
    documentation = Documentation(FastAPI(), "https://example.org/door")
    assert json.loads(documentation.openapi)["servers"] == [{"url": "https://example.org/door"}]
    assert "servers" not in json.loads(Documentation(FastAPI(), "").openapi)


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    node = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "below": {"$ref": "#/components/schemas/N"}},
    }
    schemas = Schemas({"schemas": {"N": node}})
    ref = {"$ref": "#/components/schemas/N"}
    assert [row.name for row in schemas.rows(ref)] == ["name", "below"]
    text = json.dumps(schemas.example(ref))
    assert text.count("below") == DEEPEST


def test_nothing_of_the_program_is_left_untold(app: FastAPI) -> None:
    """Every REST operation has a summary of its own, a description and, where it answers JSON, fields."""
    for method, path, operation in operations(app.openapi()):
        assert operation.get("description", "").strip(), (method, path)
        assert operation.get("summary", "").strip(), (method, path)


def test_the_script_is_of_this_page_only(page: str) -> None:
    assert re.search(r'src="/assets/[0-9a-f]+/js/docs\.js"', page)
    assert (Path(__file__).parents[4] / "hub_sync/hub/console/assets/js/docs.js").is_file()
