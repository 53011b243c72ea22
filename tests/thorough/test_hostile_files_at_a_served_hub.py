"""Hostile files at a hub that serves: each is refused with its reason, while other callers read, and scan at the door.

    DOORWARD_THOROUGH=1 pytest -s tests/thorough/test_hostile_files_at_a_served_hub.py

prints how long each refusal took, and how long the others waited meanwhile.
"""

import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.kit.db.database import Database
from hub_sync.hub.migrations import state
from tests.hub_sync.hub.kit.table_files.test_process import cell_at, spread, workbook
from tests.support.builders.event import build_event
from tests.support.served_hub import CallingThreads, ServedHub, run, serving

pytestmark = pytest.mark.timeout(1_200)

_GIB = 1024**3
_PIECE = b"a,b\n" * 16_384


def _declared_rows() -> bytes:
    """Return a workbook of a few kilobytes whose rows number a million, each empty."""
    cells = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 1_000_001))
    head = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    )
    return workbook(sheet=iter((head, b"<sheetData>", cells, b"</sheetData></worksheet>")))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "XFD1048576": (lambda: workbook(sheet=cell_at("XFD1048576")), "unpack"),
    "a million rows": (_declared_rows, "250000"),
    "zip bomb": (lambda: workbook(sheet=spread(300)), "unpack"),
    "200 MB of shared strings": (lambda: workbook(strings=spread(200)), "unpack"),
    "carriage returns alone": (lambda: b"\r" * 1_000_000, "empty"),
}


class Waits:
    """Callers beside, and the milliseconds that each of their calls took."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.threads = CallingThreads()

    def timed(
        self, act: Callable[[httpx.Client], httpx.Response]
    ) -> Callable[[httpx.Client], httpx.Response]:
        """Return an act that notes its time."""

        def call(client: httpx.Client) -> httpx.Response:
            began = time.perf_counter()
            answer = act(client)
            self.times.append((time.perf_counter() - began) * 1000)
            return answer

        return call

    def report(self, name: str, seconds: float) -> None:
        """Print what a file has cost."""
        ranked = sorted(self.times) or [0.0]
        place = int(len(ranked) * 0.99)
        sys.stdout.write(
            f"{name:26} refused after {seconds:6.2f} s; {len(ranked):5} calls beside, "
            f"p50 {ranked[len(ranked) // 2]:6.1f}, p99 {ranked[place]:6.1f}, most {ranked[-1]:6.1f} ms\n"
        )
        self.times.clear()


def test_hostile_files_are_refused_and_the_others_served(tmp_path: Path) -> None:
    data = tmp_path / "hub"
    data.mkdir()
    database = Database(f"sqlite:///{data}/hub.db")
    state.upgrade(database)
    database.close()
    with open_hub(data, "") as hub:
        event = build_event(hub)
        event.register(hub, "guest")
        with hub.uow.begin() as work:
            feature_flags.switch(work, event.tenant_id, FF_BULK_OPERATIONS, enabled=True)
    rights = ("--name", "callers", "--permission", "*", "--rate-limit", 100_000)
    key = run("api-key", "create", "--data", data, *rights)["key"]
    headers, base = {"X-API-Key": key}, f"/api/v1/events/{event.event_id}"
    with serving(data) as served:
        waits = Waits()
        url = f"{served.url}{base}"
        scan = {"registration_code": "REG-guest", "checkpoint_id": event.checkpoints["main"]}
        acts = (
            waits.timed(lambda client: client.get(f"{url}/participants", headers=headers)),
            waits.timed(lambda client: client.post(f"{url}/scans", headers=headers, json=scan)),
        )
        with waits.threads.calling(*acts), httpx.Client(headers=headers, timeout=300) as client:
            for name, (build, reason) in HOSTILE.items():
                content = build()
                waits.times.clear()
                began = time.perf_counter()
                answer = client.post(f"{url}/imports", params={"file_name": "people"}, content=content)
                waits.report(name, time.perf_counter() - began)
                assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, (name, answer.text)
                assert "ImportFileRefused" in answer.text
                assert reason in answer.json()["detail"].replace(",", "").lower(), answer.json()["detail"]
            for name, send in (("2 GB, declared", _declare), ("2 GB, in pieces", _stream)):
                began = time.perf_counter()
                status = send(served, f"{base}/imports?file_name=people.csv", key)
                waits.report(name, time.perf_counter() - began)
                assert status == httpx.codes.REQUEST_ENTITY_TOO_LARGE, name
            assert client.get(f"{url}/imports").json()["data"] == []
        assert waits.threads.broken == []
        assert waits.threads.statuses() == {httpx.codes.OK}


def _declare(served: ServedHub, path: str, key: str) -> int:
    """Say that a file has two gigabytes, and return the status of the answer."""
    return _send(served, path, key, f"Content-Length: {2 * _GIB}", iter(()))


def _stream(served: ServedHub, path: str, key: str) -> int:
    """Send two gigabytes without a word of their length, until the hub answers."""
    pieces = (b"%x\r\n%s\r\n" % (len(_PIECE), _PIECE) for _ in range(2 * _GIB // len(_PIECE)))
    return _send(served, path, key, "Transfer-Encoding: chunked", pieces)


def _send(served: ServedHub, path: str, key: str, length: str, pieces: Iterator[bytes]) -> int:
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=120) as connection:
        head = f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nX-API-Key: {key}\r\nContent-Type: text/csv\r\n{length}\r\n\r\n"
        connection.sendall(head.encode())
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        return int(connection.makefile("rb").readline().split()[1])
