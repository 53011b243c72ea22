"""Form of the menu for language and theme. Both are stored in cookies, a user's language in their account too."""

from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.console.i18n.translation import LANGUAGES
from hub_sync.hub.console.router import PageCall, PageRouter
from hub_sync.hub.console.state import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from hub_sync.hub.kit.http.urls import safe_local_path

router = PageRouter()
_A_YEAR = 365 * 24 * 3600


class Preferences(BaseModel):
    """Form with the preferences; missing fields stay unchanged."""

    language: str | None = None
    theme: str | None = None
    back: str = "/"


@router.post("/preferences", public=True)
def prefer(page: PageCall) -> Response:
    """Save the preferences and redirect back."""
    form = page.parse(Preferences)
    answer = page.redirect(safe_local_path(form.back))
    if form.language and form.language in LANGUAGES:
        page.set_cookie(answer, LANGUAGE_COOKIE, form.language, max_age=_A_YEAR)
        if page.signed_in and form.language != page.caller.language:
            page.console.choose_language(page.hub, page.caller, form.language)
    if form.theme and form.theme in THEMES:
        page.set_cookie(answer, THEME_COOKIE, form.theme, max_age=_A_YEAR)
    elif form.theme == "system":
        answer.delete_cookie(THEME_COOKIE, path="/")
    return answer
