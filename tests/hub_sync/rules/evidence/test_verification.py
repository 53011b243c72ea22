"""Every single change of evidence is a fault if somebody else has an anchor."""

import io
import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_sync.rules.device_keys import DeviceKey
from hub_sync.rules.evidence.verification import (
    TAIL_LIMIT_MS,
    Entry,
    EvidenceUnreadable,
    Verification,
    _parse,
    open_evidence,
    seal_hash,
    summary,
    verify,
)
from tests.support.builders.evidence import START_MS, EvidenceBuilder, sealed_evidence, to_lines

OTHER = DeviceKey(bytes(32))
SCRIPT = Path("docs/evidence/verify_evidence.py")


def check(entries: list[Entry], anchors: list[Entry] | None = None, **arguments: Any) -> Verification:
    return verify(lambda: entries, None if anchors is None else lambda: anchors, **arguments)


def faults(entries: list[Entry], anchors: list[Entry] | None = None) -> str:
    return "\n".join(check(entries, anchors).faults)


def test_whole_evidence_has_no_fault_and_tells_of_rows_without_a_seal() -> None:
    built = sealed_evidence()
    result = check(built.entries(), built.anchors())
    assert (result.faults, result.rows, result.seals, result.anchors) == ([], 14, 4, 2)
    assert result.notes == ["the last 2 rows, from row 13 on, have no seal yet"]


def test_without_an_anchor_a_shorter_journal_is_whole_and_the_summary_says_what_is_not_proven() -> None:
    built = sealed_evidence()
    entries = [built.header(), *built.keys, *built.seals[:2], *built.rows[:6]]
    result = check(entries)
    assert result.is_whole
    assert "cut off at the end" in summary(result)[-1]
    assert "seal 4 (up to row 12) is missing: the hub has it" in faults(entries, built.anchors())


def test_rows_cut_at_a_row_boundary_are_known_by_their_seal() -> None:
    built = sealed_evidence(tail=0)
    entries = [built.header(), *built.keys, *built.seals, *built.rows[:-1]]
    assert faults(entries) == "row 12 is missing, and what follows it: seal 4 ends with it"


def test_a_missing_seal_period_is_a_fault() -> None:
    built = sealed_evidence()
    rows = [row for row in built.rows if row["sequence"] not in (4, 5, 6)]
    seals = [built.seals[0], *built.seals[2:]]
    assert "row 7 follows row 3: rows are missing" in faults(
        [built.header(), *built.keys, *built.seals, *rows]
    )
    sentences = faults([built.header(), *built.keys, *seals, *built.rows])
    assert "seal 3 (up to row 9) follows seal 1" in sentences
    assert "seals 3 rows, but the seal before it ends with row 3" in sentences


def test_a_seal_with_a_later_key_is_a_fault() -> None:
    built = EvidenceBuilder().add_rows(2).add_seal().add_rows(1).add_seal(OTHER)
    built.keys.append({"kind": "key", "key": OTHER.public.text})
    assert "seal 2 (up to row 3) is signed with another key than the seals before it" in faults(
        built.entries()
    )


def test_a_seal_with_a_key_that_is_not_declared_is_a_fault() -> None:
    built = EvidenceBuilder().add_rows(2).add_seal()
    built.keys[:] = [{"kind": "key", "key": OTHER.public.text}]
    assert "signed with a key that is not declared" in faults(built.entries())


def test_a_seal_that_another_key_signed_is_a_fault() -> None:
    built = EvidenceBuilder().add_rows(2)
    built.add_seal(OTHER, key=built.key.public.text)
    assert "seal 1 (up to row 2) is not signed by the key that it names" in faults(built.entries())


def test_a_station_that_enrolled_again_has_a_new_chain_that_names_the_last_seal() -> None:
    built = sealed_evidence(2, tail=0).new_key(OTHER).add_rows(2).add_seal()
    assert check(built.entries()).faults == []
    without = [built.header(), *built.keys, *built.seals[:1], *built.seals[2:], *built.rows]
    assert "does not follow from the seal before it" in faults(without)
    first = [built.header(), *built.keys, *built.seals[2:], *built.rows[6:]]
    assert "names a seal before it, which is missing" in faults(first)


def test_no_seal_at_all_after_sealing_began_is_a_fault() -> None:
    built = EvidenceBuilder().add_rows(3)
    assert check(built.entries()).is_whole
    old = built.header(created_at_ms=START_MS + TAIL_LIMIT_MS + 1)
    assert "there is no seal at all" in faults([old, *built.keys, *built.rows])


def test_rows_without_a_seal_that_are_old_enough_for_one_are_a_fault() -> None:
    built = sealed_evidence(1, tail=2)
    tail_ms = START_MS + 3000
    young, old = tail_ms + TAIL_LIMIT_MS, tail_ms + TAIL_LIMIT_MS + 1
    assert check(built.entries(), now_ms=young).is_whole
    assert check(built.entries(), now_ms=old).faults == [
        "row 4 and what follows it have no seal, though they are old enough for one"
    ]


def test_rows_that_a_new_journal_carries_over_need_no_seal_in_the_earlier_one() -> None:
    built = sealed_evidence(1, tail=2)
    carried = [json.loads(json.dumps(row)) for row in built.rows[3:]]
    built.journal_id, built.sequence, built.sealed, built.head = built.journal_id[:-1] + "b", 0, 0, ""
    entries_without = [built.header(), *built.keys, *built.seals, *built.rows]
    later = EvidenceBuilder(journal_id=built.journal_id)
    later.add_rows(2)
    assert "2 rows of an earlier journal, after row 3, have no seal" in faults(
        [*entries_without, *later.rows]
    )
    head = ""
    for sequence, row in enumerate(carried, start=1):
        head = sha256(bytes.fromhex(head) + row["body"].encode()).hexdigest()
        row |= {"journal_id": built.journal_id, "sequence": sequence, "hash": head}
    assert check([*entries_without, *carried]).faults == []


def test_a_line_that_is_being_written_is_no_fault_and_one_that_can_not_be_read_is(tmp_path: Path) -> None:
    built, file = sealed_evidence(), tmp_path / "journal.jsonl"
    whole = to_lines(built.entries())
    for cut in range(1, len(to_lines(built.rows[-1:])), 7):
        file.write_bytes(whole[:-cut])
        assert verify(open_evidence(file)).is_whole
    file.write_bytes(whole[:-9] + b"\n")
    assert verify(open_evidence(file)).faults == ["after row 13: a line can't be read"]


def test_rows_that_are_appended_while_they_are_verified_are_no_fault() -> None:
    built = sealed_evidence()
    passes = []

    def source() -> list[Entry]:
        entries = built.entries()
        passes.append(len(entries))
        built.add_rows(5).add_seal().add_rows(3)
        return entries

    assert verify(source).is_whole
    assert passes[1] > passes[0]


EVIDENCE = sealed_evidence()
LINES = to_lines(EVIDENCE.entries()).splitlines(keepends=True)
FIRST = 1
"""The header is not evidence."""


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_single_change_is_a_fault_for_whoever_has_an_anchor(data: st.DataObject) -> None:
    lines = list(LINES)
    place = data.draw(st.integers(FIRST, len(lines) - 1))
    other = data.draw(st.integers(FIRST, len(lines) - 1).filter(lambda each: lines[each] != lines[place]))
    match data.draw(st.sampled_from(["bit", "cut", "remove", "swap", "duplicate"])):
        case "bit":
            bit = data.draw(st.integers(0, 8 * len(lines[place]) - 1))
            changed = bytearray(lines[place])
            changed[bit // 8] ^= 1 << bit % 8
            lines[place] = bytes(changed)
        case "cut":
            del lines[place:]
        case "remove":
            del lines[place]
        case "swap":
            kinds = {json.loads(lines[each])["kind"] for each in (place, other)}
            if len(kinds) > 1:  # the order of kinds means nothing
                return
            lines[place], lines[other] = lines[other], lines[place]
        case "duplicate":
            if json.loads(lines[place])["kind"] == "key":
                return
            lines.insert(other, lines[place])
    result = verify(lambda: _parsed(b"".join(lines)), EVIDENCE.anchors)
    assert not result.is_whole


def _parsed(content: bytes) -> list[Entry | str]:
    return list(_parse(io.BytesIO(content)))


def test_a_seal_of_the_other_file_is_an_anchor_too() -> None:
    built = sealed_evidence()
    cut = [built.header(), *built.keys, *built.seals[:2], *built.rows[:6]]
    sentences = faults(cut, built.entries())
    assert "seal 3 (up to row 9) is missing: the other file has it" in sentences
    forged = EvidenceBuilder(OTHER).add_rows(20).add_seal(key=built.key.public.text)
    assert faults(built.entries(), forged.seals) == ""


def test_the_script_in_the_documentation_is_the_module() -> None:
    module = Path("hub_sync/rules/evidence/verification.py")
    assert SCRIPT.read_bytes() == module.read_bytes()
    assert "hub_sync" not in {line.split()[1].partition(".")[0] for line in _imports(module.read_text())}


def _imports(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("import ", "from "))]


@pytest.mark.parametrize(("cut", "code"), [(0, 0), (1, 1)])
def test_the_script_of_the_documentation_runs_alone(tmp_path: Path, cut: int, code: int) -> None:
    built = sealed_evidence(tail=0)
    evidence, anchors = tmp_path / "evidence.jsonl", tmp_path / "anchors.jsonl"
    evidence.write_bytes(to_lines(built.entries()[: len(built.entries()) - cut]))
    anchors.write_bytes(to_lines(built.anchors()))
    arguments = [sys.executable, "-I", str(SCRIPT.resolve()), str(evidence), "--anchors", str(anchors)]
    run = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == code, run.stderr
    assert run.stdout.startswith("The journal is whole" if code == 0 else "FAULT: row 12 is missing")


def test_what_is_no_evidence_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="There is no file"):
        open_evidence(tmp_path / "none.zip")
    with pytest.raises(EvidenceUnreadable, match="has no evidence"):
        open_evidence(tmp_path)
    file = tmp_path / "file"
    for content in (
        b"",
        b"root:x:0:0:root\n",
        b'{"kind": "poem"}\n',
        b'{"kind": "header", "cut',
        bytes(range(256)),
    ):
        file.write_bytes(content)
        with pytest.raises(EvidenceUnreadable, match="is no evidence of a journal"):
            open_evidence(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("poem.txt", "roses")
    with pytest.raises(EvidenceUnreadable, match="is no evidence of a journal"):
        open_evidence(file)
    file.write_bytes(b"damaged\n" + to_lines(sealed_evidence().entries()[1:]))
    assert "a line can't be read" in "\n".join(verify(open_evidence(file)).faults), (
        "damaged evidence is evidence"
    )


def test_a_zip_file_without_a_part_or_with_a_damaged_part_is_a_fault(tmp_path: Path) -> None:
    built, file = sealed_evidence(), tmp_path / "evidence.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("rows.jsonl", to_lines(built.rows))
    sentences = "\n".join(verify(open_evidence(file)).faults)
    assert "the ZIP file has no seals.jsonl" in sentences
    content = file.read_bytes()
    file.write_bytes(content.replace(b'"sequence": 1,', b'"sequence": 9,', 1))
    assert "rows.jsonl is damaged" in "\n".join(verify(open_evidence(file)).faults)


def test_the_hash_of_a_seal_covers_statement_and_signature() -> None:
    assert len({seal_hash("a", "b"), seal_hash("a", "c"), seal_hash("b", "b")}) == 3
