"""Sentences about failed attempts, in the language of the page."""

from hub_sync.hub.console import _
from hub_sync.hub.domains.webhooks.failures import Failure

_TRANSLATED_PARAMETERS = ("kind",)


def translate_failure(failure: Failure | None) -> str:
    """Return why an attempt failed, in the language of the page; "" if it did not."""
    if failure is None:
        return ""
    parameters = {
        name: _(value) if name in _TRANSLATED_PARAMETERS else value
        for name, value in failure.parameters.items()
    }
    return _(failure.template) % parameters
