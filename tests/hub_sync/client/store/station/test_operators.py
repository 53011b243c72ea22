"""The operators of a station on disk."""

from pathlib import Path

from hub_sync.client.store import Store
from hub_sync.contract.operators import OperatorRow, operators_digest
from tests.support.builders.operators import MARA, TOM
from tests.support.builders.station import build_station_store, reopen_store


def test_a_station_that_never_got_a_list_differs_from_one_whose_list_is_empty(store: Store) -> None:
    assert (store.operators.digest(), store.operators.all()) == ("", ())
    store.operators.replace(())
    assert store.operators.digest() == operators_digest(())
    assert store.operators.digest()


def test_operators_are_listed_by_name_and_replaced_in_one_piece(store: Store) -> None:
    store.operators.replace((TOM, MARA))
    assert [row.name for row in store.operators.all()] == ["Mara", "Tom"]
    assert store.operators.digest() == operators_digest((MARA, TOM))
    renamed = MARA.model_copy(update={"name": "Zora"})
    store.operators.replace((renamed,))
    assert (store.operators.find(MARA.id), store.operators.find(TOM.id)) == (renamed, None)


def test_operators_outlive_a_restart_and_are_gone_after_an_erasure(tmp_path: Path) -> None:
    with build_station_store(tmp_path, operators=(MARA,)) as store:
        assert store.operators.all() == (MARA,)
    with reopen_store(tmp_path) as store:
        assert store.operators.all() == (MARA,)
        store.erase_personal_data()
        assert store.operators.all() == ()
    assert not any(
        MARA.verifier.encode() in path.read_bytes() for path in tmp_path.iterdir() if path.is_file()
    )


def test_a_digest_shows_another_role_pin_or_name() -> None:
    others: list[OperatorRow] = [
        MARA.model_copy(update=change)
        for change in ({"name": "Mia"}, {"role": TOM.role}, {"verifier": TOM.verifier}, {"id": "op-3"})
    ]
    assert len({operators_digest((row,)) for row in (MARA, *others)}) == 5
