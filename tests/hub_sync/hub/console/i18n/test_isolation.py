"""Names in sentences that hold no markup."""

import pytest

from hub_sync.hub.console.i18n.isolation import FSI, PDI, isolated
from hub_sync.hub.console.i18n.translation import Speech, read_catalogue, speaking

LAYLA = "\u0644\u064a\u0644\u0649"


@pytest.mark.parametrize(
    ("language", "name", "changed"),
    [
        ("en", "Grace", False),
        ("en", "7 / 12", False),
        ("en", LAYLA, True),
        ("en", f"{LAYLA} (Grace)", True),
        ("ar", LAYLA, False),
        ("ar", "Grace", True),
    ],
)
def test_a_name_that_runs_the_other_way_is_isolated(language: str, name: str, changed: bool) -> None:
    with speaking(Speech(language, read_catalogue(language))):
        assert isolated(name) == (f"{FSI}{name}{PDI}" if changed else name)
