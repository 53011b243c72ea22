"""A search for duplicates: what it stores, what stays dismissed, and that one that was killed begins again."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub_sync.contract.clock import ManualClock
from hub_sync.contract.enums import DuplicateStatus
from hub_sync.hub.domains.duplicates import candidates
from hub_sync.hub.domains.duplicates.detection import child_process, runs
from hub_sync.hub.domains.duplicates.detection.child_process import DetectionFailed, find_pairs_in_child
from hub_sync.hub.domains.duplicates.detection.hints import RegisteredPeople, similar_to
from hub_sync.hub.domains.duplicates.jobs import DuplicateJob
from hub_sync.hub.domains.duplicates.matching.pairs import find_pairs
from hub_sync.hub.domains.duplicates.matching.person_features import features_of
from hub_sync.hub.domains.duplicates.tables import DuplicateCandidate, DuplicateRun, DuplicateRunState
from tests.hub_sync.hub.domains.duplicates.conftest import Duplicates


@pytest.fixture
def quick_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare in this process: a child takes a second to start. One test starts a real one."""

    def in_process(people: Any, region: str, progress: Any, _: Any) -> Any:
        everybody = [features_of(person, region) for some in people for person in some]
        for pair in find_pairs(everybody, progress=progress):
            yield {
                "a_id": pair.a_id,
                "b_id": pair.b_id,
                "score": pair.score.probability,
                "explanation": pair.score.explanation,
                "data_hash": pair.data_hash,
            }

    monkeypatch.setattr(runs, "find_pairs_in_child", in_process)


SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def search(event: Duplicates) -> DuplicateRun:
    with event.hub.uow.begin("user:1") as work:
        run_id = runs.start(work, *event.key).id
    assert DuplicateJob(event.hub).run_once()
    with event.hub.uow.read() as work:
        run = runs.get(work, *event.key, run_id)
        work.session.expunge(run)
        return run


def pairs(event: Duplicates) -> list[DuplicateCandidate]:
    with event.hub.uow.read() as work:
        rows = list(work.session.scalars(candidates.select_candidates(event.key)))
        work.session.expunge_all()
        return rows


@SQLITE
def test_a_search_in_a_real_child_process_stores_each_pair_once(duplicates: Duplicates) -> None:
    run = search(duplicates)
    assert (run.state, run.people, run.pairs, run.added) == (DuplicateRunState.COMPLETED, 3, 1, 1)
    (pair,) = pairs(duplicates)
    assert (pair.a_id, pair.b_id, pair.status) == ("ada", "ada-2", DuplicateStatus.PENDING)
    assert pair.explanation["fields"]["email"]["verdict"] == "same"


def test_the_same_search_again_adds_nothing(duplicates: Duplicates, quick_child: None) -> None:
    search(duplicates)
    before = [(pair.id, pair.score) for pair in pairs(duplicates)]
    assert search(duplicates).added == 0
    assert [(pair.id, pair.score) for pair in pairs(duplicates)] == before


def test_a_dismissed_pair_stays_dismissed_until_a_compared_field_changes(
    duplicates: Duplicates, quick_child: None
) -> None:
    search(duplicates)
    (pair,) = pairs(duplicates)
    with duplicates.hub.uow.begin("user:1") as work:
        candidates.dismiss(work, duplicates.key, pair.id)
    duplicates.change("ada", category="vip", registration_code="OTHER-CODE")
    assert search(duplicates).added == 0
    assert pairs(duplicates)[0].status is DuplicateStatus.DISMISSED
    duplicates.change("ada", phone="+44 20 7946 0018")
    assert search(duplicates).added == 1
    assert (pairs(duplicates)[0].status, pairs(duplicates)[0].decided_by) == (DuplicateStatus.PENDING, None)


@SQLITE
def test_a_pair_that_is_none_any_more_is_forgotten(duplicates: Duplicates, quick_child: None) -> None:
    search(duplicates)
    duplicates.change("ada-2", first_name="Theodora", last_name="Quandt", email="tq@example.org")
    search(duplicates)
    assert pairs(duplicates) == []


@SQLITE
def test_whoever_is_merged_is_in_no_pair_and_in_it_again_after_the_undo(
    duplicates: Duplicates, quick_child: None
) -> None:
    search(duplicates)
    merged = duplicates.merge("ada", "ada-2")
    assert merged.candidate_id is not None
    assert pairs(duplicates)[0].status is DuplicateStatus.MERGED
    assert search(duplicates).pairs == 0
    duplicates.undo(merged.id)
    assert search(duplicates).pairs == 1
    assert pairs(duplicates)[0].status is DuplicateStatus.PENDING


@SQLITE
def test_one_search_at_a_time_is_waiting_or_under_way(duplicates: Duplicates) -> None:
    with duplicates.hub.uow.begin() as work:
        first = runs.start(work, *duplicates.key).id
        assert runs.start(work, *duplicates.key).id == first


def test_a_search_whose_process_died_is_begun_again_by_another(
    duplicates: Duplicates, clock: ManualClock, quick_child: None
) -> None:
    with duplicates.hub.uow.begin() as work:
        runs.start(work, *duplicates.key)
    with duplicates.hub.uow.begin() as work:
        assert runs.claim(work, "dead") is not None
    with duplicates.hub.uow.begin() as work:
        assert runs.claim(work, "other") is None, "its lease has not ended"
    clock.advance(timedelta(seconds=61))
    assert DuplicateJob(duplicates.hub).run_once()
    assert len(pairs(duplicates)) == 1


@SQLITE
def test_a_child_that_was_killed_leaves_the_search_to_be_begun_again(
    duplicates: Duplicates, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_process, "CHILD", "signal")  # a module that ends at once, and says nothing
    with duplicates.hub.uow.begin() as work:
        runs.start(work, *duplicates.key)
    for _ in range(runs.MOST_ATTEMPTS):
        assert not DuplicateJob(duplicates.hub).run_once()
        clock.advance(timedelta(seconds=61))
    DuplicateJob(duplicates.hub).run_once()
    with duplicates.hub.uow.read() as work:
        (run,) = work.session.scalars(select(DuplicateRun))
        assert (run.state, runs.failure_of(work, run)) == (DuplicateRunState.FAILED, "failed")


def test_who_is_about_to_register_is_hinted_at(duplicates: Duplicates) -> None:
    typed = {"first_name": "Ada", "last_name": "LOVELACE", "email": "ADA@example.org"}
    with duplicates.hub.uow.read() as work:
        assert [hint.id for hint in similar_to(work, *duplicates.key, typed)] == ["ada", "ada-2"]
        assert [hint.id for hint in similar_to(work, *duplicates.key, typed, without="ada")] == ["ada-2"]
        by_phone = {"first_name": "Ada", "last_name": "King", "phone": "0044 2079460018"}
        assert [hint.id for hint in similar_to(work, *duplicates.key, by_phone)] == ["ada-2"]
        for nobody in (
            {},
            {"first_name": "Ada"},
            {"last_name": "%"},
            {"first_name": "Eve", "last_name": "Moor"},
        ):
            assert similar_to(work, *duplicates.key, nobody) == []
        everybody = RegisteredPeople.read(work, *duplicates.key)
        assert [hint.id for hint in everybody.similar_to(typed)] == ["ada", "ada-2"]
        assert everybody.similar_to({"first_name": "Eve", "last_name": "Moor"}) == []


@pytest.mark.parametrize(
    ("child", "reason", "said"),
    [("no_such_module_of_ours", "failed", "No module named no_such_module_of_ours"), (None, "killed", "-9")],
)
def test_a_child_that_ends_early_is_named_with_its_last_word(
    child: str | None, reason: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying.py").write_text("import os; os.kill(os.getpid(), 9)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(child_process, "CHILD", child or "dying")
    with pytest.raises(DetectionFailed, match=said) as failed:
        list(find_pairs_in_child([], "", lambda _: None, lambda: False))
    assert failed.value.reason == reason
