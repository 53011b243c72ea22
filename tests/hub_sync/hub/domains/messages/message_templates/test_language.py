"""Templates can't exhaust the hub, name what does not exist, or print a placeholder."""

import pytest
from markupsafe import Markup

from hub_sync.hub.domains.messages.message_templates import language
from hub_sync.hub.domains.messages.message_templates.errors import (
    MessageTooLarge,
    TemplateConstructRefused,
    TemplateTooLarge,
    TemplateUnreadable,
    TemplateVariableUnknown,
)

VALUES = {
    "participant.first_name": "Ada",
    "event.name": "Fair & Co",
    "offer.link": "https://x.example/?a=1&b=2",
}


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ 10**10**10 }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for a in 'ab' %}{% for b in 'ab' %}x{% endfor %}{% endfor %}",
        "{{ 'a' | center(10**9) }}",
        "{{ event.name | center(1000000000) }}",
        "{{ '%1000000000s' | format(1) }}",
        "{{ 'a' ~ 'b' }}",
        "{{ lipsum(1000) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% set x = 'a' %}",
        "{% include 'x' %}",
        "{% extends 'x' %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ participant['first_name'] }}",
        "{{ event.name.upper() }}",
        "{{ event.name | default('x', true, 1) }}",
        "{% if event.name < 'x' %}{% endif %}",
        "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
        "{{ " + "not " * 5_000 + "1 }}",
        "{% if event.name %}" * 100 + "{% endif %}" * 100,
    ],
)
def test_a_text_that_could_exhaust_the_hub_is_refused_before_it_is_compiled(source: str) -> None:
    with pytest.raises(TemplateConstructRefused):
        language.check(source)
    with pytest.raises(TemplateConstructRefused):
        language.render(source, VALUES)


@pytest.mark.parametrize(
    ("source", "variable"),
    [
        ("Hello {{ name }}", "name"),
        ("{{ participant.nickname }}", "participant.nickname"),
        ("{{ participant }}", "participant"),
        ("{{ event.name.__class__ }}", "event.name.__class__"),
        ("{{ _missing }}", "_missing"),
        ("{% if nothing %}x{% endif %}", "nothing"),
    ],
)
def test_an_unknown_variable_fails_at_save_with_its_line(source: str, variable: str) -> None:
    with pytest.raises(TemplateVariableUnknown) as raised:
        language.check("one\n" + source)
    assert raised.value.parameters == {"line": 2, "variable": variable}


def test_a_bracket_that_is_open_says_where() -> None:
    with pytest.raises(TemplateUnreadable) as raised:
        language.check("one\n{{ event.name")
    assert raised.value.parameters["line"] == 2


def test_source_and_output_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TemplateTooLarge):
        language.check("x" * (language.MAX_SOURCE + 1))
    monkeypatch.setattr(language, "MAX_OUTPUT", 100)
    with pytest.raises(MessageTooLarge):
        language.render("{{ event.name }}" * 20, {"event.name": "x" * 10})


def test_an_empty_value_is_noted_and_its_placeholder_is_never_printed() -> None:
    rendered = language.render(
        "Dear {{ participant.first_name }} {{ participant.last_name | upper }}!", VALUES
    )
    assert rendered.text == "Dear Ada !"
    assert rendered.missing == ("participant.last_name",)


def test_a_default_and_a_condition_do_without_the_value() -> None:
    source = (
        "{{ participant.last_name | default('friend') | upper }}"
        "{% if participant.category == 'VIP' %} VIP{% elif participant.category in ['a', ''] %} none{% endif %}"
        "{% if participant.group %} {{ participant.group }}{% endif %}"
    )
    assert language.render(source, VALUES) == language.Rendered("FRIEND none")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_condition_ends_its_paragraph_and_a_tag_alone_leaves_no_line(line_end: str) -> None:
    lines = (
        "Hello",
        "",
        "{% if event.name %}Your page{% endif %}",
        "",
        "{% if event.name %}",
        "Bye",
        "{% else %}",
        "Nothing",
        "{% endif %}",
        "The team",
    )
    assert language.render(line_end.join(lines), VALUES).text == "Hello\n\nYour page\n\nBye\nThe team"


def test_values_are_escaped_in_html_and_a_button_is_a_link_in_text() -> None:
    source = "{{ event.name }} {{ offer.link | button('Go <on>') }} {{ ticket.qr }}"
    html = language.render(source, {**VALUES, "ticket.qr": Markup("<img>")}, is_html=True).text
    assert html == (
        'Fair &amp; Co <a class="button" href="https://x.example/?a=1&amp;b=2">Go &lt;on&gt;</a> <img>'
    )
    assert language.render("{{ offer.link | button('Go') }}", VALUES).text == "Go: https://x.example/?a=1&b=2"
