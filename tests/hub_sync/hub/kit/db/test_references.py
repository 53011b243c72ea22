"""Each reference between tables states what a merge, a clone and an erasure do with it."""

from collections import Counter

from hub_sync.hub.domains import all_tables, parts
from hub_sync.hub.kit.db.references import Merge, Reference

_PEOPLE = ("participant_id", "survivor_id", "loser_id", "a_id", "b_id")
"""Names of columns that hold the id of a participant, a foreign key or not."""
DECLARED: list[Reference] = [each for module in parts("tables") for each in getattr(module, "REFERENCES", ())]


def test_every_foreign_key_states_what_a_merge_a_clone_and_an_erasure_do_with_it() -> None:
    """Without those to the tenant: no row ever leaves its tenant."""
    keys = {
        (f"{table.name}.{constraint.column_keys[-1]}", constraint.referred_table.name)
        for table in all_tables().tables.values()
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name != "tenants"
    }
    declared = {(each.column, each.to) for each in DECLARED}
    assert sorted(keys - declared) == [], "declare these in REFERENCES of their tables.py (kit.db.references)"
    assert all(count == 1 for count in Counter(each.column for each in DECLARED).values())


def test_every_column_with_the_id_of_a_participant_states_its_merge_policy() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in all_tables().tables.values()
        for column in table.columns
        if column.name in _PEOPLE
    }
    of_people = {each.column for each in DECLARED if each.to == "participants"}
    assert sorted(columns - of_people) == []
    undecided = [
        each.column
        for each in DECLARED
        if each.to == "participants" and each.merge is Merge.NOT_A_PERSON and each.column != "participants.id"
    ]
    assert undecided == []


def test_what_is_declared_is_there() -> None:
    tables = all_tables().tables
    for each in DECLARED:
        assert each.column_name in tables[each.table_name].columns, each.column
        assert each.to in tables, each.column
        assert (each.merge is Merge.NOT_A_PERSON) is (each.to != "participants"), each.column
        assert bool(each.columns) is (each.merge in (Merge.SUM, Merge.STRICTER)), each.column
