"""A screen, a relay board and a domain are one file or folder and one line: a throw-away one of each works in a copy of the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("kiosk_app", "hub_sync", "hardware", "resources")

SCREEN = '''
from PySide6.QtCore import QTimer

from kiosk_app.messages import CloseWindow, ConnectionStatus, ScreenMessage
from kiosk_app.screens.base import Screen


class ThrowawayScreen(Screen):
    """Prints the first status of the station and closes."""

    def receive(self, message: ScreenMessage) -> None:
        if isinstance(message, ConnectionStatus):
            print(f"throwaway: {message.state}, {self.context.appearance.theme}")
            self.command_issued.emit(CloseWindow())
'''

BOARD = '''
from hardware.relay.board import BoardCapabilities


class ThrowawayBoard:
    """A board without a port that prints what it does."""

    capabilities = BoardCapabilities(channels=1, timed_pulse=True, read_back=False)

    @classmethod
    def from_address(cls, address, find_port):
        return cls()

    def open(self) -> None:
        print("open", flush=True)

    def close(self) -> None:
        print("close", flush=True)

    def on(self, channel: int) -> None:
        print("on", channel, flush=True)

    def off(self, channel: int) -> None:
        print("off", channel, flush=True)

    def pulse(self, channel: int, duration_ms: int) -> None:
        print("pulse", channel, duration_ms, flush=True)

    def all_off(self) -> None:
        print("all off", flush=True)

    def read_states(self) -> None:
        return None
'''

USE_BOARD = """
import time
from hardware.relay import DoorState, create_door

with create_door("throwaway:/dev/null") as door:
    deadline = time.monotonic() + 10
    while door.health().state is not DoorState.READY and time.monotonic() < deadline:
        time.sleep(0.01)
    print("sent", door.pulse(100).sent, flush=True)
"""

PRINTER = '''
from hardware.printer.printer import DriverResult, PrinterHealth, PrinterState, PrintOutcome, RollPaper


class ThrowawayPrinter:
    """A printer that prints what it gets."""

    paper = RollPaper(384, 203)

    def __init__(self, address) -> None:
        self._place = address.place

    def health(self) -> PrinterHealth:
        return PrinterHealth(PrinterState.READY)

    def print_document(self, document, on_sending) -> DriverResult:
        on_sending()
        print("raster", document.height, self._place, flush=True)
        return DriverResult(PrintOutcome.PRINTED)
'''

USE_PRINTER = """
from hardware.printer import Raster, create_printer

printer = create_printer("throwaway:///dev/null?page=a6")
print(printer.health().state.value, printer.print_document(Raster(8, b"abc"), lambda: None).outcome.value)
"""

DOMAIN = {
    "__init__.py": '"""Throw-away things."""',
    "manifest.py": """
from dataclasses import dataclass
from typing import ClassVar

from hub_sync.hub.kit.domain.audit_actions import AuditAction, Entity
from hub_sync.hub.kit.domain.manifest import DomainManifest, NavigationEntry, OpenApiTag
from hub_sync.hub.kit.events.domain_events import DomainEvent
from hub_sync.hub.kit.i18n import N_
from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup

THROWAWAY_MANAGE = Permission("throwaway:manage", N_("Throw"))
THING = Entity("thing", N_("Thing"), page="/settings/things", fields={"name": N_("Label of it")})
THING_CREATED = AuditAction(THING, "create", N_("Thrown"))


@dataclass(frozen=True, kw_only=True)
class ThingCreated(DomainEvent):
    entity: ClassVar[str] = THING.name
    label: ClassVar[str] = N_("A thing was thrown.")
    event_type: ClassVar[str] = "thing.created"
    id_member: ClassVar[str] = "thing_id"
    example: ClassVar[dict[str, str]] = {"thing_id": "t1", "name": "Ball"}
    name: str


MANIFEST = DomainManifest(
    name="throwaway",
    permissions=(PermissionGroup("throwaway", N_("Things"), (THROWAWAY_MANAGE,)),),
    navigation=(
        NavigationEntry("settings", N_("Things"), "/settings/things", permissions=THROWAWAY_MANAGE),
    ),
    openapi_tags=(OpenApiTag("things", "What is thrown away."),),
    entities=(THING,),
    audit_actions=(THING_CREATED,),
    domain_events=(ThingCreated,),
    webhook_groups=(("thing", N_("Things")),),
)
""",
    "tables.py": """
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from hub_sync.hub.kit.db.tables import Base, TenantRow


class Thing(TenantRow, Base):
    __tablename__ = "things"
    name: Mapped[str] = mapped_column(String(64))
""",
    "routes.py": """
from fastapi.responses import Response
from pydantic import BaseModel

from hub_sync.hub.domains.audit import service as audit
from hub_sync.hub.domains.throwaway.manifest import THING_CREATED, THROWAWAY_MANAGE, ThingCreated
from hub_sync.hub.domains.throwaway.tables import Thing
from hub_sync.hub.kit.events import domain_events
from hub_sync.hub.kit.http.rest_router import Call, RestRouter

router = RestRouter(prefix="/things", tags=["things"])


class NewThing(BaseModel):
    name: str


@router.post("", permissions=THROWAWAY_MANAGE, schema=NewThing, status=201)
def create_thing(call: Call, new: NewThing) -> Response:
    with call.begin() as work:
        thing = Thing(tenant_id=call.tenant_id, id=work.new_id(), name=new.name)
        work.session.add(thing)
        work.session.flush()
        audit.record(work, call.tenant_id, THING_CREATED, thing.id, after={"name": new.name})
        domain_events.emit(work, call.tenant_id, ThingCreated(entity_id=thing.id, name=new.name))
        return call.created(new, f"/api/v1/things/{thing.id}")
""",
    "pages.py": """
from fastapi.responses import Response

from hub_sync.hub.console import PageCall, PageRouter
from hub_sync.hub.domains.throwaway.manifest import THROWAWAY_MANAGE

router = PageRouter()


@router.get("/settings/things", permissions=THROWAWAY_MANAGE)
def list_things(page: PageCall) -> Response:
    return page.render("throwaway/list.html")
""",
    "templates/throwaway/list.html": "{% extends page.layout %}{% block title %}Things{% endblock %}",
    "doctor.py": """
from hub_sync.hub.kit.domain.doctor import Finding


def check_things(context):
    yield Finding("things", "ok", "None fell down.")


CHECKS = (check_things,)
""",
    "commands.py": '''
import typer

app = typer.Typer(help="Things: count.")


@app.command("count")
def count() -> None:
    print("no thing")


@app.callback()
def things() -> None:
    """Things."""
''',
}
MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "things",
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name="fk_things_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_things"),
    )
    op.execute("INSERT INTO permissions (key, from_report) VALUES ('throwaway:manage', false)")


def downgrade() -> None:
    op.drop_table("things")
"""
USE_DOMAIN = """
import json
import sys
from pathlib import Path

from sqlalchemy import text
from starlette.testclient import TestClient

from hub_sync.hub.app import create_app
from hub_sync.hub.commands.common import open_hub
from hub_sync.hub.commands.doctor.checks import examine
from hub_sync.hub.domains import registry
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.audit.history import action_name, field_name
from hub_sync.hub.domains.tenants import service as tenants
from hub_sync.hub.kit.settings import HubSettings

settings = HubSettings(data=Path(sys.argv[1]), jobs=False, access_log="off")
with open_hub(settings.data, None, creates=True) as hub, hub.uow.begin() as work:
    tenant = tenants.create(work, hub.secret_box, slug="acme", name="Acme").id
    key = api_keys.create(work, tenant, api_keys.NewApiKey(name="k", permissions=["throwaway:manage"]))[1]
app = create_app(settings)
with TestClient(app) as client:
    answer = client.post("/api/v1/things", json={"name": "Ball"}, headers={"X-API-Key": key})
    openapi = client.get("/openapi.json").json()
    page = client.get("/settings/things", follow_redirects=False)
with open_hub(settings.data, None) as hub, hub.uow.read() as work:
    stored = [list(row) for row in work.session.execute(text("SELECT type, entity FROM domain_events WHERE type LIKE 'Thing%'"))]
    administrators = work.session.execute(
        text("SELECT count(*) FROM role_permissions WHERE permission = 'throwaway:manage'")
    ).scalar()
print(json.dumps({
    "status": answer.status_code,
    "stored": stored,
    "administrators": administrators,
    "tag": [tag["description"] for tag in openapi["tags"] if tag["name"] == "things"],
    "page": [page.status_code, page.headers["location"]],
    "navigation": [entry.label for entry in registry().navigation if entry.path == "/settings/things"],
    "audit": [action_name("thing", "create"), field_name("thing", "name")],
    "event_type": registry().event_types["thing.created"].label,
    "doctor": [finding.message for finding in examine(settings) if finding.check == "things"],
}))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the source tree, to add to it."""
    copy = tmp_path / "tree"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def add_line(module: Path, before: str, line: str) -> None:
    """Add one line to a registry, above the line that begins with `before`."""
    text = module.read_text()
    assert text.count(before) == 1
    module.write_text(text.replace(before, f"{line}\n{before}"))


def run_python(tree: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in the copy; the copy's packages go before those of this tree."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tree,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_station(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_python(tree, "from kiosk_app.commands.cli import main; main()", *arguments)


def test_a_screen_is_one_folder_and_one_line(tree: Path, tmp_path: Path) -> None:
    folder = tree / "kiosk_app" / "screens" / "throwaway"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A throw-away screen."""\n')
    (folder / "screen.py").write_text(SCREEN)
    add_line(
        tree / "kiosk_app" / "screens" / "__init__.py",
        '    "gate": ',
        '    "throwaway": "kiosk_app.screens.throwaway.screen:ThrowawayScreen",',
    )

    assert "throwaway|gate" in run_station(tree, "run", "--help").stdout
    arguments = (
        "--mode",
        "throwaway",
        "--data",
        str(tmp_path / "station"),
        "--camera",
        "",
        "--theme",
        "light",
    )
    result = run_station(tree, "run", *arguments)
    assert result.stdout.splitlines() == ["throwaway: not_enrolled, light"], result.stderr
    assert result.returncode == 0


def test_a_mode_without_a_screen_is_refused(tree: Path, tmp_path: Path) -> None:
    result = run_station(tree, "run", "--mode", "no-such", "--data", str(tmp_path / "station"))
    assert result.returncode == 2
    assert "'no-such' is not one of: gate" in result.stderr


def test_a_printer_is_one_file_and_one_line(tree: Path) -> None:
    (tree / "hardware" / "printer" / "drivers" / "throwaway.py").write_text(PRINTER)
    add_line(
        tree / "hardware" / "printer" / "kinds.py",
        '    "cups": ',
        '    "throwaway": PrinterKind("hardware.printer.drivers.throwaway:ThrowawayPrinter"),',
    )
    result = run_python(tree, USE_PRINTER)
    assert result.stdout.split() == ["raster", "3", "/dev/null", "ready", "printed"], result.stderr


def test_a_relay_board_is_one_file_and_one_line(tree: Path) -> None:
    (tree / "hardware" / "relay" / "boards" / "throwaway.py").write_text(BOARD)
    registry = tree / "hardware" / "relay" / "__init__.py"
    registry.write_text(
        registry.read_text().replace(
            "\nDRIVERS:", "\nfrom hardware.relay.boards.throwaway import ThrowawayBoard\n\nDRIVERS:"
        )
    )
    add_line(registry, '    "lcus": ', '    "throwaway": ThrowawayBoard.from_address,')

    result = run_python(tree, USE_BOARD)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[:2] == ["open", "all off"]
    assert lines.index("pulse 1 100") < lines.index("sent True")
    assert lines[-1] == "close"


def test_a_station_without_the_demo_says_in_a_sentence_how_to_install_it(tree: Path) -> None:
    assert run_station(tree, "demo", "--help").returncode == 0
    shutil.rmtree(tree / "kiosk_app" / "demo")
    result = run_station(tree, "demo", "--headless", "--seconds", "12")
    assert result.returncode == 1
    assert result.stderr == "The demo is not installed: pip install 'doorward[demo]'\n"


REVISIONS = ("revision", "down_revision")


def test_a_domain_is_one_folder_one_line_and_one_migration(tree: Path, tmp_path: Path) -> None:
    folder = tree / "hub_sync" / "hub" / "domains" / "throwaway"
    for name, text in DOMAIN.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    add_line(tree / "hub_sync" / "hub" / "domains" / "__init__.py", '    "overview",', '    "throwaway",')
    versions = tree / "hub_sync" / "hub" / "migrations" / "versions"
    migrations = "".join(file.read_text() for file in versions.glob("[0-9]*.py"))
    named = (set(re.findall(rf'^{name} = "(\w+)"', migrations, re.MULTILINE)) for name in REVISIONS)
    (head,) = set.difference(*named)  # numbers are given when the work begins, and land in another order
    (versions / "9999_things.py").write_text(MIGRATION.format(head=head))

    result = run_python(tree, USE_DOMAIN, str(tmp_path / "hub"))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == {
        "status": 201,
        "stored": [["ThingCreated", "thing"]],
        "administrators": 1,
        "tag": ["What is thrown away."],
        "page": [303, "/sign-in?next=%2Fsettings%2Fthings"],
        "navigation": ["Things"],
        "audit": ["Thrown", "Label of it"],
        "event_type": "A thing was thrown.",
        "doctor": ["None fell down."],
    }
    hub = "from hub_sync.hub.commands.cli import main; main()"
    assert run_python(tree, hub, "throwaway", "count").stdout == "no thing\n"
    assert "throwaway" in run_python(tree, hub, "--help").stdout
