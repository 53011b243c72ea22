"""Texts that are read from three metres have 7:1; shapes and borders have 3:1. Computed, not judged."""

import json
from dataclasses import fields
from importlib.resources import files

import pytest

from resources.themes import THEMES, Signal, SignalColours, Theme, contrast, theme

every_theme = pytest.mark.parametrize("name", THEMES)
every_signal = pytest.mark.parametrize("signal", Signal)


@every_theme
@every_signal
def test_the_verdicts_words_have_seven_to_one(name: str, signal: Signal) -> None:
    colours = theme(name).signal(signal)
    assert contrast(colours.body, colours.on_body) >= 7
    assert contrast(colours.tint, colours.on_tint) >= 7


@every_theme
@every_signal
def test_the_verdicts_shape_and_every_mark_can_be_made_out(name: str, signal: Signal) -> None:
    colours, tokens = theme(name).signal(signal), theme(name)
    assert contrast(colours.stub, colours.on_stub) >= 4.5
    for ground in (tokens.surface, tokens.ground, tokens.raised, colours.tint):
        assert contrast(colours.mark, ground) >= 3, ground


@every_theme
def test_text_has_seven_to_one_on_everything_it_stands_on(name: str) -> None:
    tokens = theme(name)
    for ground in (tokens.ground, tokens.surface, tokens.raised, tokens.field):
        assert contrast(tokens.text, ground) >= 7, ground
    for ground in (tokens.surface, tokens.raised):
        assert contrast(tokens.quiet, ground) >= 4.5, ground
    assert contrast(tokens.quiet, tokens.surface) >= 7
    assert contrast(tokens.accent, tokens.on_accent) >= 7


@every_theme
def test_controls_and_focus_can_be_made_out(name: str) -> None:
    tokens = theme(name)
    for ground in (tokens.surface, tokens.ground, tokens.field):
        assert contrast(tokens.edge, ground) >= 3, ground
        assert contrast(tokens.focus, ground) >= 3, ground
    assert contrast(tokens.focus, tokens.raised) >= 3


def test_the_design_names_these_very_colours() -> None:
    assert theme("dark").green.stub == theme("light").green.stub == "#0B7A3B"
    assert theme("dark").red.stub == theme("light").red.stub == "#B3261E"
    assert theme("light").amber.stub == "#8A5A00"
    assert theme("dark").amber.stub == "#FFC24B"


@every_theme
def test_a_theme_file_has_every_token_and_no_other(name: str) -> None:
    raw = json.loads(files("resources.themes").joinpath(f"{name}.json").read_text(encoding="utf-8"))
    assert {"name", *raw} == {field.name for field in fields(Theme)}
    for signal in Signal:
        assert set(raw[signal.value]) == {field.name for field in fields(SignalColours)}


def test_there_is_no_other_theme() -> None:
    with pytest.raises(KeyError):
        theme("../dark")
