"""The reference for `bench_api`: a bare FastAPI whose routes return constants, served with the hub's uvicorn settings.

    python bare_api.py responses.json PORT

`responses.json` maps the name of a case to `{"method", "status", "body"}`. All routes are `async def`: FastAPI's
fastest way.
"""

import gc
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import uvicorn  # noqa: E402
from fastapi import FastAPI  # noqa: E402

from hub_sync.hub.domains.participants.schemas import NewParticipant, ParticipantChanges  # noqa: E402

JsonObject = dict[str, Any]


def create_bare_app(responses: dict[str, JsonObject]) -> FastAPI:
    """Build the app: no middleware, no dependency, no database. Participants are validated, other bodies only parsed."""
    app = FastAPI()
    for name, response in responses.items():
        endpoint = _endpoint(name, response["method"], response["body"])
        app.add_api_route(
            f"/{name}",
            endpoint,
            methods=[response["method"]],
            status_code=response["status"],
            response_model=None,
        )
    return app


def _endpoint(name: str, method: str, body: JsonObject) -> Any:
    if method == "GET":

        async def read() -> JsonObject:
            return body

        return read
    if name == "post_participant":

        async def create(new: NewParticipant) -> JsonObject:
            return body

        return create
    if name == "put_participant":

        async def update(changes: ParticipantChanges) -> JsonObject:
            return body

        return update

    async def write(fields: JsonObject) -> JsonObject:
        return body

    return write


def main() -> None:
    """Serve until a signal ends the process."""
    responses = json.loads(Path(sys.argv[1]).read_bytes())
    config = uvicorn.Config(
        create_bare_app(responses),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
    )
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # the hub's values
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
