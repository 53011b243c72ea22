"""`doorward-hub participant import`: what it writes, and what it refuses with one sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.commands.participant import app
from hub_sync.hub.domains.bulk.manifest import FF_BULK_OPERATIONS
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.kit.events.change_feed import FeedKey
from hub_sync.hub.kit.lists.xlsx_writer import xlsx_chunks
from tests.support.builders.event import BuiltEvent, build_event

FILE = "Member id,Name,E-mail\n1,Ada Lovelace,ada@example.org\n2,Bob,nothing\n"


WORKBOOK = b"".join(xlsx_chunks(["Name"], [["Ada"]], sheet="Guests"))


@pytest.fixture
def event(new_hub: Path) -> BuiltEvent:
    with open_hub(new_hub, None) as hub:
        event = build_event(hub)
        with hub.uow.begin() as work:
            feature_flags.switch(work, event.tenant_id, FF_BULK_OPERATIONS, True)
        return event


def run(tmp_path: Path, *options: str, content: str | bytes = FILE) -> Result:
    file = tmp_path / "people.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    arguments = ["import", str(file), "--event", "summit", "--data", str(tmp_path / "hub"), *options]
    return CliRunner().invoke(app, arguments)


def count(tmp_path: Path, event: BuiltEvent) -> int:
    with open_hub(tmp_path / "hub", None) as hub, hub.uow.read() as work:
        return participants.count(work, event.tenant_id, event.event_id)


def test_a_file_is_imported_with_its_refused_rows_beside_it(tmp_path: Path, event: BuiltEvent) -> None:
    refused = tmp_path / "refused.csv"
    result = run(tmp_path, "--partial", "--json", "--refused", str(refused))
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["succeeded"], answer["counts"]["refuse"], answer["status"]) == (
        1,
        1,
        "COMPLETED_WITH_ERRORS",
    )
    assert count(tmp_path, event) == 1
    assert "2,Bob,nothing" in refused.read_text(encoding="utf-8-sig")


def test_nothing_is_written_where_a_row_is_refused_or_it_is_only_tried(
    tmp_path: Path, event: BuiltEvent
) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "1 new" in result.stdout
    assert "nothing was imported" in result.stderr
    assert run(tmp_path, "--dry-run", content=FILE.replace("nothing", "b@x.org")).exit_code == 0
    assert count(tmp_path, event) == 0


@pytest.mark.parametrize(
    ("options", "content", "sentence"),
    [
        (("--map", "Shoe=extra:Shoe"), FILE, "is no COLUMN=FIELD"),
        (("--map", "Name=shoe"), FILE, "There is no field"),
        (("--match", "registration_code"), FILE, "a column has to be mapped to it"),
        ((), "", "The file is empty."),
        (("--encoding", "klingon"), FILE, "is no encoding. --encoding takes one of utf-8, "),
        (("--delimiter", "##"), FILE, "is no delimiter"),
        (("--partial", "--refused", "/nowhere/refused.csv"), FILE, "can't be written"),
        (("--event", "winter"), FILE, "There is no such event."),
        (("--sheet", "Guests"), FILE, "is no workbook, and has no sheets"),
        (("--sheet", "Guests"), "Name\nJ\xfcrgen\n".encode("latin-1"), "is no workbook, and has no sheets"),
        (("--delimiter", ";"), WORKBOOK, "is a workbook"),
        (("--encoding", "cp1252"), WORKBOOK, "is a workbook"),
    ],
)
def test_a_mistake_is_one_sentence(
    tmp_path: Path, event: BuiltEvent, options: tuple[str, ...], content: str | bytes, sentence: str
) -> None:
    result = run(tmp_path, *options, content=content)
    assert (result.exit_code, sentence in result.stderr) == (1, True), result.output
    assert count(tmp_path, event) == 0
    with open_hub(tmp_path / "hub", None) as hub, hub.uow.read() as work:
        key = FeedKey(event.tenant_id, event.event_id)
        assert work.session.scalars(imports.of_event(key)).all() == [], "no draft is left behind"
