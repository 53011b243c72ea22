"""Installation of the console in the app."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from fastapi import FastAPI

from hub_sync.hub.console import error_pages, preferences, static_files
from hub_sync.hub.console.state import ChooseEvents, ChooseLanguage, Console, Counter
from hub_sync.hub.kit.domain.manifest import NavigationEntry
from hub_sync.hub.kit.http import routing


def install(
    app: FastAPI,
    pages: Sequence[ModuleType],
    folders: Sequence[Path],
    events: ChooseEvents,
    choose_language: ChooseLanguage,
    navigation: Sequence[NavigationEntry],
    counters: Mapping[str, Counter],
) -> None:
    """Serve these modules' pages (`router`), with the templates of these folders; failures become pages too.

    Comes after `kit.http.problems.install`, whose answers stay for everything that is no page.
    """
    app.state.console = Console(folders, events, choose_language, navigation, counters)
    error_pages.install(app)
    routing.mount_routers(app, static_files.router, preferences.router, *(module.router for module in pages))
