"""What the hub's API is measured against: a bare FastAPI whose routes return constants, served as the hub is.

    python bare_api.py constants.json PORT

`/one`, `/many` and POST `/one` are `async def` (the quicker, so the harder to come up to); below `/threaded` they are `def`.
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

from hub_sync.hub.domains.participants.schemas import NewParticipant  # noqa: E402


def bare(one: dict[str, Any], many: dict[str, Any], made: dict[str, Any]) -> FastAPI:
    """The app: no middleware, no dependency, no database."""
    app = FastAPI()

    @app.get("/one")
    async def get_one() -> Any:
        return one

    @app.get("/many")
    async def get_many() -> Any:
        return many

    @app.post("/made", status_code=201)
    async def make(new: NewParticipant) -> Any:
        return made

    @app.get("/threaded/one")
    def get_one_threaded() -> Any:
        return one

    @app.get("/threaded/many")
    def get_many_threaded() -> Any:
        return many

    @app.post("/threaded/made", status_code=201)
    def make_threaded(new: NewParticipant) -> Any:
        return made

    return app


def main() -> None:
    """Serve until told to end."""
    constants = json.loads(Path(sys.argv[1]).read_bytes())
    config = uvicorn.Config(
        bare(constants["one"], constants["many"], constants["made"]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
    )
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # as the hub has it
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
