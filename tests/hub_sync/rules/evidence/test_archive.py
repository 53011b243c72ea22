"""The ZIP file of evidence: in pieces, complete, and honest about names."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub_sync.rules.evidence.archive import EvidenceParts, verification_script, write_archive
from hub_sync.rules.evidence.verification import Entry, open_evidence, verify
from tests.support.builders.evidence import DEVICE, EvidenceBuilder, sealed_evidence

AT = datetime(1970, 1, 1, tzinfo=UTC)
"""Before the years that a ZIP file knows."""


def parts_of(built: EvidenceBuilder, rows: Any = None, people: Any = None) -> EvidenceParts:
    return EvidenceParts(
        "the test",
        "Nord \u2068Ä",
        (DEVICE,),
        AT,
        built.keys,
        built.anchors(),
        built.seals,
        rows or built.rows,
        people,
    )


def test_what_is_written_is_verified(tmp_path: Path) -> None:
    built, file = sealed_evidence(), tmp_path / "evidence.zip"
    file.write_bytes(b"".join(write_archive(parts_of(built))))
    result = verify(open_evidence(file))
    assert (result.faults, result.rows, result.seals, result.anchors) == ([], 14, 4, 2)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("verify_evidence.py").decode() == verification_script()
        assert "Nord" in archive.read("README.txt").decode()


def test_rows_are_read_while_the_file_is_sent() -> None:
    read = 0

    def rows() -> Iterator[Entry]:
        nonlocal read
        for row in sealed_evidence(periods=1, rows=3_000, tail=0).rows:
            read += 1
            yield row

    before: list[int] = []
    pieces = []
    for piece in write_archive(parts_of(sealed_evidence(), rows())):
        pieces.append(piece)
        before.append(read)
    assert len({count for count in before if 0 < count < 3_000}) >= 4
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert len(archive.read("rows.jsonl").splitlines()) == 3_000


@pytest.mark.parametrize("people", [None, [{"participant_id": "p1", "first_name": "Ada", "last_name": "L"}]])
def test_the_readme_says_if_names_are_in_the_file(people: list[dict[str, str]] | None) -> None:
    content = b"".join(write_archive(parts_of(sealed_evidence(), people=people)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        readme = archive.read("README.txt").decode()
        assert ("people.jsonl" in archive.namelist()) == (people is not None) == ("people.jsonl" in readme)
        assert ("Names of participants are not in this file" in readme) == (people is None)
        if people:
            assert json.loads(archive.read("people.jsonl"))["kind"] == "person"
