"""`/docs` and `/openapi.json`. Both tell what the program can do, nothing of any tenant; nobody need be signed in."""

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
from hub_sync.hub.kit.http.compression import compressed_response
from hub_sync.hub.kit.security.feature_flag import FF_REST_API

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_SEARCH = 200

router = PageRouter()
NAVIGATION = (
    NavigationEntry(
        group="settings", label=N_("API documentation"), path="/docs", order=90, flag=FF_REST_API, icon="info"
    ),
)


class Documentation:
    """The documentation, built at the first request: the bytes of the OpenAPI and the content of the page."""

    def __init__(self, app: FastAPI, hub: str) -> None:
        described = app.openapi() | ({"servers": [{"url": hub}]} if hub else {})
        self.openapi = orjson.dumps(described)
        self.tag = etags.content_etag(self.openapi)
        self.reference = ApiReference(described, hub or HUB)
        self.whole: Markup | None = None
        """The page's body without a search, as it was made first."""


def documentation_of(request: Request) -> Documentation:
    """Return the app's documentation."""
    app: FastAPI = request.app
    if not hasattr(app.state, "documentation"):
        app.state.documentation = Documentation(app, app.state.hub.settings.public_url)
    documentation: Documentation = app.state.documentation
    return documentation


@router.get("/docs", public=True)
def show_docs(page: PageCall) -> Response:
    """Render the documentation; with `q` only the matching operations."""
    documentation = documentation_of(page.request)
    search = page.request.query_params.get("q", "")[:_LONGEST_SEARCH].strip()
    sections = documentation.reference.search(search) if search else documentation.reference.sections
    if documentation.whole is None or search:
        body = Markup(  # noqa: S704 - a template's own output
            page.console.templates.get_template("docs/body.html").render(
                reference=documentation.reference,
                sections=sections,
                query=search,
                refusals=all_errors(),
                permissions=registry().permissions,
                roles=registry().role_permissions,
                prose=render_paragraphs,
                phrase=render_line,
            )
        )
        if not search:
            documentation.whole = body
    else:
        body = documentation.whole
    return page.render("docs/page.html", sections=sections, query=search, body=body)


def install(app: FastAPI) -> None:
    """Serve the description; the page comes with the console's."""

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        documentation = documentation_of(request)
        headers = {"ETag": documentation.tag, "Cache-Control": "public, no-cache"}
        if_none_match = request.headers.get("if-none-match")
        if if_none_match is not None and etags.matches(if_none_match, documentation.tag):
            return Response(status_code=304, headers=headers)
        answer = compressed_response(request, documentation.openapi)
        answer.headers.update(headers)
        return answer
