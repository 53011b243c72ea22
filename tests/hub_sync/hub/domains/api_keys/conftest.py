"""Keys to call the hub with."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded


class CreatedKey(NamedTuple):
    """A key, as whoever made it got it."""

    id: str
    raw: str

    @property
    def headers(self) -> dict[str, str]:
        """How it is shown."""
        return {"X-API-Key": self.raw}


MakeKey = Callable[..., CreatedKey]
KEYS = "/api/v1/api-keys"
NEW = {"name": "Badge printing", "permissions": ["events:read"]}


@pytest.fixture
def make_key(hub: HubContext, seeded: Seeded) -> MakeKey:
    """Create a key of the seeded tenant."""

    def make(*permissions: str, **settings: Any) -> CreatedKey:
        values = {"name": "Test", "permissions": list(permissions or ["api-keys:manage"]), **settings}
        tenant_id = values.pop("tenant_id", seeded.tenant_id)
        with hub.uow.begin(actor="cli") as work:
            key, raw = api_keys.create(work, tenant_id, api_keys.NewApiKey(**values))
        return CreatedKey(key.id, raw)

    return make


@pytest.fixture
def statements(hub: HubContext) -> Iterator[list[str]]:
    """The statements that the database is asked, as they come."""
    executed: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        executed.append(statement)

    engines = (hub.uow.database.engine, hub.uow.database.reading_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield executed
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def manager(make_key: MakeKey) -> CreatedKey:
    """A key that may do everything."""
    return make_key("*", name="Manager", tier="PREMIUM")


def create_by_rest(client: TestClient, key: CreatedKey, **settings: Any) -> CreatedKey:
    """A key that is made over REST."""
    answer = client.post(KEYS, headers=key.headers, json=NEW | settings)
    assert answer.status_code == 201, answer.text
    return CreatedKey(answer.json()["data"]["id"], answer.json()["data"]["key"])


def put(client: TestClient, key: CreatedKey, at: str, version: int, **changes: Any) -> tuple[int, str]:
    """Status and error code of a change."""
    headers = key.headers | {"If-Match": f'"{version}"'}
    answer = client.put(f"{KEYS}/{at}", headers=headers, json=changes)
    return answer.status_code, answer.json().get("error", {}).get("code", "")
