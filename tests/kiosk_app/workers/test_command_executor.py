"""Commands of a screen, executed on a gate with a real store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk_app.messages import GateOutcome, SearchResults, SubmitOrSearch
from kiosk_app.workers.command_executor import CommandExecutor
from tests.support.builders.people import participant_row
from tests.support.builders.station import BuiltGate, build_gate

PEOPLE = [participant_row("kdfgh"), participant_row("jose", "José Pérez")]


class NoReporter:
    """A reporter that publishes nothing."""

    def request_update(self) -> None:
        """Do nothing."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[BuiltGate]:
    built = build_gate(tmp_path, PEOPLE)
    yield built
    built.store.close()


@pytest.fixture
def executor() -> CommandExecutor:
    return CommandExecutor(NoReporter())  # type: ignore[arg-type]


def test_letters_that_are_a_code_are_decided_at_the_first_enter(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    outcome = executor.execute(here.gate, SubmitOrSearch("Reg Kdfgh"))
    assert isinstance(outcome, GateOutcome)
    assert outcome.decision.admits
    assert here.rows() == 1


def test_letters_that_are_no_code_are_searched_and_leave_no_row(
    here: BuiltGate, executor: CommandExecutor
) -> None:
    results = executor.execute(here.gate, SubmitOrSearch("Jose"))
    assert isinstance(results, SearchResults)
    assert [hit.name for hit in results.hits] == ["José Pérez"]
    assert here.rows() == 0
