"""The import contracts of pyproject.toml: kept by the tree as it is, and each broken by a deliberate violation."""

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kiosk_app", "hub_sync", "hardware", "resources")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

VIOLATIONS: dict[str, dict[str, str]] = {
    "The station never imports the hub": {"kiosk_app/core/outlaw_a.py": "import hub_sync.hub"},
    "Station and hub over rules over contract": {
        "hub_sync/contract/outlaw_b.py": "import hub_sync.rules.tickets.ticket_codec"
    },
    "hub_sync knows no screen and no device": {"hub_sync/client/outlaw_c.py": "import hardware.relay"},
    "Devices know nothing of tickets, Qt or the hub": {"hardware/relay/outlaw_d.py": "import PySide6.QtCore"},
    "Resources import nobody": {"resources/outlaw_e.py": "import hardware.errors"},
    "Qt is imported by views, widgets, the shell and the bridge of the workers only": {
        "kiosk_app/screens/gate/presenter/outlaw_f.py": "import PySide6.QtGui"
    },
    "The station's packages form no cycle": {
        "kiosk_app/screens/gate/presenter/outlaw_j.py": "import kiosk_app.screens.gate.widgets.top_bar"
    },
    "The station's packages lie in layers": {"kiosk_app/core/outlaw_k.py": "import kiosk_app.workers"},
    "A hub installs no Qt, a station no server": {"hub_sync/client/outlaw_g.py": "import sqlalchemy"},
    "The hub's domains form no cycle": {
        "hub_sync/hub/domains/audit/outlaw_h.py": "import hub_sync.hub.domains.sync.push.service",
    },
    "Domains meet in their services": {
        "hub_sync/hub/domains/tenants/outlaw_l.py": "import hub_sync.hub.domains.audit.tables"
    },
    "The hub's kit knows no domain": {
        "hub_sync/hub/kit/outlaw_i.py": "import hub_sync.hub.domains.audit.service"
    },
    "The rooms of the hub's kit lie in layers": {
        "hub_sync/hub/kit/db/outlaw_l.py": "import hub_sync.hub.kit.http.etags"
    },
}


def lint(tree: Path) -> str:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(linter), "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def verdicts_on_violations(tmp_path_factory: pytest.TempPathFactory) -> str:
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", tree)
    (tree / "tests" / "architecture").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "architecture" / "domain_contract.py", tree / "tests" / "architecture")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    for files in VIOLATIONS.values():
        for name, code in files.items():
            (tree / name).write_text(f'"""A deliberate violation."""\n\n{code}\n')
    return lint(tree)


@pytest.mark.thorough
def test_tree_keeps_every_contract() -> None:
    verdicts = lint(ROOT)
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken" in verdicts, verdicts


@pytest.mark.parametrize("name", [contract["name"] for contract in CONTRACTS])
def test_contract_bites(name: str, verdicts_on_violations: str) -> None:
    assert name in VIOLATIONS, "a contract needs a violation here, or nobody knows that it bites"
    assert f"{name} BROKEN" in verdicts_on_violations


def test_packaging_folder_does_not_shadow_the_library() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()
    version = importlib.import_module("packaging.version")

    assert version.Version("1.0") < version.Version("1.1")
