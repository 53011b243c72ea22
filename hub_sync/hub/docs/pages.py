"""`/docs` and `/openapi.json`. Both tell what the program can do, nothing of any tenant; nobody need be signed in."""

import hashlib
from pathlib import Path

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response
from markupsafe import Markup

from hub_sync.hub.console import N_, PageCall, PageRouter
from hub_sync.hub.docs.error_catalogue import all_errors
from hub_sync.hub.docs.markdown import render_line, render_paragraphs
from hub_sync.hub.docs.reference import HUB, ApiReference
from hub_sync.hub.domains import registry
from hub_sync.hub.kit.domain.manifest import NavigationEntry
from hub_sync.hub.kit.http import etags
from hub_sync.hub.kit.security.feature_flags import FF_REST_API

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_SEARCH = 200

router = PageRouter()
NAVIGATION = (
    NavigationEntry(
        group="settings", label=N_("API documentation"), path="/docs", order=90, flag=FF_REST_API, icon="info"
    ),
)


class Documentation:
    """What is worked out once, when it is first asked for: the description's bytes, and what the page shows of it."""

    def __init__(self, app: FastAPI, hub: str) -> None:
        described = app.openapi()
        self.openapi = orjson.dumps(described)
        self.tag = f'"{hashlib.blake2b(self.openapi, digest_size=12).hexdigest()}"'
        self.reference = ApiReference(described, hub or HUB)
        self.whole: Markup | None = None
        """The page's body without a search, as it was made first."""


def documentation_of(request: Request) -> Documentation:
    """The app's."""
    app: FastAPI = request.app
    if not hasattr(app.state, "documentation"):
        app.state.documentation = Documentation(app, app.state.hub.settings.public_url)
    made: Documentation = app.state.documentation
    return made


@router.get("/docs", public=True)
def show_docs(page: PageCall) -> Response:
    """The documentation; with `q` only what fits."""
    told = documentation_of(page.request)
    asked = page.request.query_params.get("q", "")[:_LONGEST_SEARCH].strip()
    sections = told.reference.search(asked) if asked else told.reference.sections
    if told.whole is None or asked:
        body = Markup(  # noqa: S704 - a template's own output
            page.console.templates.get_template("docs/body.html").render(
                reference=told.reference,
                sections=sections,
                asked=asked,
                refusals=all_errors(),
                permissions=registry().permissions,
                roles=registry().role_permissions,
                prose=render_paragraphs,
                phrase=render_line,
            )
        )
        if not asked:
            told.whole = body
    else:
        body = told.whole
    return page.render("docs/page.html", sections=sections, asked=asked, body=body)


def install(app: FastAPI) -> None:
    """Serve the description; the page comes with the console's."""

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        told = documentation_of(request)
        headers = {"ETag": told.tag, "Cache-Control": "public, no-cache"}
        seen = request.headers.get("if-none-match")
        if seen is not None and etags.matches(seen, told.tag):
            return Response(status_code=304, headers=headers)
        return Response(told.openapi, headers=headers, media_type="application/json")
