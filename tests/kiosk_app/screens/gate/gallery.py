"""Every state of the gate screen as a picture, to be looked at: `python tests/kiosk_app/screens/gate/gallery.py OUTDIR`.

    --size 1280x800 --theme dark --language en --only welcome    (each may be repeated; without: all of them)

Runs offscreen or under a real display, as QT_QPA_PLATFORM says.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QImage, QLinearGradient, QPainter
from PySide6.QtWidgets import QApplication

from hardware.errors import RelayFault
from hardware.relay import DoorFault
from hub_sync.client.store import RecoveryCause, RecoveryFacts, StoreFault
from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import (
    CheckpointDirection,
    DeviceStatus,
    Direction,
    Mark,
    Passage,
    PassageCause,
    ReasonCode,
    ScanResult,
    ScanType,
)
from hub_sync.contract.station_report import AlarmCode
from hub_sync.contract.sync import Override
from hub_sync.rules.admission import Decision
from kiosk_app import messages
from kiosk_app.core.appearance import Appearance
from kiosk_app.messages import GateOutcome, Notice, Subject, Trouble
from kiosk_app.screens.base import ScreenContext
from kiosk_app.screens.gate.presenter import actions
from kiosk_app.screens.gate.presenter.model import CALL_MS
from kiosk_app.screens.gate.presenter.status_formatting import CAMERA_FAULTS
from kiosk_app.screens.gate.screen import GateScreen

NOW = datetime(2026, 11, 14, 18, 4, 11, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DOOR_FAULT = DoorFault(RelayFault.NO_ANSWER, "/dev/ttyUSB0", is_open_possible=True)
Setting = Callable[[GateScreen, ManualClock], None]


def outcome(
    result: ScanResult = ScanResult.VALID,
    reason: ReasonCode = ReasonCode.ADMITTED,
    name: str = "Amara Okafor",
    *,
    code: str = "SUM-48K2-210",
    category: str = "Delegate",
    detail: str = "",
    marks: tuple[Mark, ...] = (),
    overridable: bool = False,
    trouble: Trouble | None = None,
    sequence: int | None = 7,
    direction: Direction = Direction.ENTRY,
    override: Override | None = None,
    at: datetime = NOW,
    door_fault: DoorFault | None = None,
    fault: StoreFault | None = None,
) -> GateOutcome:
    """Return the outcome of a scan, as the core builds it."""
    decision = Decision(
        result=result,
        reason=reason,
        direction=direction,
        overridable=overridable,
        marks=marks,
        detail=detail,
        override=override,
        override_asked=override is not None,
    )
    return GateOutcome(
        decision=decision,
        subject=Subject(ScanType.QR, text="a ticket"),
        at=at,
        sequence=sequence,
        row_id="row",
        name=name,
        registration_code=code,
        category=category,
        trouble=trouble,
        door_fault=door_fault,
        fault=fault,
    )


def inside(name: str = "Li Na") -> GateOutcome:
    """Return the refusal of a person who is inside already."""
    return outcome(
        ScanResult.ALREADY_SCANNED,
        ReasonCode.ALREADY_INSIDE,
        name,
        category="Speaker",
        detail="2026-11-14T18:04:00+01:00",
        overridable=True,
    )


def camera_frame() -> QImage:
    """Draw a hall, a hand with a phone, a code on it: enough to judge the preview by."""
    image = QImage(640, 360, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    hall = QLinearGradient(0, 0, 640, 360)
    for at, colour in ((0, "#6b7785"), (0.5, "#3f4853"), (1, "#20262d")):
        hall.setColorAt(at, QColor(colour))
    painter.fillRect(image.rect(), hall)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 240, 210, 60))
    for x in range(40, 640, 120):
        painter.drawEllipse(QPoint(x, 40), 26, 14)
    painter.translate(320, 190)
    painter.rotate(-7)
    painter.setBrush(QColor("#0c0f12"))
    painter.drawRoundedRect(QRectF(-92, -150, 184, 330), 22, 22)
    painter.setBrush(QColor("#ffffff"))
    painter.drawRoundedRect(QRectF(-84, -140, 168, 310), 14, 14)
    painter.setBrush(QColor("#111111"))
    cell = 5
    for row in range(25):
        for column in range(25):
            finder = any(abs(row - y) <= 3 and abs(column - x) <= 3 for y, x in ((3, 3), (3, 21), (21, 3)))
            ring = any(max(abs(row - y), abs(column - x)) in (3, 1, 0) for y, x in ((3, 3), (3, 21), (21, 3)))
            if ring if finder else (row * 7 + column * 13 + row * column) % 5 < 2:
                painter.drawRect(QRect(-62 + column * cell, -70 + row * cell, cell, cell))
    painter.end()
    return image


def prepare(screen: GateScreen) -> None:
    """Send the messages of a gate in the middle of an evening."""
    screen.receive(messages.GateReadiness())
    screen.receive(messages.EventInfo("Summer Assembly", BERLIN))
    both, entry = CheckpointDirection.BIDIRECTIONAL, CheckpointDirection.ENTRY
    screen.receive(
        messages.CheckpointOptions(
            (
                messages.CheckpointOption("c1", "Main entrance \u00b7 Gate 2", "Hall A", both),
                messages.CheckpointOption("c2", "Balcony stairs", "Balcony", entry),
                messages.CheckpointOption("c3", "VIP lounge", "Lounge", CheckpointDirection.EXIT),
            ),
            "c1",
        )
    )
    online = messages.ConnectionStatus(
        messages.HubConnectionState.ONLINE, roster_at=NOW - timedelta(seconds=12), roster_count=48_210
    )
    screen.receive(online)
    screen.receive(
        messages.Occupancy(
            (
                messages.ZoneCapacity("Hall A", 3120, 5000),
                messages.ZoneCapacity("Balcony", 412, 480),
                messages.ZoneCapacity("VIP lounge", 58, 60),
            )
        )
    )
    screen.receive(messages.Neighbours(listed=2, heard=2))
    screen.receive(messages.GateDeviceStatus(messages.CameraAvailability.LIVE))
    people = [
        outcome(at=NOW - timedelta(seconds=4)),
        outcome(name="Jonas Wei\u00df", at=NOW - timedelta(seconds=9)),
        inside(),
        outcome(
            name="\u0641\u0627\u0637\u0645\u0629 \u0627\u0644\u0632\u0647\u0631\u0627\u0621",
            at=NOW - timedelta(seconds=31),
        ),
        outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "", code="", at=NOW - timedelta(seconds=40)),
        outcome(
            ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED, "Ivo Marin", at=NOW - timedelta(seconds=52)
        ),
        outcome(name="Maximiliane Freifrau von Hohenstein-Wartenberg", at=NOW - timedelta(seconds=58)),
        outcome(
            reason=ReasonCode.EXITED, name="Sam Lee", direction=Direction.EXIT, at=NOW - timedelta(seconds=70)
        ),
        *(outcome(name=f"Guest Number {n}", at=NOW - timedelta(seconds=80 + n)) for n in range(20)),
    ]
    screen.receive(messages.RecentScans(tuple(people)))
    screen.show_frame(camera_frame())


def _override(screen: GateScreen, _clock: ManualClock) -> None:
    screen.receive(inside("Ada Lovelace"))
    screen.handle(actions.OverrideRequested())


def _override_problem(screen: GateScreen, clock: ManualClock) -> None:
    _override(screen, clock)
    screen.view.pages.override.presets[0].setChecked(True)
    screen.handle(actions.OverrideConfirmed(0, "", ""))


def family(too_large: bool = False) -> GateOutcome:
    """Return the scan of a mother whose family waits behind her; the father is cancelled, one child is inside."""
    people = (
        ("kit", "Anne Isabella King", ScanResult.VALID, ReasonCode.ADMITTED),
        ("kid", "Ralph King", ScanResult.VALID, ReasonCode.ADMITTED),
        ("dad", "William King", ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED),
        ("byron", "Byron King", ScanResult.ALREADY_SCANNED, ReasonCode.ALREADY_INSIDE),
    )
    members = tuple(
        messages.GroupMember(
            id_,
            name,
            f"SUM-48K2-{number}",
            "Visitor",
            Decision(result, reason, Direction.ENTRY, detail="2026-11-14T18:04:00+01:00"),
        )
        for number, (id_, name, result, reason) in enumerate(people, 211)
    )
    offer = messages.GroupOffer("Order 4711", () if too_large else members, too_large)
    return replace(outcome(name="Ada King"), group=offer)


def admitted_family(*, stuck: bool = False) -> messages.GroupOutcome:
    """Return the admission of the others; `stuck`: the turnstile did not open for the second."""
    marks = (Mark.IN_GROUP,)
    first, second = outcome(name="Anne Isabella King", marks=marks), outcome(name="Ralph King", marks=marks)
    if stuck:
        second = replace(second, trouble=Trouble.GATE_STUCK, door_fault=DOOR_FAULT)
    return messages.GroupOutcome((first, second), released=stuck)


def _group_panel(screen: GateScreen, _clock: ManualClock) -> None:
    screen.receive(family())
    screen.handle(actions.GroupRequested())


def _waitlist_panel(screen: GateScreen, _clock: ManualClock) -> None:
    screen.receive(WAITLIST)
    screen.handle(actions.WaitlistRequested())


def _waitlist_absent(screen: GateScreen, clock: ManualClock) -> None:
    _waitlist_panel(screen, clock)
    for place in WAITLIST.places[1:3]:
        screen.handle(actions.PlaceAbsent(place.entry_id))
        clock.advance(timedelta(milliseconds=CALL_MS))


def _offline(screen: GateScreen, _clock: ManualClock) -> None:
    link = messages.ConnectionStatus(
        messages.HubConnectionState.OFFLINE,
        since=NOW - timedelta(hours=26),
        roster_at=NOW - timedelta(hours=26),
        roster_count=48_210,
        roster_max_age=timedelta(hours=12),
        pending=1204,
        set_aside=2,
    )
    screen.receive(link)
    screen.receive(messages.Neighbours(listed=3, heard=2, by_list=2))


def _search(screen: GateScreen, _clock: ManualClock) -> None:
    screen.view.bottom.input.setText("Okafor")
    screen.handle(actions.SearchRequested("Okafor"))
    people = [
        messages.SearchHit(f"p{n}", name, f"SUM-48K2-{210 + n}", "Delegate", inside=n == 1)
        for n, name in enumerate(
            (
                "Amara Okafor",
                "Chidi Okafor",
                "Ngozi Okafor-Williams",
                "\u0639\u0645\u0631 \u0623\u0648\u0643\u0627\u0641\u0648\u0631",
            )
        )
    ]
    screen.receive(messages.SearchResults("Okafor", tuple(people)))
    screen.handle(actions.TextSubmitted("Okafor"))


MARA, TOM = (
    messages.OperatorChoice("op-1", "Mara Lindqvist", is_supervisor=True),
    messages.OperatorChoice("op-2", "Tom Okoye", is_supervisor=False),
)
OPERATORS = messages.OperatorStatus(
    (MARA, *(messages.OperatorChoice(f"op-{n}", f"Steward {n}", is_supervisor=False) for n in (3, 4)), TOM)
)
SIGNED_ON = replace(OPERATORS, signed_on=TOM, since=NOW - timedelta(hours=3))


def _pin(
    *then: actions.UserAction | messages.ScreenMessage, status: messages.OperatorStatus = SIGNED_ON
) -> Setting:
    def show(screen: GateScreen, _clock: ManualClock) -> None:
        screen.receive(status)
        for step in then:
            if isinstance(step, messages.ScreenMessage):
                screen.receive(step)
            else:
                screen.handle(step)
        for _ in range(3):
            screen.view.pages.pin.field.add("1")

    return show


def _person(screen: GateScreen, clock: ManualClock) -> None:
    _search(screen, clock)
    screen.handle(actions.PersonSelected("p0"))
    entry, exit_ = Direction.ENTRY, Direction.EXIT
    scans = (
        messages.EarlierScan(
            NOW - timedelta(minutes=2),
            "Main entrance",
            entry,
            ScanResult.ALREADY_SCANNED,
            ReasonCode.ALREADY_INSIDE,
        ),
        messages.EarlierScan(
            NOW - timedelta(hours=2),
            "Main entrance",
            entry,
            ScanResult.VALID,
            ReasonCode.ADMITTED,
            taken_back=True,
        ),
        messages.EarlierScan(NOW - timedelta(hours=3), "Balcony", exit_),
        messages.EarlierScan(
            NOW - timedelta(days=1), "VIP lounge", entry, ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED
        ),
    )
    screen.receive(
        messages.PersonCard("p0", "Amara Okafor", "SUM-48K2-210", "Delegate", inside=True, scans=scans)
    )


def _hidden_names(screen: GateScreen, _clock: ManualClock) -> None:
    screen.receive(messages.StationOptions(messages.NameDisplay.INITIALS))
    screen.receive(outcome())


def _silent(screen: GateScreen, _clock: ManualClock) -> None:
    screen.receive(messages.GateDeviceStatus(messages.CameraAvailability.LIVE, sound=False))
    screen.receive(outcome())


def _long_checkpoint(screen: GateScreen, _clock: ManualClock) -> None:
    name = "Haupteingang Nordseite, Personenschleuse 12 (Rollst\u00fchle und Kinderwagen)"
    both = CheckpointDirection.BIDIRECTIONAL
    options = (messages.CheckpointOption("c", name, direction=both), messages.CheckpointOption("d", "Gate B"))
    screen.receive(messages.CheckpointOptions(options, "c"))
    zones = (
        messages.ZoneCapacity("Gro\u00dfer Festsaal im Obergeschoss", 3120, 5000),
        messages.ZoneCapacity("Foyer", 40),
    )
    screen.receive(messages.Occupancy(zones))


def double_admission(number: int = 1, name: str = "Amara Okafor") -> messages.DoubleAdmission:
    """Return a ticket that was admitted here and at another gate."""
    at = NOW - timedelta(minutes=number)
    return messages.DoubleAdmission(f"d{number}", name, at, at - timedelta(minutes=1), "North gate")


def _passage(*updates: messages.ScreenMessage) -> Setting:
    """Return the setting of an admission at a turnstile with a sensor, and what became of it."""

    def show(screen: GateScreen, _clock: ManualClock) -> None:
        granted = replace(outcome(name="Ada Lovelace"), passage=Passage.GRANTED, passage_window_s=5.0)
        for message in (granted, *updates):
            screen.receive(message)

    return show


def _perform(action: actions.UserAction) -> Setting:
    return lambda screen, _clock: screen.handle(action)


EVENTS = messages.EventOptions(
    (
        messages.EventOption(
            "assembly",
            "Summer Assembly",
            datetime(2026, 11, 14, 8, tzinfo=UTC),
            datetime(2026, 11, 14, 22, 30, tzinfo=UTC),
            BERLIN,
            NOW - timedelta(seconds=12),
        ),
        messages.EventOption(
            "gala",
            "Gala Night",
            datetime(2026, 11, 14, 19, tzinfo=UTC),
            datetime(2026, 11, 15, 2, tzinfo=UTC),
            BERLIN,
            NOW - timedelta(minutes=4),
        ),
        messages.EventOption(
            "fair",
            "Trade Fair",
            datetime(2026, 11, 21, 8, tzinfo=UTC),
            datetime(2026, 11, 22, 17, tzinfo=UTC),
            BERLIN,
        ),
    ),
    "assembly",
)


def _events(*steps: actions.UserAction | messages.ScreenMessage) -> Setting:
    def show(screen: GateScreen, _clock: ManualClock) -> None:
        for step in (EVENTS, *steps):
            if isinstance(step, messages.ScreenMessage):
                screen.receive(step)
            else:
                screen.handle(step)

    return show


def _other_event() -> GateOutcome:
    refused = outcome(ScanResult.INVALID, ReasonCode.WRONG_EVENT, "", code="", category="")
    return replace(refused, other_event="Gala Night", event_name="Summer Assembly")


def _receive(message: messages.ScreenMessage) -> Setting:
    return lambda screen, _clock: screen.receive(message)


LONG = "Maximiliane Alexandra Freifrau von Hohenstein-Wartenberg zu Nymphenburg"
WAITLIST = messages.DoorWaitlist(
    3,
    (
        messages.DoorPlace("e1", "p1", "Patricia Longworth", "SUM-11AA-001", seats=4, fits=False),
        messages.DoorPlace("e2", "p2", "Amara Okafor", "SUM-48K2-210"),
        messages.DoorPlace("e3", "p3", "سارة الحداد", "SUM-77B1-003", seats=2),
        messages.DoorPlace("e4", "p4", LONG, "SUM-31C9-114"),
    ),
)
STATES: dict[str, Setting] = {
    "ready": lambda _screen, _clock: None,
    "welcome": _receive(outcome()),
    "welcome-long": _receive(
        outcome(name=LONG, category="Delegation of the Free State", marks=(Mark.ROSTER_STALE,))
    ),
    "welcome-arabic": _receive(
        outcome(
            name="\u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646 \u0628\u0646 \u0645\u062d\u0645\u062f \u0627\u0644\u062e\u0644\u064a\u0644\u064a",
            category="Speaker",
        )
    ),
    "welcome-cjk": _receive(outcome(name="\u738b\u5c0f\u660e", category="Speaker")),
    "welcome-marks": _receive(
        outcome(
            reason=ReasonCode.ADMITTED_UNKNOWN,
            name="",
            marks=(Mark.UNKNOWN_PARTICIPANT, Mark.CLOCK_UNSURE, Mark.BLACKLIST_FLAG),
        )
    ),
    "welcome-all-marks": _receive(outcome(name=LONG, marks=tuple(Mark))),
    "goodbye": _receive(outcome(reason=ReasonCode.EXITED, direction=Direction.EXIT)),
    "override-done": _receive(
        outcome(
            ScanResult.MANUAL_OVERRIDE,
            ReasonCode.ALREADY_INSIDE,
            "Ada Lovelace",
            override=Override(reason="Left without scanning out", operator="Kim"),
            detail="2026-11-14T18:04:00+01:00",
        )
    ),
    "stop": _receive(
        outcome(ScanResult.REVOKED, ReasonCode.PARTICIPANT_CANCELLED, "Ivo Marin", overridable=True)
    ),
    "stop-forged": _receive(outcome(ScanResult.INVALID, ReasonCode.TICKET_FORGED, "", code="", category="")),
    "already-inside": _receive(inside()),
    "already-inside-elsewhere": _receive(replace(inside(), earlier_gate="Balcony stairs")),
    "too-early": _receive(
        outcome(
            ScanResult.EXPIRED,
            ReasonCode.EVENT_NOT_STARTED,
            "Nia Botha",
            detail="2026-11-16T09:00:00+01:00",
            overridable=True,
        )
    ),
    "hold": _receive(outcome(ScanResult.INVALID, ReasonCode.ROSTER_STALE, "Nia Botha", overridable=True)),
    "not-a-ticket": _receive(outcome(ScanResult.INVALID, ReasonCode.NOT_A_TICKET, "", code="", category="")),
    "two-codes": _receive(Notice.TWO_CODES),
    "not-ready": _receive(Notice.NOT_READY),
    "gate-stuck": _receive(outcome(trouble=Trouble.GATE_STUCK, door_fault=DOOR_FAULT)),
    "not-written": _receive(outcome(trouble=Trouble.NOT_WRITTEN, sequence=None, fault=StoreFault.FULL)),
    "override-panel": _override,
    "waitlist-offered": _receive(WAITLIST),
    "waitlist-panel": _waitlist_panel,
    "waitlist-absent": _waitlist_absent,
    "group-offered": _receive(family()),
    "group-too-large": _receive(family(too_large=True)),
    "group-panel": _group_panel,
    "group-admitted": _receive(admitted_family()),
    "group-stuck": _receive(admitted_family(stuck=True)),
    "override-problem": _override_problem,
    "offline": _offline,
    "refused": _receive(messages.ConnectionStatus(messages.HubConnectionState.REFUSED, pending=3)),
    "search": _search,
    "checkpoints": _perform(actions.CheckpointsRequested()),
    "events-ready": _events(),
    "events": _events(actions.EventsRequested()),
    "events-no-list": _events(
        actions.EventsRequested(),
        actions.EventSelected("fair"),
        messages.EventAnswer(messages.EventSwitch.NO_LIST, "Trade Fair"),
    ),
    "events-menu": _events(actions.MenuRequested()),
    "events-served": _events(
        messages.EventAnswer(messages.EventSwitch.SERVED, "Gala Night"), replace(EVENTS, current_id="gala")
    ),
    "events-removed": _events(messages.GateReadiness(messages.ReadinessState.EVENT_REMOVED)),
    "events-ticket": _events(_other_event()),
    "menu": _perform(actions.MenuRequested()),
    "quit": _perform(actions.QuitRequested()),
    "undo": lambda screen, _clock: (screen.receive(outcome()), screen.handle(actions.UndoRequested()))[1],
    "welcome-undo": _receive(outcome()),
    "person": _person,
    "hand-over": _pin(
        actions.HandOverRequested(),
        messages.ShiftSummary(
            "Tom Okoye",
            NOW - timedelta(hours=3),
            NOW,
            1204,
            1190,
            ((ReasonCode.ALREADY_INSIDE, 11), (ReasonCode.PARTICIPANT_CANCELLED, 3)),
            3,
            1,
        ),
    ),
    "hidden-names": _hidden_names,
    "pin-first": _pin(status=OPERATORS),
    "pin-typed": _pin(actions.OperatorSelected("op-2"), status=OPERATORS),
    "pin-wait": _pin(
        actions.OperatorSelected("op-2"),
        messages.PinAnswer(messages.PinResult.WAIT, 240, OPERATORS),
        status=OPERATORS,
    ),
    "pin-supervisor": _pin(actions.SetupRequested()),
    "signed-on": _pin(),
    "menu-operator": _pin(
        actions.MenuRequested(), status=replace(SIGNED_ON, signed_on=MARA, supervisor=MARA)
    ),
    "camera-none": _receive(messages.GateDeviceStatus(messages.CameraAvailability.NONE)),
    "silent": _silent,
    "long-checkpoint": _long_checkpoint,
    "failed": _receive(outcome(ScanResult.INVALID, ReasonCode.STATION_FAILED, "", code="", category="")),
    "failed-not-written": _receive(
        outcome(
            ScanResult.INVALID,
            ReasonCode.STATION_FAILED,
            "",
            code="",
            category="",
            trouble=Trouble.NOT_WRITTEN,
            sequence=None,
        )
    ),
    "failed-picture": _receive(Notice.STATION_FAILED),
    "not-decided": _receive(Notice.NOT_DECIDED),
    "not-saved": _receive(Notice.NOT_SAVED),
    "time-zone": _receive(
        outcome(ScanResult.INVALID, ReasonCode.UNKNOWN_TIME_ZONE, "Nia Botha", overridable=True)
    ),
    "time-zone-alarm": _receive(messages.ActiveAlarms(unknown_time_zone="Europe/Doorward")),
    "locked": _receive(outcome(ScanResult.INVALID, ReasonCode.STATION_LOCKED, "", code="", category="")),
    "locked-alarm": _receive(messages.ActiveAlarms(station=DeviceStatus.LOCKED)),
    "revoked-alarm": _receive(messages.ActiveAlarms(station=DeviceStatus.REVOKED)),
    "hub-newer": _receive(
        messages.ActiveAlarms(not_understood="participants: status \u201cTRANSFERRED\u201d")
    ),
    "rule-unclear": _receive(
        outcome(ScanResult.INVALID, ReasonCode.RULE_UNCLEAR, "Nia Botha", overridable=True)
    ),
    "store-recovered": _receive(
        messages.ActiveAlarms(recovery=RecoveryFacts(RecoveryCause.DAMAGED, 36, "17-18"))
    ),
    "disk-full": _receive(messages.ActiveAlarms(unwritten=StoreFault.FULL, disk_free_mb=0, disk_full=True)),
    "disk-low": _receive(messages.ActiveAlarms(disk_free_mb=120)),
    "store-failed": _receive(messages.ActiveAlarms(unwritten=StoreFault.IO)),
    "program-failed": _receive(messages.ActiveAlarms(program_failed=True)),
    **{
        f"camera-{fault.value}": _receive(messages.GateDeviceStatus(fault)) for fault in sorted(CAMERA_FAULTS)
    },
    **{
        f"not-ready-{state.value}": _receive(
            messages.GateReadiness(state, 12_000, 100_000, "https://hub.assembly.example:8443")
        )
        for state in messages.ReadinessState
        if state is not messages.ReadinessState.READY
    },
    "event-draft": _receive(outcome(ScanResult.INVALID, ReasonCode.EVENT_DRAFT, overridable=True)),
    "ticket-replaced": _receive(outcome(ScanResult.REVOKED, ReasonCode.TICKET_REPLACED, overridable=True)),
    "reentry-too-soon": _receive(
        outcome(
            ScanResult.ALREADY_SCANNED,
            ReasonCode.REENTRY_TOO_SOON,
            detail="2026-11-14T19:30:00+01:00",
            overridable=True,
        )
    ),
    "double-admission": _receive(
        messages.DoubleAdmissions((double_admission(), double_admission(2, "Li Na")))
    ),
    "passage-granted": _passage(),
    "passage-passed": _passage(messages.PassageUpdate(PassageCause.TURN, Passage.PASSED, "row")),
    "no-passage": _passage(messages.PassageUpdate(PassageCause.TIMED_OUT, Passage.NO_PASSAGE, "row")),
    "jam": _passage(
        messages.ActiveAlarms(turnstile=(AlarmCode.TURNSTILE_JAMMED,)),
        messages.PassageUpdate(PassageCause.DOUBLE_TURN),
    ),
    "clock-unsure": _receive(
        outcome(ScanResult.EXPIRED, ReasonCode.CLOCK_UNSURE, "Nia Botha", overridable=True)
    ),
    "alarm": _receive(messages.ActiveAlarms(door=DOOR_FAULT)),
}


def make_screen(language: str, theme: str) -> tuple[GateScreen, ManualClock]:
    """Return a gate screen in the middle of an evening, on a clock that stands."""
    clock = ManualClock(NOW)
    screen = GateScreen(ScreenContext(clock, Appearance(theme, language)))
    prepare(screen)
    return screen, clock


def picture(state: str, *, language: str, theme: str, size: tuple[int, int]) -> QImage:
    """Draw one state."""
    screen, clock = make_screen(language, theme)
    screen.resize(*size)
    QCursor.setPos(QPoint(5, size[1] - 5))
    screen.show()
    QApplication.processEvents()
    STATES[state](screen, clock)
    for _ in range(2):
        QApplication.processEvents()
    image = screen.grab().toImage()
    screen.close()
    screen.deleteLater()
    QApplication.processEvents()
    return image


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--size", action="append")
    parser.add_argument("--theme", action="append")
    parser.add_argument("--language", action="append")
    parser.add_argument("--only", action="append", choices=sorted(STATES))
    options = parser.parse_args()
    application = QApplication(sys.argv[:1])
    options.outdir.mkdir(parents=True, exist_ok=True)
    for size in options.size or ["1280x800", "1920x1080", "1024x600"]:
        width, height = (int(part) for part in size.split("x"))
        for theme in options.theme or ["dark", "light", "high-contrast"]:
            for language in options.language or ["en", "de", "ar"]:
                for state in options.only or STATES:
                    image = picture(state, language=language, theme=theme, size=(width, height))
                    image.save(str(options.outdir / f"{state}-{theme}-{language}-{size}.png"))
    del application


if __name__ == "__main__":
    main()
