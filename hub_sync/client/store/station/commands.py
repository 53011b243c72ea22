"""The commands of the hub that this station has met, with what became of each. Used by the report loop's thread alone."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from hub_sync.client.store.station.settings import StoredSettings
from hub_sync.contract.fleet import CommandResult, CommandStatus

_COMMANDS = "fleet_commands"
ENROLLED_HUB_MS = "enrolled_hub_ms"
"""Setting: the hub's clock at the enrolment. Commands that are older were for the station that this one was before."""
MAX_REMEMBERED = 64
"""The commands that are remembered. One that has not ended, or whose end the hub has not answered, is never dropped."""


@dataclass(frozen=True, slots=True)
class StoredCommand:
    """A command. `is_answered`: the hub has answered a report with its status. `run_id`: the run of the program that began it."""

    id: str
    kind: str
    status: str = CommandStatus.RUNNING.value
    arguments: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    is_answered: bool = False
    run_id: str = ""
    began_ms: int = 0
    """When it was begun, by the monotonic clock of that boot."""

    @property
    def is_final(self) -> bool:
        """True if nothing follows."""
        return CommandStatus(self.status).is_final

    @property
    def result(self) -> CommandResult:
        """What the hub gets of it."""
        return CommandResult(id=self.id, status=self.status, error=self.error)


class StoredCommands:
    """The commands in the store, oldest first."""

    def __init__(self, settings: StoredSettings) -> None:
        self._settings = settings

    def all(self) -> tuple[StoredCommand, ...]:
        """Return all that are remembered.

        Raises:
            StoreError: They could not be read.
        """
        names = {each.name for each in fields(StoredCommand)}
        saved = self._settings.get(_COMMANDS, ())
        return tuple(
            StoredCommand(**{name: value for name, value in row.items() if name in names}) for row in saved
        )

    def find(self, id_: str) -> StoredCommand | None:
        """Return a command, or None if this station has not met it."""
        return next((command for command in self.all() if command.id == id_), None)

    def save(self, command: StoredCommand) -> None:
        """Store a command, new or changed. Durable when it returns.

        Raises:
            StoreError: It could not be written.
        """
        commands = list(self.all())
        places = [place for place, each in enumerate(commands) if each.id == command.id]
        if places:
            commands[places[0]] = command
        else:
            commands.append(command)
        self._put(commands)

    def unanswered(self, limit: int) -> tuple[CommandResult, ...]:
        """Return what the hub has not answered yet, oldest first."""
        return tuple(command.result for command in self.all() if not command.is_answered)[:limit]

    def mark_answered(self, results: Iterable[CommandResult]) -> None:
        """Note that the hub has answered a report with these results.

        Raises:
            StoreError: It could not be written; they are sent again.
        """
        sent = {(result.id, result.status) for result in results}
        commands = self.all()
        marked = [
            replace(each, is_answered=True) if (each.id, each.status) in sent else each for each in commands
        ]
        if tuple(marked) != commands:
            self._put(marked)

    def _put(self, commands: list[StoredCommand]) -> None:
        surplus = len(commands) - MAX_REMEMBERED
        droppable = [each for each in commands if each.is_final and each.is_answered]
        dropped = {each.id for each in droppable[: max(0, surplus)]}
        self._settings.put(_COMMANDS, [asdict(each) for each in commands if each.id not in dropped])
