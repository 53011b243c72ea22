"""Check that a form comes from a page of this hub, by the headers of the browser.

A browser compares the page's address with the form's itself, and no page can forge its `Sec-Fetch-Site`: the word
"same-origin" is enough, also behind a proxy that changes the host. Older browsers, and those without encryption, send
only `Origin`, which is compared with the addresses that the hub knows of itself.

The CSRF token proves it for signed-in users. This check covers the sign-in form too, which has no session yet
(otherwise another site could sign a browser in to a foreign account).
"""

from collections.abc import Sequence

from starlette.requests import Request

from hub_sync.hub.console.i18n.translation import N_
from hub_sync.hub.kit.errors import Forbidden
from hub_sync.hub.kit.http.urls import split_url
from hub_sync.hub.kit.networks import Network
from hub_sync.hub.kit.security.client_address import base_url

_LONGEST_ORIGIN = 200


class FromElsewhere(Forbidden):
    """The form was sent from a page of another site."""

    template = N_("This form came from another site. Open the page here, and send it again.")


class OriginNotKnown(FromElsewhere, variant=True):
    """A form of a site that may be this hub under a name that it does not know."""

    template = N_(
        "This form came from %(origin)s, and this hub knows itself as %(host)s. If both are the same, set DOORWARD_PUBLIC_URL to "
        "the address in the browser, or let the proxy pass on the Host header."
    )


class OriginMissing(FromElsewhere, variant=True):
    """A form of which the browser does not say where it comes from."""

    template = N_("The browser does not say where this form comes from.")


def require_same_origin(request: Request, public_url: str = "", trusted: Sequence[Network] = ()) -> None:
    """Check that a page of this hub sent the form.

    Args:
        request: the request with the form.
        public_url: the hub's address, if it is set.
        trusted: the networks of proxies whose `X-Forwarded-Host` is believed.

    Raises:
        FromElsewhere: 403: the browser names another site, or none at all.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise FromElsewhere
        return
    origin = request.headers.get("origin")
    if origin is None:
        raise OriginMissing
    here = [split_url(public_url).netloc, split_url(base_url(request, trusted)).netloc]
    here = [host.lower() for host in here if host]
    if split_url(origin).netloc.lower() not in here:
        raise OriginNotKnown(origin=origin[:_LONGEST_ORIGIN], host=here[0] if here else "?")
