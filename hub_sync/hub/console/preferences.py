"""The form of the menu that chooses language and looks: kept in cookies, the language of a person with their account."""

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console.i18n.translation import LANGUAGES
from hub_sync.hub.console.router import PageCall, PageRouter
from hub_sync.hub.console.state import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from hub_sync.hub.kit.http.urls import safe_local_path

router = PageRouter()
_A_YEAR = 365 * 24 * 3600


class Preferences(BaseModel):
    """What is chosen; what is not sent stays."""

    language: str | None = None
    theme: str | None = None
    back: str = "/"


@router.post("/preferences", public=True)
def prefer(page: PageCall) -> Response:
    """Keep what was chosen and go back."""
    asked = page.parse(Preferences)
    answer = page.redirect(safe_local_path(asked.back))
    if asked.language and asked.language in LANGUAGES:
        page.set_cookie(answer, LANGUAGE_COOKIE, asked.language, max_age=_A_YEAR)
        if page.signed_in and asked.language != page.caller.language:
            page.console.choose_language(page.hub, page.caller, asked.language)
    if asked.theme and asked.theme in THEMES:
        page.set_cookie(answer, THEME_COOKIE, asked.theme, max_age=_A_YEAR)
    elif asked.theme == "system":
        answer.delete_cookie(THEME_COOKIE, path="/")
    return answer
