"""A new domain gets its import contract too: nobody else touches its tables."""

import tomllib
from importlib.util import find_spec
from pathlib import Path

from hub_sync.hub.domains import DOMAINS

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_the_tables_of_every_domain_are_protected_by_a_contract() -> None:
    contracts = tomllib.loads(PYPROJECT.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    protected = {
        module: contract["allowed_importers"]
        for contract in contracts
        if contract["type"] == "protected"
        for module in contract["protected_modules"]
    }
    for domain in DOMAINS:
        folder = f"hub_sync.hub.domains.{domain}"
        if find_spec(f"{folder}.tables") is None:
            continue  # it stands on the tables of others
        assert protected.get(f"{folder}.tables") == [folder], domain
