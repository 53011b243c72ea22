"""Pages translate a refusal as they show it, so every one must be known to whoever translates."""

import re
from pathlib import Path

from hub_sync.hub.domains import accounts
from hub_sync.hub.domains.accounts import pages
from hub_sync.hub.domains.accounts.sign_in import passwords

FOLDER = Path(accounts.__file__).parent
MODULES = (
    "own_account/service",
    "sign_in/one_time_links",
    "sign_in/passwords",
    "users/roles",
    "sign_in/second_factor",
    "sign_in/service",
    "users/service",
)
NEVER_SHOWN = {"There is no such person.", "Nobody has an account with this address.", "Sign in again."}
"""A page of its own says it, or only the command line does."""


def test_every_refusal_is_marked_for_translation() -> None:
    said = set()
    for module in MODULES:
        source = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
        said |= set(re.findall(r'(?:raise|return) [A-Z]\w+\(\s*f?"([^"]+)"', source))
    written_out = {
        text.format(
            MIN_PASSWORD=passwords.MIN_PASSWORD,
            MAX_PASSWORD=passwords.MAX_PASSWORD,
            _FEWEST_DIFFERENT=passwords._FEWEST_DIFFERENT,
        )
        for text in said
    }
    assert len(written_out) > 15
    assert written_out - NEVER_SHOWN <= set(pages.REFUSALS)
