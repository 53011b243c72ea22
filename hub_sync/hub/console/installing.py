"""Putting the console into the app."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from fastapi import FastAPI

from hub_sync.hub.console import failures, preferences, static
from hub_sync.hub.console.console import ChooseEvents, ChooseLanguage, Console
from hub_sync.hub.kit import routers


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
    routers.serve(app, static.router, preferences.router, *(module.router for module in pages))
