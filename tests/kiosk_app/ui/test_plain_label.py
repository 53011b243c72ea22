"""Labels show what people type as it is: a counter's name that looks like HTML is no HTML."""

import re
from pathlib import Path

from pytestqt.qtbot import QtBot

import kiosk_app
from kiosk_app.ui.plain_label import PlainLabel

OWN = {"plain_label.py", "failure_label.py"}
"""The classes of labels. A `FailureLabel` shows sentences of the catalogue."""


def test_a_name_that_looks_like_html_takes_the_room_of_its_letters(qtbot: QtBot) -> None:
    label, letters = PlainLabel("<script>alert(1)</script>"), PlainLabel("script alert(1) script")
    for each in (label, letters):
        qtbot.addWidget(each)
    assert label.sizeHint().width() > letters.sizeHint().width()


def test_no_screen_has_a_label_that_guesses_what_its_text_is() -> None:
    sources = [path for path in Path(kiosk_app.__path__[0]).rglob("*.py") if path.name not in OWN]
    assert len(sources) > 100
    assert [path.name for path in sources if re.search(r"\bQLabel\(", path.read_text())] == []
