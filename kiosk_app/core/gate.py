"""A scan, start to end: open the ticket, decide, commit the row, pulse the relay, play the tone.

The order is the product's one rule: the row is on disk before the gate opens, and what could not be written is never
green. A known fault (a full disk, a lost relay board) is a sentence. Any other exception is a bug of this program: it is
logged, written as a refusal where that is possible, and told to the operator. Nothing raises to the caller.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Protocol

import structlog

from hardware.errors import DeviceError, RelayFault
from hardware.relay import DoorFault, PulseResult, fault_of
from hardware.tones import Tone
from hub_sync.client.store import JournalRow, RosterParticipant, Store, StoreError
from hub_sync.client.store.station.offline_limit import OfflineAge
from hub_sync.client.timekeeper import ClockReading, Timekeeper
from hub_sync.contract.clock import Clock, epoch_ms
from hub_sync.contract.door import DoorRecord
from hub_sync.contract.enums import (
    DeviceStatus,
    Direction,
    Passage,
    PassageCause,
    ReasonCode,
    ScanResult,
    ScanType,
)
from hub_sync.contract.ids import NewId
from hub_sync.contract.passage import PassageRecord
from hub_sync.contract.sync import CheckpointRow, Override, ScanRecord
from hub_sync.rules.admission import AdmissionAttempt, Decision, DecisionContext, Presence, decide
from hub_sync.rules.groups import LARGEST_GROUP
from hub_sync.rules.passage import PassageRefusal, first_passage
from hub_sync.rules.rules_from_rows import checkpoint_rules, event_rules
from hub_sync.rules.tickets.ticket_codec import (
    TicketPayload,
    TicketRejection,
    TicketRejectionKind,
    open_ticket,
)
from hub_sync.rules.times.exit_all import ExitAll
from hub_sync.rules.verdict_cues import tone_of
from hub_sync.rules.waitlist.door import DoorTurn
from kiosk_app.core.assignment import (
    Assignment,
    ChosenDirection,
    current_assignment,
    load_direction,
    resolve_direction,
    save_direction,
)
from kiosk_app.core.earlier_gate import earlier_gate
from kiosk_app.core.events import event_of_ticket, serve_event
from kiosk_app.core.gate_outcomes import build_outcome, failed_outcome, outcome_after_pulse, unread_outcome
from kiosk_app.core.group_admission import (
    STOPPED,
    GroupRelease,
    decide_member,
    find_group_offer,
    released_group,
    unwritten_group,
    written_group,
)
from kiosk_app.core.passage.monitor import PassageMonitor
from kiosk_app.core.shift.operators import OperatorDesk
from kiosk_app.core.undo import take_back
from kiosk_app.core.unreleased import note_released, note_unreleased, unreleased_members
from kiosk_app.core.waitlist.door import as_given, find_turn, read_door, with_seat
from kiosk_app.messages import (
    DoorWaitlist,
    EventAnswer,
    EventSwitch,
    GateOutcome,
    GroupOffer,
    GroupOutcome,
    Notice,
    Subject,
    Trouble,
    UndoResult,
    UnreleasedMember,
)

_log = structlog.get_logger()
_PASSAGE_POLL_S = 0.05
_TONE_MS = 700
"""No tone is longer."""
_LATEST_S = 2**52 - 1  # of a ScanRecord; a ticket may name any number


class Turnstile(Protocol):
    """The interface of a door to a gate: `hardware.relay.Door` is one."""

    @property
    def is_lost(self) -> bool:
        """True if no pulse can be sent, and none soon."""
        ...

    def pulse(self, duration_ms: int) -> PulseResult:
        """Release the turnstile once for `duration_ms` milliseconds; raises nothing that a device causes."""
        ...


class Speaker(Protocol):
    """The interface of a loudspeaker to a gate: `hardware.tones.TonePlayer` is one."""

    def play(self, tone: Tone) -> None:
        """Start a tone; never blocks or raises."""
        ...


@dataclass(frozen=True, slots=True)
class _Lookup:
    ticket: TicketPayload | TicketRejection | None
    participant: RosterParticipant | None
    is_registration_code: bool = False

    @property
    def ticket_issued_at_s(self) -> int | None:
        """The time of issue of a genuine ticket, as far as a row can hold it; else None."""
        return min(self.ticket.iat, _LATEST_S) if isinstance(self.ticket, TicketPayload) else None


class Gate:
    """Decides the scans of one checkpoint. Used by one thread, the one that owns `store`'s connections."""

    def __init__(
        self,
        *,
        store: Store,
        timekeeper: Timekeeper,
        clock: Clock,
        new_id: NewId,
        turnstile: Turnstile | None,
        speaker: Speaker,
        pulse_ms: int = 400,
        group_gap_ms: int = 600,
        group_release: GroupRelease = GroupRelease.EACH,
        passages: PassageMonitor | None = None,
        on_written: Callable[[], None] = lambda: None,
        self_service: bool = False,
    ) -> None:
        """Take the parts. `on_written` is called after each committed row, to wake the sync engine.

        `self_service`: visitors serve themselves, so that no operator signs on and no refusal sounds like one.

        `passages` watches if the turnstile turns; None: it has no sensor.

        `group_gap_ms` is the time from the end of a pulse to the next one of a group.

        Raises:
            StoreError: the store could not be read.
        """
        self.store = store
        self.operators = OperatorDesk(store, clock)
        self._chosen_direction = load_direction(store)
        self._timekeeper = timekeeper
        self._clock = clock
        self._new_id = new_id
        self._turnstile = turnstile
        self._speaker = speaker
        self._pulse_ms = pulse_ms
        self._group_gap_ms = group_gap_ms
        self._group_release = group_release
        self._released_until_ms: int | None = None
        self._unreleased: set[str] = set()
        self._played_ms = -_TONE_MS
        self._given_back: list[str] = []
        self._releases_group = False
        """The rows of a group's members who are still to be let through."""
        self._passages = passages
        self._on_written = on_written
        self._self_service = self_service

    def decide_scan(self, text: str, captured_at: float | None = None) -> GateOutcome | Notice:
        """Decide a code that was held up; `captured_at`: when its frame was taken, monotonic seconds."""
        return self._attempt(Subject(ScanType.QR, text=text), captured_at=captured_at)

    def decide_typed(self, text: str) -> GateOutcome | Notice:
        """Decide typed text: a registration code, or a ticket's whole text from a hand-held scanner."""
        subject = Subject(ScanType.MANUAL, text=text)

        def decide_text() -> GateOutcome | Notice:
            if isinstance(open_ticket(text, self.store.keys.key_ring()), TicketPayload):
                return self.decide_scan(text)
            return self._attempt(subject)

        return self._guard(subject, decide_text)

    def decide_participant(self, participant_id: str) -> GateOutcome | Notice:
        """Decide for a person who was selected from search results."""
        return self._attempt(Subject(ScanType.SEARCH, participant_id=participant_id))

    def decide_again(self, subject: Subject, override: Override) -> GateOutcome | Notice:
        """Repeat an attempt with an override. The rules decide if it helps; the request is written in any case."""
        return self._attempt(subject, override=override)

    def admit_at_door(self, entry_id: str) -> GateOutcome | Notice:
        """Give an entry of the waitlist seats of this gate's block, and decide its person; both are written, or neither."""
        subject = Subject(ScanType.SEARCH)

        def decide_entry() -> GateOutcome | Notice:
            assignment = self._require_assignment()
            if isinstance(assignment, Notice):
                return assignment
            turn = find_turn(
                self.store,
                assignment.event.id,
                assignment.checkpoint.zone,
                self._timekeeper.read(),
                entry_id,
            )
            if turn is None or self.direction_at(assignment.checkpoint) is not Direction.ENTRY:
                self.sound_refusal()
                return Notice.DOOR_CHANGED
            person = Subject(ScanType.SEARCH, participant_id=turn.entry.participant_id)
            return self._decide(assignment, person, None, None, turn)

        with self.store.steady_reads():
            return self._guard(subject, decide_entry)

    def door_waitlist(self) -> DoorWaitlist:
        """Return the seats that this gate may give to the waitlist now, and who waits.

        Raises:
            StoreError: the store could not be read.
        """
        assignment = current_assignment(self.store)
        if assignment is None or self.direction_at(assignment.checkpoint) is not Direction.ENTRY:
            return DoorWaitlist()
        return read_door(self.store, assignment.event.id, assignment.checkpoint.zone, self._timekeeper.read())

    def admit_group(
        self, leading: Subject, participant_ids: Sequence[str]
    ) -> GroupOutcome | GateOutcome | Notice:
        """Decide members of the group of somebody who was scanned (`leading`), and write a row for each, all at once.

        Nobody is let through yet: `release_group` does that.
        """
        try:
            assignment = self._require_assignment()
            if isinstance(assignment, Notice):
                return assignment
            return self._admit_group(assignment, leading, participant_ids)
        except StoreError as failure:
            self.sound_refusal()
            return unread_outcome(leading, self._clock.now(), failure)
        except Exception:  # noqa: BLE001 -- a bug, of whichever part: nobody is let in by it, and it is not silent
            _log.exception("group_failed")
            self.sound_refusal()
            return failed_outcome(leading, self._clock.now(), None)

    def release_group(self, group: GroupOutcome, pause: Callable[[float], bool]) -> GroupOutcome:
        """Let the admitted members of a group through: one pulse a person, or one for all at a door.

        `pause` waits some seconds before the next pulse, and returns False if the station is being stopped. Where a sensor
        watches, `pause` also takes its turns into account (`PassageMonitor.update`), because each pulse waits until the
        person before has passed or did not come: a turnstile forgets a release that comes during another one.

        A pulse that could not be sent ends it: the others are let through by hand as well, and are told at once. A board that
        comes back meanwhile gets no pulse for somebody who has passed by hand.
        """
        pulses: list[PulseResult | None] = []
        last: PulseResult | None = None
        each_alone = self._group_release is GroupRelease.EACH
        self._unreleased = {outcome.row_id for outcome in group.outcomes if outcome.is_green}
        self._releases_group = True
        try:
            for outcome in group.outcomes:
                if self._turnstile is None or not outcome.is_green:
                    pulses.append(None)
                    continue
                if last is not None and not last.sent:
                    self._leave_to_hand(outcome, last)
                elif last is None or each_alone:
                    is_free = self._wait_for_passage(pause) and self._wait_for_turnstile(pause)
                    released = [outcome] if each_alone else [each for each in group.outcomes if each.is_green]
                    last = self._release(self._turnstile, released) if is_free else STOPPED
                pulses.append(last)
        finally:
            self._unreleased, self._releases_group = set(), False
        return released_group(group, pulses)

    def unreleased_members(self) -> tuple[UnreleasedMember, ...]:
        """Return the members of a group whom a stop of the program kept from being let through; nobody while a group is let through.

        Raises:
            StoreError: the store could not be read.
        """
        is_named = not self._releases_group and self.store.access.is_active
        return unreleased_members(self.store) if is_named else ()

    def take_back(self, outcome: GateOutcome, operator: str) -> tuple[UndoResult, int]:
        """Take the last admission back (`core.undo`); return the result and the sequence of the row that says so.

        Raises:
            StoreError: nothing was written; the admission stands.
        """
        result, sequence = take_back(self.store, self._clock, self._new_id, outcome, operator)
        if result is UndoResult.DONE:
            self._given_back.append(outcome.row_id)
            self._notify_written()
            if self._passages is not None:
                self._passages.forget(outcome.row_id)
        else:
            self.sound_refusal()
        return result, sequence

    def write_passage(
        self,
        cause: PassageCause,
        scan_id: str | None,
        outcome: Passage | None,
        seconds_ago: float = 0,
    ) -> PassageRefusal | None:
        """Write a row about a passage that was observed so long ago, or return why it is refused.

        Raises:
            StoreError: it could not be written.
        """
        scan = None if scan_id is None else self.store.journal.find_scan(scan_id)
        if scan_id is not None and scan is None:
            return PassageRefusal.UNKNOWN_SCAN
        assignment = current_assignment(self.store)
        if scan is None and assignment is None:
            _log.warning("passage_without_event", cause=cause.value)
            return PassageRefusal.UNKNOWN_SCAN
        station_time, ago_ms = self._timekeeper.read(), round(seconds_ago * 1000)
        record = PassageRecord(
            id=self._new_id(),
            device_id=scan.device_id if scan else assignment.device_id if assignment else "",
            event_id=scan.event_id if scan else assignment.event.id if assignment else "",
            checkpoint_id=scan.checkpoint_id if scan else assignment.checkpoint.id if assignment else "",
            scan_id=scan_id,
            outcome=outcome,
            cause=cause,
            observed_at_ms=max(0, epoch_ms(self._clock.now()) - ago_ms),
            monotonic_ms=max(0, self._clock.monotonic_ms() - ago_ms),
            boot_id=self._clock.boot_id,
            clock_offset_ms=station_time.offset_ms,
            clock_sure=station_time.sure,
        )
        row = self.store.journal.append_passage(record)
        if isinstance(row, PassageRefusal):
            return row
        self._notify_written()
        if outcome is Passage.NO_PASSAGE and scan_id is not None:
            self._given_back.append(scan_id)
            self._sound_missed_passage()
        return None

    def take_given_back(self) -> tuple[str, ...]:
        """Return the ids of the admissions that were given back since the last call."""
        given_back, self._given_back = self._given_back, []
        return tuple(given_back)

    def unsettled_scans(self) -> tuple[str, ...]:
        """Return the ids of this enrolment's admissions that a sensor watched and that have no outcome.

        Members of a group who are still to be let through are not among them.

        Raises:
            StoreError: the store could not be read.
        """
        enrolment = self.store.settings.enrolment()
        if enrolment is None:
            return ()
        scans = self.store.journal.unsettled()
        return tuple(
            scan.id
            for scan in scans
            if scan.device_id == enrolment.device_id and scan.id not in self._unreleased
        )

    def direction_at(self, checkpoint: CheckpointRow) -> Direction:
        """Return the direction of the scans at a checkpoint."""
        return resolve_direction(checkpoint, self._chosen_direction)

    def choose_direction(self, direction: Direction) -> None:
        """Scan in this direction at the current checkpoint, if it is open in both; also after a restart.

        Raises:
            StoreError: the choice could not be saved; the direction is as before.
        """
        assignment = current_assignment(self.store)
        if assignment is not None and direction is not self.direction_at(assignment.checkpoint):
            chosen = ChosenDirection(assignment.checkpoint.id, direction)
            save_direction(self.store, chosen)
            self._chosen_direction = chosen

    def serve_event(self, event_id: str) -> EventAnswer:
        """Serve another event from now on (`core.events`), in the direction that was chosen there last.

        Raises:
            StoreError: the disk failed. The gate serves what it served before, or the other event in its first direction.
        """
        answer = serve_event(self.store, event_id)
        if answer.result is EventSwitch.SERVED:
            self._chosen_direction = None
            self._chosen_direction = load_direction(self.store)
        return answer

    def now(self) -> datetime:
        """Return this station's corrected time.

        Raises:
            StoreError: the store could not be read.
        """
        return self._timekeeper.read().now

    def is_clock_sure(self) -> bool:
        """Return True if nothing speaks against this station's clock.

        Raises:
            StoreError: the store could not be read.
        """
        return self._timekeeper.read().sure

    def sound_sample(self) -> None:
        """Play the tone of an admission, to hear the volume."""
        self._play(Tone.SUCCESS)

    def sound_warning(self) -> None:
        """Play the tone that asks for attention."""
        self._play(Tone.WARNING)

    def sound_refusal(self) -> None:
        """Play the tone of a refusal, for a fault outside a scan's decision."""
        self._play(Tone.ERROR)

    def _attempt(
        self, subject: Subject, *, override: Override | None = None, captured_at: float | None = None
    ) -> GateOutcome | Notice:
        def decide_subject() -> GateOutcome | Notice:
            assignment = self._require_assignment()
            if isinstance(assignment, Notice):
                return assignment
            return self._decide(assignment, subject, override, captured_at)

        with self.store.steady_reads():
            return self._guard(subject, decide_subject, override)

    def _require_assignment(self) -> Assignment | Notice:
        """Return where the station stands, or with the tone of a refusal why it decides nothing: it is nowhere, or nobody is signed on."""
        assignment = current_assignment(self.store)
        if assignment is None:
            self.sound_refusal()
            return Notice.NOT_READY
        if not self._self_service and self.operators.current() is None and self.operators.is_required:
            self.sound_refusal()
            return Notice.SIGN_ON
        return assignment

    def _guard(
        self,
        subject: Subject,
        decide_subject: Callable[[], GateOutcome | Notice],
        override: Override | None = None,
    ) -> GateOutcome | Notice:
        """Decide, and turn every exception into a refusal with a sentence and the tone."""
        try:
            return decide_subject()
        except StoreError as failure:
            self.sound_refusal()
            return unread_outcome(subject, self._clock.now(), failure)
        except Exception:  # noqa: BLE001 -- a bug, of whichever part: nobody is let in by it, and it is not silent
            _log.exception("scan_failed")
            self.sound_refusal()
            return failed_outcome(subject, self._clock.now(), self._write_failure(subject, override))

    def _write_failure(self, subject: Subject, override: Override | None) -> JournalRow | None:
        """Write the row of a scan on which this program failed; return None if that fails, too."""
        try:
            assignment = current_assignment(self.store)
            if assignment is None:
                return None
            decision = Decision(
                ScanResult.INVALID,
                ReasonCode.STATION_FAILED,
                self.direction_at(assignment.checkpoint),
                override_asked=override is not None,
            )
            moment = DecisionContext(self._clock.now(), sure=False, roster_age=None)
            return self.store.journal.append(self._record(assignment, subject, decision, moment, None))
        except Exception:  # noqa: BLE001 -- the outcome without a row says so
            _log.exception("failed_scan_not_written")
            return None

    def _decide(
        self,
        assignment: Assignment,
        subject: Subject,
        override: Override | None,
        captured_at: float | None,
        turn: DoorTurn | None = None,
    ) -> GateOutcome:
        station_time = self._timekeeper.read()
        lookup = self._look_up(subject, station_time.now if station_time.sure else None)
        presence = self._presence(lookup, assignment)
        # After both: whichever meets a damaged page ends the roster, and with it what was read from it.
        moment = self._moment(station_time)
        if moment.roster_age is None:
            lookup = replace(lookup, participant=None)
        if lookup.participant is not None:
            known = as_given(self.store, assignment.event.id, lookup.participant)
            lookup = replace(lookup, participant=with_seat(known) if turn is not None else known)
        decision = decide(
            AdmissionAttempt(
                subject.scan_type, lookup.ticket, self.direction_at(assignment.checkpoint), override
            ),
            event_rules(assignment.event),
            checkpoint_rules(assignment.checkpoint),
            lookup.participant.person if lookup.participant else None,
            presence,
            moment,
        )
        named = lookup.participant if moment.station is DeviceStatus.ACTIVE else None
        record = self._record(
            assignment, subject, decision, moment, station_time.offset_ms, lookup.ticket_issued_at_s
        )
        outcome = build_outcome(
            assignment, subject, decision, named, station_time.now, record.id, captured_at
        )
        if lookup.is_registration_code and decision.reason is ReasonCode.NOT_A_TICKET:
            outcome = replace(outcome, is_registration_code=moment.station is DeviceStatus.ACTIVE)
        if decision.result is ScanResult.ALREADY_SCANNED and decision.participant_id:
            before = earlier_gate(self.store, assignment, decision.participant_id, presence.last_device_id)
            outcome = replace(outcome, earlier_gate=before)
        if decision.reason is ReasonCode.WRONG_EVENT:
            other = event_of_ticket(self.store, assignment, lookup.ticket)
            outcome = replace(outcome, other_event=other, event_name=assignment.event.name if other else "")
        try:
            row = self._append(record, turn if decision.admits else None)
        except StoreError as failure:
            self.sound_refusal()
            return replace(
                outcome,
                row_id="",
                trouble=Trouble.NOT_WRITTEN,
                trouble_sentence=str(failure),
                fault=failure.fault,
            )
        outcome = self._with_passage(outcome, record, assignment)
        pulse = self._release(self._turnstile, [outcome]) if decision.admits and self._turnstile else None
        if (tone := tone_for(decision)) is not None:
            self._play(tone)
        self._notify_written()
        outcome = outcome_after_pulse(outcome, row.sequence, pulse)
        group = self._find_group(assignment, named, decision, moment)
        return outcome if group is None else replace(outcome, group=group)

    def _append(self, record: ScanRecord, turn: DoorTurn | None) -> JournalRow:
        """Commit a scan, and with it the seats that its person gets at the door."""
        if turn is None:
            return self.store.journal.append(record)
        seated = DoorRecord(
            id=self._new_id(),
            device_id=record.device_id,
            event_id=record.event_id,
            checkpoint_id=record.checkpoint_id,
            entry_id=turn.entry.id,
            participant_id=turn.entry.participant_id,
            seat_ids=tuple(seat.id for seat in turn.seats),
            operator=record.operator,
            observed_at_ms=record.scanned_at_ms,
            monotonic_ms=record.monotonic_ms,
            boot_id=record.boot_id,
            clock_offset_ms=record.clock_offset_ms,
            clock_sure=record.clock_sure,
        )
        return self.store.journal.append_seated(seated, record, self.store.door.note_fill)

    def _moment(self, station_time: ClockReading) -> DecisionContext:
        return DecisionContext(
            station_time.now,
            sure=station_time.sure,
            roster_age=self.store.venue.age(station_time.now),
            station=self.store.access.status(),
            is_cut_off=self._offline_age(station_time).is_over,
        )

    def offline_age(self) -> OfflineAge:
        """Return how long this station has been without its hub, and how long it may be.

        Raises:
            StoreError: the store could not be read.
        """
        return self._offline_age(self._timekeeper.read())

    def _offline_age(self, station_time: ClockReading) -> OfflineAge:
        return self.store.offline.read(
            station_time.now,
            sure=station_time.sure,
            boot_id=self._clock.boot_id,
            monotonic_ms=self._clock.monotonic_ms(),
        )

    def _find_group(
        self,
        assignment: Assignment,
        leader: RosterParticipant | None,
        decision: Decision,
        moment: DecisionContext,
    ) -> GroupOffer | None:
        """Return the rest of the person's group. The person has passed by now: no fault of it changes the outcome."""
        try:
            return find_group_offer(self.store, assignment, leader, decision, moment)
        except Exception:  # noqa: BLE001 -- a fault of the roster, or a bug; each member can still be scanned
            _log.exception("group_not_read")
            return None

    def _admit_group(
        self, assignment: Assignment, leading: Subject, participant_ids: Sequence[str]
    ) -> GroupOutcome | Notice:
        station_time = self._timekeeper.read()
        leader = self._look_up(leading, station_time.now if station_time.sure else None).participant
        people = self.store.roster.find_group(leader.group_ref, LARGEST_GROUP) if leader else ()
        members = [person for person in people if person.id in participant_ids]
        moment = self._moment(station_time)
        is_entry = self.direction_at(assignment.checkpoint) is Direction.ENTRY
        if not members or len(members) != len(participant_ids) or moment.roster_age is None or not is_entry:
            self.sound_refusal()
            return Notice.GROUP_CHANGED
        outcomes, records = [], []
        is_named = moment.station is DeviceStatus.ACTIVE
        for person in members:
            subject = Subject(ScanType.SEARCH, leading.text, person.id)  # the code that was shown
            decision = decide_member(self.store, assignment, person, moment)
            record = self._record(assignment, subject, decision, moment, station_time.offset_ms)
            records.append(record)
            subject = Subject(ScanType.SEARCH, participant_id=person.id)
            outcome = build_outcome(
                assignment,
                subject,
                decision,
                person if is_named else None,
                station_time.now,
                record.id,
                None,
            )
            outcomes.append(self._with_passage(outcome, record, assignment))
        try:
            if self._turnstile is not None:
                note_unreleased(self.store, [each.id for each in records if each.result.admits])
            rows = self.store.journal.append_all(records)
        except StoreError as failure:
            self.sound_refusal()
            return unwritten_group(outcomes, failure)
        self._play(Tone.SUCCESS if all(each.decision.admits for each in outcomes) else Tone.WARNING)
        self._notify_written()
        return written_group(outcomes, rows)

    def _wait_for_passage(self, pause: Callable[[float], bool]) -> bool:
        """Wait until everybody who was let through before has passed, or their time is over; return False if stopped."""
        passages = self._passages
        if passages is None:
            return True
        for _ in range(ceil(passages.settles_within_s / _PASSAGE_POLL_S)):
            if not passages.has_open_grants or self._is_turnstile_lost:
                break
            if not pause(_PASSAGE_POLL_S):
                return False
        return True

    def _wait_for_turnstile(self, pause: Callable[[float], bool]) -> bool:
        """Wait until the next pulse of a group is due; return False if the station is being stopped."""
        if self._released_until_ms is None:
            return True
        wait_ms = self._released_until_ms + self._group_gap_ms - self._clock.monotonic_ms()
        return wait_ms <= 0 or pause(wait_ms / 1000)

    def _with_passage(self, outcome: GateOutcome, record: ScanRecord, assignment: Assignment) -> GateOutcome:
        """Return the outcome with what is known of the passage: whether a sensor watches, and for how long."""
        if self._turnstile is None or not record.result.admits:
            return outcome
        watched = self._passages if record.passage_sensor else None
        return replace(
            outcome,
            passage=first_passage(record),
            passage_window_s=watched.window_s if watched is not None else 0,
            passage_reverse=watched is not None
            and watched.is_reverse(record.direction, assignment.checkpoint),
        )

    def _release(self, turnstile: Turnstile, outcomes: Sequence[GateOutcome]) -> PulseResult:
        """Send one pulse for these admissions; each waits for its turn from before the pulse on."""
        watched = [each for each in outcomes if each.passage is Passage.GRANTED]
        released = {each.row_id for each in outcomes}
        self._unreleased -= released
        if self._passages is not None:
            for place, each in enumerate(watched, start=1):
                self._passages.arm(each.row_id, each.name, is_reverse=each.passage_reverse, place=place)
        pulse = self._pulse(turnstile)
        if self._releases_group and pulse.sent:
            self._note_released(released)
        if self._passages is not None and not pulse.sent:
            for each in watched:
                self._passages.mark_unreleased(each.row_id)
        return pulse

    def _leave_to_hand(self, outcome: GateOutcome, last: PulseResult) -> None:
        """Settle the passage of a member for whom no pulse is sent any more; the next start settles it where the station stops."""
        if last is STOPPED or outcome.row_id not in self._unreleased:
            return
        self._unreleased.discard(outcome.row_id)
        if self._passages is not None and outcome.passage is Passage.GRANTED:
            self._passages.arm(outcome.row_id, outcome.name, is_reverse=outcome.passage_reverse)
            self._passages.mark_unreleased(outcome.row_id)

    @property
    def _is_turnstile_lost(self) -> bool:
        return self._turnstile is not None and self._turnstile.is_lost

    def _note_released(self, scan_ids: Collection[str]) -> None:
        try:
            note_released(self.store, scan_ids)
        except StoreError as failure:  # then too many are named after a crash
            _log.warning("unreleased_not_noted", error=str(failure))

    def _pulse(self, turnstile: Turnstile) -> PulseResult:
        """Send one pulse. The row is on disk by now: whatever the door does, the person is shown green and let through."""
        self._released_until_ms = self._clock.monotonic_ms() + self._pulse_ms
        try:
            return turnstile.pulse(self._pulse_ms)
        except DeviceError as fault:
            return PulseResult(sent=False, error_message=str(fault), fault=fault_of(fault))
        except Exception:  # noqa: BLE001 -- a bug of the door's; logged, and reported as a gate that is stuck
            _log.exception("turnstile_failed")
            message = "The turnstile's program failed; see the log."
            return PulseResult(False, error_message=message, fault=DoorFault(RelayFault.PROGRAM_FAILED))

    def _sound_missed_passage(self) -> None:
        """Play the tone of somebody who did not pass, unless that of the next person's verdict is to be heard just now."""
        if self._clock.monotonic_ms() - self._played_ms >= _TONE_MS:
            self._play(Tone.NO_PASSAGE)

    def _play(self, tone: Tone) -> None:
        self._played_ms = self._clock.monotonic_ms()
        if self._self_service and tone is Tone.ERROR:
            tone = Tone.WARNING  # a buzzer would tell the whole hall
        try:
            self._speaker.play(tone)
        except Exception:  # noqa: BLE001 -- a bug of the player's; the verdict is on the screen all the same
            _log.exception("tone_failed")

    def _notify_written(self) -> None:
        try:
            self._on_written()
        except Exception:  # noqa: BLE001 -- a bug of the sync engine's; the row is on disk and its turn comes
            _log.exception("sync_not_notified")

    def _is_watched(self, decision: Decision) -> bool:
        """Return True if a sensor reports whether the admitted person passes."""
        has_sensor = self._turnstile is not None and self._passages is not None
        return decision.admits and has_sensor and self._passages is not None and self._passages.watches

    def _look_up(self, subject: Subject, at: datetime | None) -> _Lookup:
        if subject.scan_type is ScanType.QR:
            ticket = open_ticket(subject.text, self.store.keys.key_ring(), at)
            if isinstance(ticket, TicketPayload):
                return _Lookup(ticket, self.store.roster.find(ticket.pid))
            is_no_ticket = ticket.kind is TicketRejectionKind.NOT_A_TICKET
            is_code = is_no_ticket and self.store.roster.find_by_code(subject.text) is not None
            return _Lookup(ticket, None, is_registration_code=is_code)
        if subject.scan_type is ScanType.MANUAL:
            return _Lookup(None, self.store.roster.find_by_code(subject.text))
        return _Lookup(None, self.store.roster.find(subject.participant_id))

    def exit_all(self, assignment: Assignment | None) -> ExitAll | None:
        """Return the hour at which everybody leaves the event, as far as it has come; None if it has none, or the clock is unsure."""
        if assignment is None:
            return None
        station_time = self._timekeeper.read()
        return event_rules(assignment.event).exit_all(station_time.now, sure=station_time.sure)

    def _presence(self, lookup: _Lookup, assignment: Assignment) -> Presence:
        if lookup.participant is not None:
            participant_id = lookup.participant.id
        elif isinstance(lookup.ticket, TicketPayload):
            participant_id = lookup.ticket.pid
        else:
            return Presence()
        return self.store.presence.get(participant_id, assignment.checkpoint.zone, assignment.event.id)

    def _record(
        self,
        assignment: Assignment,
        subject: Subject,
        decision: Decision,
        moment: DecisionContext,
        offset_ms: int | None,
        ticket_issued_at_s: int | None = None,
    ) -> ScanRecord:
        age, operator = moment.roster_age, None if self._self_service else self.operators.current()
        return ScanRecord(
            id=self._new_id(),
            device_id=assignment.device_id,
            event_id=assignment.event.id,
            checkpoint_id=assignment.checkpoint.id,
            zone=assignment.checkpoint.zone,
            participant_id=decision.participant_id,
            scan_type=subject.scan_type,
            direction=decision.direction,
            leaves_zones=assignment.checkpoint.leaves_zones and decision.direction is Direction.ENTRY,
            result=decision.result,
            reason=decision.reason,
            marks=decision.marks,
            override_asked=decision.override_asked,
            override=decision.override,
            operator=operator.stamp if operator else None,
            code_digest=hashlib.sha256(subject.text.encode("utf-8", "replace")).hexdigest()
            if subject.text
            else None,
            ticket_issued_at_s=ticket_issued_at_s,
            passage_sensor=self._is_watched(decision),
            scanned_at_ms=epoch_ms(self._clock.now()),
            monotonic_ms=self._clock.monotonic_ms(),
            boot_id=self._clock.boot_id,
            clock_offset_ms=offset_ms,
            clock_sure=moment.sure,
            roster_age_s=None if age is None else int(age.total_seconds()),
        )


def tone_for(decision: Decision) -> Tone | None:
    """Return the tone of a verdict, None for a poster's web address, which makes no sound."""
    tone = tone_of(decision)
    return None if tone is None else Tone(tone.value)
