"""A hub without a tenant; users to sign in with, as the tests of accounts have them."""

import shutil
from pathlib import Path

import pytest

from tests.hub_sync.hub.domains.accounts.conftest import people, sign_in

__all__ = ["people", "sign_in"]


@pytest.fixture
def new_hub(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """Return the folder of a hub without a tenant, as `serve` leaves it."""
    folder = tmp_path / "hub"
    folder.mkdir(mode=0o700)
    shutil.copyfile(migrated_sqlite, folder / "hub.db")
    (folder / "hub.db").chmod(0o600)
    return folder
