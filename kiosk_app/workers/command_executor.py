"""What the operator asks of the gate, carried out on the gate's thread."""

from collections.abc import Callable

from hub_sync.client.store import RosterParticipant, StoreError
from hub_sync.contract.enums import Direction
from kiosk_app.core.assignment import current_post, serve_checkpoint
from kiosk_app.core.gate import Gate
from kiosk_app.messages import Fact, FoundPeople, FoundPerson
from kiosk_app.screens.gate import actions
from kiosk_app.workers.gate_worker import Command, GateWorker
from kiosk_app.workers.status_reporter import Reporter

SEARCH_LIMIT = 20
APPEARANCE = "appearance"


class GateDesk:
    """Turns the screen's intents into commands for the gate's thread. `handle` may be called from any thread."""

    def __init__(self, worker: GateWorker, reporter: Reporter, tell: Callable[[Fact], None]) -> None:
        self._worker = worker
        self._reporter = reporter
        self._tell = tell

    def handle(self, intent: actions.Intent) -> None:
        """Carry out an intent. Those that are the window's business (full screen, quitting) are left to it."""
        if isinstance(intent, actions.HoldScanning):
            self._worker.hold(intent.on)
        elif (command := self._command(intent)) is not None:
            self._worker.submit(command)

    def _command(self, intent: actions.Intent) -> Command | None:
        command: Command | None = None
        match intent:
            case actions.SubmitCode(text):
                command = lambda gate: gate.typed(text)  # noqa: E731
            case actions.AdmitPerson(participant_id):
                command = lambda gate: gate.chosen(participant_id)  # noqa: E731
            case actions.RepeatWithOverride(subject, override):
                command = lambda gate: gate.override(subject, override)  # noqa: E731
            case actions.SearchPeople(query):
                command = lambda gate: self._search(gate, query)  # noqa: E731
            case actions.ServeCheckpoint(checkpoint_id):
                command = lambda gate: self._serve(gate, checkpoint_id)  # noqa: E731
            case actions.SetDirection(direction):
                command = lambda gate: self._face(gate, direction)  # noqa: E731
            case actions.KeepAppearance(theme, language):
                command = lambda gate: _keep_appearance(gate, theme, language)  # noqa: E731
        return command

    def _search(self, gate: Gate, query: str) -> None:
        try:
            post = current_post(gate.store)
            zone = post.checkpoint.zone if post else None
            people = gate.store.roster.search(query, SEARCH_LIMIT + 1)
            found = tuple(_found(gate, person, zone) for person in people[:SEARCH_LIMIT])
        except StoreError:
            people, found = (), ()
        self._tell(FoundPeople(query, found, more=len(people) > SEARCH_LIMIT))

    def _serve(self, gate: Gate, checkpoint_id: str) -> None:
        if gate.store.venue.checkpoint(checkpoint_id) is not None:
            serve_checkpoint(gate.store, checkpoint_id)
        self._reporter.soon()

    def _face(self, gate: Gate, direction: Direction) -> None:
        gate.direction = direction
        self._reporter.soon()


def _found(gate: Gate, person: RosterParticipant, zone: str | None) -> FoundPerson:
    inside = gate.store.presence.get(person.id, zone).inside
    return FoundPerson(person.id, person.name, person.code, person.category, inside)


def _keep_appearance(gate: Gate, theme: str, language: str) -> None:
    gate.store.settings.put(APPEARANCE, {"theme": theme, "language": language})
