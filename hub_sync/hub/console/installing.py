"""Putting the console into the app."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from fastapi import FastAPI

from hub_sync.hub.console import failures, preferences, static
from hub_sync.hub.console.console import ChooseEvents, ChooseLanguage, Console


def install(
    app: FastAPI,
    pages: Sequence[ModuleType],
    folders: Sequence[Path],
    events: ChooseEvents,
    choose_language: ChooseLanguage,
) -> None:
    """Serve these modules' pages (`router`), with the templates of these folders; failures become pages too.

    Comes after `kit.problems.install`, whose answers stay for everything that is no page.
    """
    app.state.console = Console(pages, folders, events, choose_language)
    failures.install(app)
    app.include_router(static.router)
    for module in (preferences, *pages):
        app.include_router(module.router)
