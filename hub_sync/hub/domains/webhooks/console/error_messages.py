"""What went wrong with an attempt, and with a URL, in the language of the page.

The log and the API keep one English sentence. What is known of these is translated here; the rest is shown as it is.
"""

import re
from collections.abc import Sequence

from hub_sync.hub.console import N_, _

OF_ATTEMPTS: Sequence[str] = (
    N_("The endpoint does not speak TLS as it should."),
    N_("The endpoint did not take the connection in time."),
    N_("The endpoint refused the connection."),
    N_("The endpoint broke the connection off."),
    N_("The message can't be sent as HTTP."),
    N_("The endpoint hung up without an answer."),
    N_("What the endpoint answered is not HTTP."),
    N_("The connection to the endpoint broke."),
    N_("The hub failed on this message; its log says why."),
    N_("The hub is looking up too many names at once; it tries again in a minute."),
    N_(
        "What is sealed in the database does not open with this hub's secret (DOORWARD_SECRET or the file "
        "hub-secret); restore the secret that belongs to this database."
    ),
)
"""As `telling`, `sender`, `guard` and `kit.sealing` say them."""
OF_URLS: Sequence[str] = (
    N_("The URL has white space or a control character in it."),
    N_("The URL does not begin with http:// or https://."),
    N_("The URL has a fragment (#), which is never sent."),
    N_("The URL has a user name or a password in it."),
    N_("The URL has characters that must be percent-encoded (%20 for a space)."),
    N_("The URL's host or port can't be read."),
    N_("The URL names no host."),
    N_("The URL's port is not between 1 and 65535."),
    N_("The URL's host has letters beyond ASCII: write it in its xn-- form."),
    N_("The URL's host is neither a name nor an address."),
    N_("The URL's host ends in a number, and is no address."),
)
"""As `addresses` says them."""
_WITH_A_PART: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r"The endpoint answered (?P<part>\d{3}[^,:]*)\."), N_("The endpoint answered %(part)s.")),
    (
        re.compile(r"The endpoint did not answer within (?P<part>[\d.]+) seconds\."),
        N_("The endpoint did not answer within %(part)s seconds."),
    ),
    (re.compile(r"The name (?P<part>\S+) could not be found\."), N_("The name %(part)s could not be found.")),
    (
        re.compile(r"(?P<part>\S+) can't be used: it leads to an address that webhooks may not reach\."),
        N_("%(part)s can't be used: it leads to an address that webhooks may not reach."),
    ),
    (
        re.compile(r"(?P<part>.+), which webhooks may not reach\."),
        N_("Webhooks may not reach this: %(part)s."),
    ),
)


def translate_error(error: str) -> str:
    """A sentence of the log."""
    for form, sentence in _WITH_A_PART:
        found = form.fullmatch(error)
        if found:
            in_words = _(sentence)
            return error if in_words == sentence else in_words % {"part": found["part"]}
    return _(error)
