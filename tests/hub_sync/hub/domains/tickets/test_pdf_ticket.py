"""The page to print: names in any script, long names, and a machine without fonts."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub_sync.hub.console.i18n.translation import Speech, read_catalogue
from hub_sync.hub.domains.tickets import fonts
from hub_sync.hub.domains.tickets.pdf_sheet import PdfSheet
from hub_sync.hub.domains.tickets.pdf_ticket import group_code, render_each, render_ticket
from hub_sync.hub.domains.tickets.ticket_details import TicketDetails
from tests.hub_sync.hub.domains.tickets.conftest import drawing_of, image_in, read_code

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def details(**changes: Any) -> TicketDetails:
    usual: dict[str, Any] = {
        "text": "A" * 256,
        "organiser": "Acme",
        "event": "Summit 2026",
        "starts_at": datetime(2026, 6, 10, 6, tzinfo=UTC),
        "ends_at": datetime(2026, 6, 11, 16, tzinfo=UTC),
        "time_zone": "Europe/Berlin",
        "name": "Ada Lovelace",
        "registration_code": "7K2QP-XH4MT",
        "category": "Speaker",
        "entrances": ("Main gate (hall-a)",),
    }
    return TicketDetails(**(usual | changes))


def page(language: str = "en", **changes: Any) -> bytes:
    return render_ticket(details(**changes), Speech(language), NOW)


def fonts_in(pdf: bytes) -> set[str]:
    return {name.decode() for name in re.findall(rb"/BaseFont /(?:[A-Z]+\+)?([A-Za-z-]+)", pdf)}


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Hide the fonts of the machine."""
    monkeypatch.setattr(fonts, "_usual_folders", lambda: [tmp_path])
    fonts.find_fonts.cache_clear()
    yield
    fonts.find_fonts.cache_clear()


@pytest.mark.parametrize(
    ("name", "font"),
    [
        ("محمد بن عبد الله", "NotoSansArabic"),
        ("שלום עליכם", "NotoSansHebrew"),
        ("王小明", "NotoSansCJK"),
        ("김철수", "NotoSansCJK"),
        ("สมชาย ใจดี", "NotoSansThai"),
        ("अदिति शर्मा", "NotoSansDevanagari"),
        ("Żółć e\N{COMBINING ACUTE ACCENT}", "NotoSansBold"),
    ],
)
def test_a_name_is_printed_in_a_font_that_has_it(name: str, font: str) -> None:
    assert any(name.startswith(font) for name in fonts_in(page(name=name)))


def test_the_same_ticket_at_the_same_time_is_the_same_file() -> None:
    assert page(name="محمد 王") == page(name="محمد 王")


def test_a_page_that_is_read_from_right_to_left_is_mirrored() -> None:
    def left_of(pdf: bytes) -> float:
        return float(re.findall(r"0 0 [\d.]+ ([\d.]+) [\d.]+ cm /I\d+ Do", drawing_of(pdf))[0])

    half = 105 * 72 / 25.4
    assert left_of(page("en")) < half < left_of(page("ar"))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ("Maximiliane-Antoinette e\N{COMBINING ACUTE ACCENT} " * 6)[:120]},
        {"name": "W" * 400, "event": "W" * 200, "registration_code": "W" * 64, "category": "W" * 64},
        {"name": "王" * 400, "event": "国" * 200},
        {"name": "", "organiser": "", "category": "", "entrances": ()},
        {
            "name": "a\n\tb\x07\N{RIGHT-TO-LEFT OVERRIDE}c \N{FAMILY} \N{GRINNING FACE}\N{VARIATION SELECTOR-16}"
        },
        {"text": "A" * 1100, "time_zone": "Pacific/Apia"},
    ],
)
def test_whatever_stands_on_it_the_code_is_read_and_it_stays_one_page(changes: dict[str, Any]) -> None:
    pdf = page(**changes)
    assert pdf.count(b"/Type /Page\n") == 1
    assert read_code(image_in(pdf)) == changes.get("text", "A" * 256)


def test_what_does_not_fit_in_the_smallest_letters_loses_its_end() -> None:
    sheet = PdfSheet(language="en", title="t", created_at=NOW, right_to_left=False)
    sheet.load_fonts("word", "")
    ends = sheet.write("word " * 500, (10, 10, 80, 20), (20, 10))
    assert 10 < ends <= 30.5
    sheet.output()  # closes its fonts' files


def test_a_letter_that_no_font_has_leaves_a_mark() -> None:
    assert page(name="\N{GRINNING FACE}") == page(name="\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ("Ada Lovelace", "王小明", "Żółć e\N{COMBINING ACUTE ACCENT}")),
        pytest.param("ar", ("محمد بن عبد الله", "अदिति शर्मा", "W" * 400), marks=pytest.mark.thorough),
    ],
)
def test_files_that_share_their_fonts_are_drawn_as_if_each_had_its_own(
    language: str, names: Sequence[str]
) -> None:
    speech = Speech(language, read_catalogue(language))
    tickets = [details(name=name, text=f"{number}" * 256) for number, name in enumerate(names)]
    for ticket, pdf in zip(tickets, render_each(tickets, speech, NOW), strict=True):
        alone = render_ticket(ticket, speech, NOW)
        assert drawing_of(pdf) == drawing_of(alone), ticket.name
        assert fonts_in(pdf) == fonts_in(alone)
        assert read_code(image_in(pdf)) == ticket.text
        assert re.findall(rb"/Title|/Alt|/Lang", pdf) == re.findall(rb"/Title|/Alt|/Lang", alone)


def test_marks_of_arabic_letters_stand_where_they_belong() -> None:
    plain, marked = (drawing_of(page(name=name)).count(" Tm (") for name in ("قط", "قطّ"))
    assert marked > plain, "the mark is moved onto its letter"


@pytest.mark.usefixtures("no_fonts")
def test_files_that_share_fonts_on_a_machine_without_any_have_western_letters() -> None:
    (pdf,) = render_each([details(name="Zoë 王")], Speech("en"), NOW)
    assert fonts_in(pdf) == {"Helvetica", "Helvetica-Bold"}


@pytest.mark.usefixtures("no_fonts")
def test_a_machine_without_fonts_says_so_once_and_prints_western_letters() -> None:
    with structlog.testing.capture_logs() as logs:
        pdf = page(name="Zoë 王 محمد")
        page()
        page(name="W" * 400, event="long – " * 30)
    assert [entry["why"] for entry in logs] == [fonts.NOT_FOUND]
    assert fonts_in(pdf) == {"Helvetica", "Helvetica-Bold"}
    assert read_code(image_in(pdf)) == "A" * 256


@pytest.mark.parametrize("draw", [page, lambda: next(render_each([details()], Speech("en"), NOW))])
def test_a_font_that_cannot_be_read_is_done_without(
    no_fonts: None, tmp_path: Path, draw: Callable[[], bytes]
) -> None:
    (tmp_path / "NotoSans-Regular.ttf").symlink_to(tmp_path / "gone.ttf")
    with structlog.testing.capture_logs() as logs:
        pdf = draw()
    assert [entry["file"] for entry in logs] == ["NotoSans-Regular.ttf"]
    assert read_code(image_in(pdf)) == "A" * 256


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("7K2QP-XH4MT", "7K2QP-XH4MT"),
        ("AB 12 CD 34", "AB 12 CD 34"),
        ("REG0012345678", "REG 001 234 5678"),
        ("123456", "123456"),
        ("1234567", "123 4567"),
        ("", ""),
    ],
)
def test_a_code_is_grouped_to_be_read_aloud(code: str, groups: str) -> None:
    assert group_code(code) == groups
