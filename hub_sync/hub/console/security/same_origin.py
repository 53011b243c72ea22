"""Check that a form comes from a page of this hub, by the headers of the browser.

The CSRF token proves it for signed-in users. This check covers the sign-in form too, which has no session yet
(otherwise another site could sign a browser in to a foreign account).
"""

from starlette.requests import Request

from hub_sync.hub.console.i18n.translation import N_
from hub_sync.hub.kit.errors import Forbidden
from hub_sync.hub.kit.http.urls import split_url


class FromElsewhere(Forbidden):
    """The form was sent from a page of another site."""

    template = N_("This form came from another site. Open the page here, and send it again.")


class OriginMissing(FromElsewhere, variant=True):
    """A form of which the browser does not say where it comes from."""

    template = N_("The browser does not say where this form comes from.")


def require_same_origin(request: Request, public_url: str = "") -> None:
    """Check that a page of this hub sent the form.

    Raises:
        FromElsewhere: 403: the browser names another site, or none at all.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        raise FromElsewhere
    origin = request.headers.get("origin")
    if origin is None:
        if site is None:
            raise OriginMissing
        return
    here = {request.headers.get("host", "").lower()}
    if public_url:
        here.add(split_url(public_url).netloc.lower())
    if split_url(origin).netloc.lower() not in here - {""}:
        raise FromElsewhere
