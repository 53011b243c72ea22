"""Rows that are mended are previewed alone, and the preview is the same as one of the whole file."""

from typing import Any

import pytest

from hub_sync.hub.domains.imports import service as imports
from hub_sync.hub.domains.imports.drafts.plans import pack_plan
from hub_sync.hub.domains.imports.issues import Cause
from hub_sync.hub.domains.imports.mapping.row_texts import load_mends
from hub_sync.hub.domains.imports.options import RowMend, SkipMend
from hub_sync.hub.domains.imports.preview import checking
from hub_sync.hub.domains.imports.tables import Import
from tests.hub_sync.hub.domains.imports.conftest import Importing
from tests.hub_sync.hub.domains.imports.test_preview import planned

FILE = (
    "Code,Member id,Name,E-mail,Category\n"
    "C-0001,1,Ada,ada@example.org,A\n"
    "C-0001,2,Bob,bob@example.org,A\n"
    "C-0003,2,Cid,cid@example.org,B\n"
    "C-0004,4,Dee,ada@example.org,\n"
    "C-0005,x-7,Eve,eve@example.org,\n"
    "C-0006,6,Fay,nobody,\n"
)


def mend_row(importing: Importing, draft: Import, *mends: imports.Mend) -> dict[str, Any]:
    """Correct rows, and return the summary of the preview that is made of them alone."""
    with importing.hub.uow.begin() as work:
        before = load_mends(imports.get(work, importing.key, draft.id).mends)
        since = imports.add_mends(work, importing.key, draft.id, imports.PARTICIPANTS, mends).version - 1
    summary = imports.check_mends(
        importing.hub.uow, importing.key, draft.id, imports.PARTICIPANTS, before, since
    ).summary
    assert summary is not None
    return summary


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("match_by", ["none", "external_id", "email"])
@pytest.mark.parametrize(
    "mends",
    [
        [(7, "email", "fay@example.org")],
        [(2, "registration_code", "C-0009")],
        [(2, "registration_code", "C-0003")],
        [(3, "registration_code", "C-0009")],
        [(3, "external_id", "3"), (3, "registration_code", "C-0004")],
        [(6, "external_id", "1")],
        [(2, "external_id", "x-7")],
        [(2, "email", "eve@example.org"), (5, "email", "dee@example.org")],
        [(4, "category", "New")],
    ],
)
def test_a_mended_row_gives_the_preview_of_the_whole_file(
    importing: Importing,
    match_by: str,
    mends: list[tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    importing.register(first_name="Eve", external_id="x-7", email="eve@example.org")
    importing.register(first_name="Ada", external_id="1", email="ada@example.org")
    draft = importing.send(FILE)
    importing.check(draft, match_by=match_by)
    row_mends = [RowMend(line=line, field=field, by=by) for line, field, by in mends]
    with monkeypatch.context() as patched:
        patched.setattr(checking, "check", _refuse)
        summary = mend_row(importing, draft, *row_mends)
    rows = pack_plan(planned(importing, draft))
    whole = importing.preview(draft)
    assert pack_plan(planned(importing, draft)) == rows
    assert summary | {"version": 0} == whole | {"version": 0}


def _refuse(*_: Any) -> Import:
    raise AssertionError("the whole file was previewed")


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_the_whole_file_is_previewed_where_the_others_are_not_up_to_date(importing: Importing) -> None:
    draft = importing.send(FILE)
    importing.check(draft, match_by="none")
    with importing.hub.uow.begin() as work:  # the hub was killed before it made this preview
        skip = SkipMend(field="registration_code", cause=Cause.TWICE)
        imports.add_mends(work, importing.key, draft.id, imports.PARTICIPANTS, [skip])
    summary = mend_row(importing, draft, RowMend(line=7, field="email", by="fay@example.org"))
    assert summary["counts"]["skip"] == 1
    assert summary["counts"]["refuse"] == 0
