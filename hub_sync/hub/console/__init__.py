"""The web console: pages of all domains in one frame.

A domain's pages are its `pages.py` with a `PageRouter`; see `console.router` for how they are written, and
`templates/console/parts.html` for what templates are made of.
"""

from hub_sync.hub.console.forms import FormInvalid
from hub_sync.hub.console.i18n.translation import LANGUAGES, N_, _, ngettext, speaking
from hub_sync.hub.console.mount import install
from hub_sync.hub.console.page import Page
from hub_sync.hub.console.router import PageCall, PageRouter
from hub_sync.hub.console.state import Console, EventChoice
from hub_sync.hub.console.submissions.confirmations import Question

__all__ = [
    "LANGUAGES",
    "N_",
    "Console",
    "EventChoice",
    "FormInvalid",
    "Page",
    "PageCall",
    "PageRouter",
    "Question",
    "_",
    "install",
    "ngettext",
    "speaking",
]
