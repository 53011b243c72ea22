"""Members of a group who were admitted and not let through when the program stopped."""

from pathlib import Path

from kiosk_app.core.unreleased import dismiss_unreleased, unreleased_members
from kiosk_app.messages import GateOutcome, GroupOutcome
from tests.support.builders.people import participant_row, seal_ticket_for
from tests.support.builders.station import BuiltGate, build_gate

FAMILY = [
    participant_row(id_, name, group_ref="okri")
    for id_, name in (("ben", "Ben Okri"), ("eva", "Eva Okri"), ("ida", "Ida Okri"))
]


def admit_family(here: BuiltGate) -> GroupOutcome:
    leader = here.gate.decide_scan(seal_ticket_for("ben"))
    assert isinstance(leader, GateOutcome)
    group = here.gate.admit_group(leader.subject, ["eva", "ida"])
    assert isinstance(group, GroupOutcome)
    return group


def test_who_was_not_let_through_before_a_stop_is_named_until_somebody_has_seen_to_it(tmp_path: Path) -> None:
    here = build_gate(tmp_path, FAMILY)
    group = admit_family(here)
    during: list[object] = []

    def pause(_seconds: float) -> bool:
        during.append(here.gate.unreleased_members())
        return False  # the program is being stopped

    here.gate.release_group(group, pause)
    assert set(during) == {()}, "while the group is let through, nobody is missed"
    assert [member.name for member in here.gate.unreleased_members()] == ["Eva Okri", "Ida Okri"]
    assert unreleased_members(here.store) == here.gate.unreleased_members(), "also after a restart"
    dismiss_unreleased(here.store)
    assert here.gate.unreleased_members() == ()
    here.store.close()


def test_a_group_that_was_let_through_leaves_nothing(tmp_path: Path) -> None:
    here = build_gate(tmp_path, FAMILY)
    group = admit_family(here)
    assert [member.name for member in here.gate.unreleased_members()] == ["Eva Okri", "Ida Okri"]

    def pause(seconds: float) -> bool:
        here.wait(seconds=seconds)
        return True

    here.gate.release_group(group, pause)
    assert here.gate.unreleased_members() == ()
    here.store.close()


def test_another_group_that_is_let_through_hides_nobody_who_was_not(tmp_path: Path) -> None:
    others = [
        participant_row(id_, name, group_ref="arendt")
        for id_, name in (("hannah", "Hannah Arendt"), ("max", "Max Arendt"))
    ]
    here = build_gate(tmp_path, [*FAMILY, *others])
    admit_family(here)  # and the program ended here
    leader = here.gate.decide_scan(seal_ticket_for("hannah"))
    assert isinstance(leader, GateOutcome)
    group = here.gate.admit_group(leader.subject, ["max"])
    assert isinstance(group, GroupOutcome)
    assert len(here.gate.unreleased_members()) == 3

    def pause(seconds: float) -> bool:
        here.wait(seconds=seconds)
        return True

    here.gate.release_group(group, pause)
    assert [member.name for member in here.gate.unreleased_members()] == ["Eva Okri", "Ida Okri"]
    here.store.close()
