"""A fake hub that has commands for a station, and follows `docs/adr/0079-commands-travel-with-the-report.md`."""

from hashlib import sha256
from typing import Any

import httpx
import orjson

from hub_sync.contract.clock import ManualClock, epoch_ms
from hub_sync.contract.fleet import CommandKind, CommandRow, CommandStatus
from hub_sync.contract.ids import new_id
from hub_sync.rules.answer_proof import NONCE_HEADER, PROOF_HEADER, STATUS_HEADER, compute_proof
from tests.hub_sync.client.fake_hub import FakeHub, refused

DEVICE = "device-1"


class CommandingHub(FakeHub):
    """Proves its answers, and takes the credentials whose hashes it has: the one in use, and the next."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.hashes = [sha256(b"secret").hexdigest()]
        self.status = "ACTIVE"
        self.commands: dict[str, CommandRow] = {}
        self.said: dict[str, list[str]] = {}
        self.errors: dict[str, str | None] = {}
        self.more: dict[str, Any] = {}
        self.reports: list[dict[str, Any]] = []
        self.logs: dict[str, bytes] = {}
        self.takes_rotations = True

    def command(
        self, kind: CommandKind | str, *, id_: str = "", expires_in_s: int = 3600, **arguments: Any
    ) -> str:
        """Queue a command and return its id."""
        row = CommandRow(
            id=id_ or new_id(),
            kind=str(kind),
            arguments=arguments,
            expires_at_ms=epoch_ms(self.clock.now()) + expires_in_s * 1000,
        )
        self.commands[row.id] = row
        self.said.setdefault(row.id, [])
        return row.id

    def __call__(self, request: httpx.Request) -> httpx.Response:
        secret = request.headers.get("authorization", "").removeprefix("Bearer ").split("_", 2)[-1]
        presented = sha256(secret.encode()).hexdigest()
        if presented not in self.hashes:
            return refused(401, "DeviceUnknown")
        if presented == self.hashes[-1]:
            self.hashes = [presented]
        if request.url.path.endswith("/log"):
            self.logs[request.url.params["command"]] = request.content
            answer = self.time({})
        elif request.url.path.endswith("/report"):
            self.calls.append("report")
            answer = self.fails("report", {}) or self._report(orjson.loads(request.content))
            answer = self.after("report") or answer
        elif self.status == "LOCKED" and request.url.path.endswith("/pull"):
            answer = refused(403, "DeviceLocked")
        else:
            answer = super().__call__(request)
        if PROOF_HEADER.lower() not in answer.headers and answer.status_code != 401:
            nonce = request.headers.get(NONCE_HEADER, "")
            answer.headers[STATUS_HEADER] = self.status
            body = b"" if "event-stream" in answer.headers.get("content-type", "") else answer.content
            answer.headers[PROOF_HEADER] = compute_proof(
                presented, nonce, self.status, answer.status_code, body
            )
        return answer

    def _report(self, report: dict[str, Any]) -> httpx.Response:
        self.reports.append(report)
        fleet = report["fleet"]
        for result in fleet["results"]:
            self.said.setdefault(result["id"], []).append(result["status"])
            self.errors[result["id"]] = result["error"]
            if CommandStatus(result["status"]).is_final:
                self.commands.pop(result["id"], None)
        body: dict[str, Any] = {
            "server_time_ms": epoch_ms(self.clock.now()),
            "commands": [row.model_dump(mode="json") for row in self.commands.values()],
        }
        if fleet["rotation"] is not None and self.takes_rotations:
            new = fleet["rotation"]["credential_hash"]
            if new != self.hashes[0]:
                self.hashes = [self.hashes[0], new]
            body["rotation"] = new
        return httpx.Response(200, json=body | self.more)
