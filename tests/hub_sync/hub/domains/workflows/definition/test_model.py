"""Definitions as they are stored."""

from hub_sync.hub.domains.workflows.definition.model import Definition, Start, StartTrigger


def test_a_definition_is_the_same_in_whichever_order_another_process_has_stored_its_triggers() -> None:
    definition = Definition(start=Start(on=frozenset(StartTrigger)))
    names = sorted(StartTrigger)
    assert definition.dump()["start"]["on"] == names
    assert definition.equals({**definition.dump(), "start": {"on": names[::-1]}})
    assert not definition.equals({**definition.dump(), "start": {"on": names[1:]}})
    assert Definition().equals({})
