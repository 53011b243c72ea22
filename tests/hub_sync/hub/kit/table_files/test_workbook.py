"""What is known of a workbook before it is unpacked."""

import io
import zipfile

import pytest

from hub_sync.hub.kit.table_files.workbook import check_package


def package(sheet: bytes) -> io.BytesIO:
    """Return a workbook of another program."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml", b"<workbook/>")
        target.writestr("xl/worksheets/sheet1.xml", sheet)
    return packed


@pytest.mark.parametrize(
    ("cell", "notes"),
    [
        (b'<c r="A1"><f>1+1</f><v>2</v></c>', []),
        (b'<c r="A1"><f>1+1</f><v></v></c>', ["uncalculated"]),
        (b'<c r="A1" s="1"><f>1+1</f><v /></c>', ["uncalculated"]),
        (b'<c r="A1"><f>1+1</f></c>', ["uncalculated"]),
        (b'<c r="A1"><f t="shared" si="0"/></c>', ["uncalculated"]),
        (b'<c r="A1" t="str"><f>IF(B1="","",B1)</f><v></v></c>', []),
        (b'<dataValidation><formula1>"a,b"</formula1></dataValidation>', []),
        (b"x" * (1024 * 1024 - 20) + b'<c r="A1" s="1"><f>1+1</f></c>', ["uncalculated"]),
        (b'<c r="A1"><f/>' + b" " * 3_000_000, []),
        (b"<f" * 1_000_000, []),
        (b"<c <f>" * 400_000, []),
    ],
)
def test_formulas_whose_results_nobody_has_calculated_are_noted(cell: bytes, notes: list[str]) -> None:
    """Their cells are read as empty, and nobody was told. The last ones would take hours if the search went back."""
    assert check_package(package(b"<row>" + cell)) == notes
