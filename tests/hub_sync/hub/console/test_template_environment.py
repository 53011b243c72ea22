"""The filters of templates, and what holds for the text of each."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from jinja2 import nodes

import hub_sync.hub
from hub_sync.hub.console.static_files import own_files
from hub_sync.hub.console.template_environment import environment


def test_an_attribute_that_is_true_has_no_value_and_one_that_is_false_is_not_there() -> None:
    template = environment((), own_files()).from_string("<a{{ more | xmlattr }}>")
    more = {"download": True, "hidden": False, "list": None, "title": '"<&', "max": 9}
    assert template.render(more=more) == '<a download title="&#34;&lt;&amp;" max="9">'


def test_a_counted_number_has_the_separators_of_the_language() -> None:
    text = '{{ ngettext("%(num)s row", "%(num)s rows", n) }}{% trans n=n %}, {{ n }}{% pluralize n %}, {{ n }}s{% endtrans %}'
    assert environment((), own_files()).from_string(text).render(n=12_000) == "12,000 rows, 12000s"


def test_a_period_names_a_day_that_both_ends_have_once() -> None:
    """Both ends are of one day in the zone of the event, though not in UTC."""
    text = '{% import "console/parts.html" as ui with context %}{{ ui.period(start, end, "Asia/Tokyo") }}'
    template = environment((), own_files()).from_string(text)
    page = SimpleNamespace(note_zone=lambda _zone: None)
    start = datetime(2027, 1, 29, 23, tzinfo=UTC)

    def words(hours: int) -> str:
        html = template.render(page=page, start=start, end=start + timedelta(hours=hours))
        return re.sub(r"<[^>]*>|\n", "", html)

    assert words(4) == "30 Jan 2027, 08:00\u201312:00"
    assert words(24) == "30 Jan 2027, 08:00 \u2013 31 Jan 2027, 08:00"


def test_an_arrow_from_old_to_new_turns_round_where_lines_run_from_right_to_left() -> None:
    """The style of `became` mirrors it; an arrow in a translated text is the translation's own."""
    templates = Path(hub_sync.hub.__file__).parent.rglob("templates/**/*.html")
    lines = [line for file in templates for line in file.read_text(encoding="utf-8").splitlines()]
    arrows = [line for line in lines if "→</" in line or "→ </" in line]
    assert len(arrows) > 1
    assert [line for line in arrows if 'class="became"' not in line] == []


def test_a_text_with_values_gets_them_in_the_call_that_translates_it() -> None:
    """`_("… %(name)s") % {…}` raises when it is drawn, since the call fills in the values itself."""
    jinja = environment((), own_files())
    faults: list[str] = []
    for file in Path(hub_sync.hub.__file__).parent.rglob("templates/**/*.html"):
        text = file.read_text(encoding="utf-8")
        for call in jinja.parse(text).find_all(nodes.Call) if re.search(r"(_|gettext)\(.*%\(", text) else ():
            if isinstance(call.node, nodes.Name) and call.node.name in ("_", "gettext", "ngettext"):
                texts = [arg.value for arg in call.args if isinstance(arg, nodes.Const)]
                wanted = set(re.findall(r"%\((\w+)\)", " ".join(str(each) for each in texts)))
                present = {each.key for each in call.kwargs} | (
                    {"num"} if call.node.name == "ngettext" else set()
                )
                faults += [f"{file.name}: {each}" for each in wanted - present]
    assert faults == []
