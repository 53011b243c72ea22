"""An import of many rows through a hub in a process of its own, with GETs of another client meanwhile."""

import csv
import io
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from hub_sync.hub.kit.lists.xlsx_writer import xlsx_chunks
from kiosk_app.demo.hub_process import HubProcess
from tests.bench.people import import_references

COLUMNS = ("Mitgliedsnummer", "Vorname", "Nachname", "E-Mail", "Telefon", "Code", "Kategorie", "Firma")
_CATEGORIES = ("Gast", "Presse", "Redner")
_IDLE_S, _PAUSE_S = 3.0, 0.02


class BenchedHub(HubProcess):
    """A hub whose memory can be read."""

    def peak_mb(self) -> float:
        """Return the most resident memory since `forget_peak`, in MB."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return round(int(line.split()[1]) / 1000, 1)

    def forget_peak(self) -> None:
        """Let the peak begin at the present memory."""
        assert self._process is not None
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")


class Gets:
    """A client that asks for a participant now and then, and notes how long it takes."""

    def __init__(self, url: str, path: str, key: str) -> None:
        self._url, self._path, self._key = url, path, key
        self._times: list[float] = []
        self._over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask until the block ends."""
        self._times.clear()
        self._over.clear()
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def p99_ms(self) -> float:
        """Return the time that one of a hundred took longer than."""
        ranked = sorted(self._times)
        return round(ranked[int(len(ranked) * 0.99)] * 1000, 1) if ranked else 0.0

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, headers={"X-API-Key": self._key}, trust_env=False) as client:
            while not self._over.wait(_PAUSE_S):
                started = time.perf_counter()
                client.get(self._path).raise_for_status()
                self._times.append(time.perf_counter() - started)


def rows(count: int) -> Iterator[list[str]]:
    """Yield so many people."""
    for n in range(count):
        yield [
            f"{n:07}",
            f"Jürgen{n}",
            f"Müller-{n % 977}",
            f"p{n}@example.org",
            f"030 {5550000 + n}",
            f"AB-{n:06}",
            _CATEGORIES[n % 3],
            f"Firma {n % 50}",
        ]


def as_csv(count: int) -> bytes:
    """Return a file of German Excel."""
    page = io.StringIO(newline="")
    writer = csv.writer(page, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows(count))
    return page.getvalue().encode()


def measure(count: int) -> dict[str, Any]:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as folder, BenchedHub(Path(folder)) as hub:
        event = hub.command("demo-event", "--participants", "100", "--with-participants")
        for flag in ("FF_BULK_OPERATIONS", "FF_REST_API"):
            hub.command("flag", "on", flag)
        key = hub.command(
            "api-key", "create", "--name", "bench", "--permission", "*", "--rate-limit", "100000"
        )["key"]
        hub.start()
        base = f"/api/v1/events/{event['event_id']}"
        with httpx.Client(
            base_url=hub.url, headers={"X-API-Key": key}, timeout=600, trust_env=False
        ) as client:
            person = client.get(f"{base}/participants?limit=1").json()["data"][0]["id"]
            gets = Gets(hub.url, f"{base}/participants/{person}", key)
            try:
                return _measure(hub, client, gets, base, count)
            finally:
                hub.stop()


def _measure(hub: BenchedHub, client: httpx.Client, gets: Gets, base: str, count: int) -> dict[str, Any]:
    content = as_csv(count)
    workbook = b"".join(xlsx_chunks(COLUMNS, rows(count), sheet="x"))
    with gets.running():
        time.sleep(_IDLE_S)
    figures: dict[str, Any] = {"rows": count, "idle_get_p99_ms": gets.p99_ms()}
    hub.forget_peak()
    idle_mb = hub.peak_mb()
    with gets.running():
        started = time.perf_counter()
        draft = _send(client, base, content, "people.csv")
        figures["csv_read_s"] = _since(started)
        mapping = {"mapping": draft["mapping"], "options": draft["options"] | {"match_by": "external_id"}}
        answer = client.put(
            f"{base}/imports/{draft['id']}", json=mapping, headers={"If-Match": f'"{draft["version"]}"'}
        )
        answer.raise_for_status()
        figures["csv_previewed_s"] = _since(started)
        counts = answer.json()["data"]["summary"]["counts"]
        assert counts["create"] == count, counts
    figures["preview_get_p99_ms"] = gets.p99_ms()
    with gets.running():
        started = time.perf_counter()
        run = client.post(f"{base}/imports/{draft['id']}/run")
        run.raise_for_status()
        _wait(hub.folder / "hub.db", run.json()["data"]["operation_id"])
        figures["written_s"] = _since(started)
    figures["write_get_p99_ms"] = gets.p99_ms()
    for name, reference in (
        ("csv_previewed", import_references.validate_rows(content)),
        ("written", import_references.write_rows(hub.folder / "hub.db")),
    ):
        figures[f"{name}_reference_s"] = reference
        figures[f"{name}_to_reference"] = round(figures[f"{name}_s"] / reference, 2)
    started = time.perf_counter()
    sheet = _send(client, base, workbook, "people.xlsx")
    figures["xlsx_read_s"] = _since(started)
    figures["hub_mb_above_idle"] = round(hub.peak_mb() - idle_mb, 1)
    figures["child_csv_mb"] = round(draft["reading"]["peak_kib"] / 1000, 1)
    figures["child_xlsx_mb"] = round(sheet["reading"]["peak_kib"] / 1000, 1)
    return figures


def _send(client: httpx.Client, base: str, content: bytes, name: str) -> dict[str, Any]:
    answer = client.post(
        f"{base}/imports", params={"file_name": name}, content=content, headers={"Content-Type": "text/csv"}
    )
    answer.raise_for_status()
    draft: dict[str, Any] = answer.json()["data"]
    return draft


def _wait(database: Path, operation_id: str) -> None:
    """Wait until an operation has ended, without asking the hub that is measured."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reading:
        while True:
            query = "SELECT status FROM bulk_operations WHERE id = ?"
            (status,) = reading.execute(query, (operation_id,)).fetchone()
            if status not in ("QUEUED", "RUNNING"):
                assert status == "COMPLETED", status
                return
            time.sleep(0.1)


def _since(started: float) -> float:
    return round(time.perf_counter() - started, 2)
