"""Executions in the database: decisions, take-back, time-outs, delegates, late answers and outcomes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import update

from hub_sync.contract.enums import ParticipantStatus
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.events import service as events
from hub_sync.hub.domains.events.service import EventChanges
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.waitlist import service as waitlist
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.domains.workflows.clocks import clocks
from hub_sync.hub.domains.workflows.definition.model import StartTrigger
from hub_sync.hub.domains.workflows.engine import decisions, executions, jobs
from hub_sync.hub.domains.workflows.engine.decisions import Decider
from hub_sync.hub.domains.workflows.errors import (
    BypassNotAllowed,
    CollectedFieldsMissing,
    DecisionReasonMissing,
    DecisionTakenEffect,
    NotAssigned,
    NothingDecided,
    ReturnImpossible,
    VotedAlready,
    WorkflowRunsAlready,
    WorkflowTaskEnded,
)
from hub_sync.hub.domains.workflows.manifest import ExecutionStatus, TaskDecision
from hub_sync.hub.domains.workflows.sla_manifest import ClockState
from hub_sync.hub.domains.workflows.tables import Workflow, WorkflowVersion
from hub_sync.hub.domains.workflows.tasks.deciders import count_inbox
from tests.hub_sync.hub.domains.workflows.engine.conftest import ADMIN, WorkflowDesk
from tests.support.builders.workflow_graphs import definition, step, two_reviews_and_votes

SQLITE = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
DONE = (ExecutionStatus.COMPLETED, ParticipantStatus.APPROVED)
REFUSED = (ExecutionStatus.REJECTED, ParticipantStatus.REJECTED)
RUNNING = (ExecutionStatus.ACTIVE, ParticipantStatus.PENDING)


def test_two_reviews_and_two_of_three_approvals_approve_the_participant(desk: WorkflowDesk) -> None:
    desk.publish(two_reviews_and_votes())
    execution = desk.start()
    for key in ("papers", "photo", "vote1", "vote3"):
        assert desk.status(execution) == RUNNING
        desk.decide(execution, key)
    assert desk.status(execution) == DONE
    assert desk.open(execution) == {}
    assert desk.event_types("ParticipantApproved", "ParticipantStatusChanged", "WorkflowCompleted") == [
        "ParticipantApproved",
        "ParticipantStatusChanged",
        "WorkflowCompleted",
    ]


@pytest.mark.both_databases
def test_the_last_two_branches_that_end_at_once_fire_their_join_once(desk: WorkflowDesk) -> None:
    """Flowable#1741, #2124, #1487: the lock of two workers failed; the flow stopped, or its steps were repeated."""
    branches = [{"key": key, "name": key, "first": key} for key in ("a", "b")]
    desk.publish(
        definition(
            step("fork", "FORK", branches=branches, join="joined"),
            *(step(key, next="joined") for key in ("a", "b")),
            step("joined", "JOIN", next="chair"),
            step("chair"),
            take_back_seconds=0,
        )
    )
    waiting, together = [desk.start() for _ in range(12)], Barrier(2)

    def decide_all(step_key: str) -> None:
        for execution in waiting:
            together.wait(60)
            try:
                desk.decide(execution, step_key)
            except BaseException:
                together.abort()  # the other one has nobody to wait for
                raise

    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(decide_all, key) for key in ("a", "b")]
        assert [worker.exception(120) for worker in workers] == [None, None]
    for execution in waiting:
        assert list(desk.open(execution)) == ["chair"]
        history = desk.history(execution)
        assert [history.count(kind) for kind in ("DECIDED", "JOINED", "STEP_OPENED")] == [2, 1, 3]


def test_a_decision_takes_effect_after_its_time_to_take_back(desk: WorkflowDesk) -> None:
    desk.publish(definition(step("review", sla={"minutes": 10}), take_back_seconds=60))
    execution = desk.start()
    task_id = desk.decide(execution, "review", TaskDecision.REJECT)
    assert (desk.later(seconds=59), desk.status(execution)) == (0, RUNNING)
    with desk.hub.uow.begin() as work:
        decisions.take_back(work, desk.key, task_id, ADMIN)
    assert desk.open(execution) == {"review": task_id}
    for act in (decisions.take_back, decisions.apply_now):
        with pytest.raises(NothingDecided), desk.hub.uow.begin() as work:
            act(work, desk.key, task_id, ADMIN)
    assert (desk.later(minutes=5), desk.status(execution)) == (0, RUNNING)
    desk.decide(execution, "review")
    assert (desk.later(seconds=60), desk.status(execution)) == (1, DONE)
    with pytest.raises(DecisionTakenEffect), desk.hub.uow.begin() as work:
        decisions.take_back(work, desk.key, task_id, ADMIN)
    assert desk.history(execution).count("TAKEN_BACK") == 1
    assert desk.event_types("SlaWarned", "SlaBreached") == []


@SQLITE
def test_decisions_of_a_version_that_cannot_be_read_keep_no_others_from_taking_effect(
    desk: WorkflowDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    monkeypatch.setattr(executions, "_definitions", {})
    desk.publish(definition(step("review"), take_back_seconds=10))
    stuck = desk.start()
    desk.decide(stuck, "review")
    with desk.hub.uow.begin() as work:
        work.session.execute(update(WorkflowVersion).values(definition={"steps": "nonsense"}))
    executions._definitions.clear()  # those of another process
    desk.publish(definition(step("review"), take_back_seconds=10))
    fine = desk.start()
    desk.decide(fine, "review")
    desk.later(seconds=10)
    desk.later(seconds=1)
    assert (desk.status(stuck), desk.status(fine)) == (RUNNING, DONE)


def test_an_answer_that_comes_too_late_is_refused_and_written_down(desk: WorkflowDesk) -> None:
    desk.publish(two_reviews_and_votes())
    execution = desk.start()
    for key in ("papers", "photo"):
        desk.decide(execution, key)
    votes = desk.open(execution)
    desk.decide(execution, "vote1")
    with desk.hub.uow.read() as work:
        assert count_inbox(work, desk.key.tenant_id, Decider(user_id="ada", role="ADMIN")) == 2
    desk.decide(execution, "vote2")
    with desk.hub.uow.read() as work:
        assert count_inbox(work, desk.key.tenant_id, Decider(user_id="ada", role="ADMIN")) == 0
    assert desk.status(execution) == DONE
    answer = decisions.Answer(decision=TaskDecision.REJECT, reason="no")
    with pytest.raises(WorkflowTaskEnded), desk.hub.uow.begin() as work:
        decisions.decide(work, desk.key, votes["vote3"], ADMIN, answer)
    assert desk.history(execution)[-1] == "LATE_ANSWER"
    assert desk.status(execution) == DONE


def test_whoever_is_not_assigned_is_refused(desk: WorkflowDesk) -> None:
    desk.publish(definition(step("review", return_to=[]), take_back_seconds=0))
    execution = desk.start()
    stranger = Decider(user_id="u", role="OPERATOR")
    with pytest.raises(NotAssigned):
        desk.decide(execution, "review", decider=stranger)
    with pytest.raises(BypassNotAllowed):
        desk.decide(execution, "review", TaskDecision.BYPASS)
    with pytest.raises(DecisionReasonMissing):
        desk.decide(execution, "review", TaskDecision.REJECT, reason="")
    with pytest.raises(ReturnImpossible):
        desk.decide(execution, "review", TaskDecision.RETURN, return_to="review")
    assert desk.status(execution) == RUNNING
    desk.decide(execution, "review", decider=Decider(role="ADMIN"))
    assert desk.status(execution) == DONE


def test_a_step_that_collects_waits_until_the_participant_has_the_fields(desk: WorkflowDesk) -> None:
    desk.publish(definition(step("passport", "COLLECT", collect=["extra.passport"]), take_back_seconds=0))
    execution = desk.start()
    with pytest.raises(CollectedFieldsMissing):
        desk.decide(execution, "passport")
    with desk.hub.uow.begin() as work:
        person_id = executions.get(work, desk.key, execution).participant_id
        changes = participants.ParticipantChanges(extra={"passport": "X1"})
        participants.update(work, *desk.key, person_id, changes)
    desk.decide(execution, "passport")
    assert desk.status(execution) == DONE


def test_an_outcome_is_kept_back_while_no_seat_is_free(desk: WorkflowDesk) -> None:
    desk.publish(definition(step("review"), take_back_seconds=0))
    with desk.hub.uow.begin() as work:
        feature_flags.switch(work, desk.key.tenant_id, FF_WAITLIST, enabled=True)
        waitlist.update_settings(work, desk.key, waitlist.WaitlistSettingsChanges(is_active=True))
        events.update(work, *desk.key, EventChanges(capacity=1))
        new = participants.NewParticipant(first_name="Seated", status=ParticipantStatus.APPROVED)
        participants.create(work, *desk.key, new)
    execution = desk.start(takes_seat=False)
    with desk.hub.uow.begin() as work:
        person_id = executions.get(work, desk.key, execution).participant_id
        waitlist.join(work, desk.key, waitlist.NewWaitlistEntry(participant_id=person_id))
    desk.decide(execution, "review")
    assert (desk.status(execution), desk.later(seconds=60)) == (RUNNING, 0)
    assert desk.history(execution).count("OUTCOME_KEPT_BACK") == 1
    with desk.hub.uow.begin() as work:
        waitlist.update_settings(work, desk.key, waitlist.WaitlistSettingsChanges(is_active=False))
    assert (desk.later(seconds=60), desk.status(execution)) == (1, DONE)


def test_deadlines_end_an_execution_that_nobody_decides(desk: WorkflowDesk) -> None:
    late = {"minutes": 30, "on_timeout": "PROCEED"}
    desk.publish(definition(step("a", next="b", sla=late), step("b", sla={**late, "on_timeout": "FAIL"})))
    execution = desk.start()
    desk.later(minutes=29)
    assert list(desk.open(execution)) == ["a"]
    desk.later(minutes=1)
    assert list(desk.open(execution)) == ["b"]
    desk.later(minutes=30)
    assert desk.status(execution) == REFUSED
    assert desk.event_types("SlaBreached") == ["SlaBreached"] * 2


def test_a_cancelled_participant_ends_the_execution_without_an_outcome(desk: WorkflowDesk) -> None:
    desk.publish(definition(step("review"), take_back_seconds=0))
    execution = desk.start()
    with desk.hub.uow.begin() as work:
        person_id = executions.get(work, desk.key, execution).participant_id
        participants.update_status(work, *desk.key, person_id, ParticipantStatus.CANCELLED)
    desk.decide(execution, "review")
    assert desk.status(execution) == (ExecutionStatus.CANCELLED, ParticipantStatus.CANCELLED)


@SQLITE
@pytest.mark.parametrize("voters", ["PERSON", "BRANCH"])
def test_each_person_has_one_vote_where_a_join_counts_persons_and_else_one_a_branch(
    desk: WorkflowDesk, voters: str
) -> None:
    desk.publish(two_reviews_and_votes(n=3, voters=voters))
    execution = desk.start()
    for key in ("papers", "photo"):
        desk.decide(execution, key)
    ada, bob, cy = (_user(desk, name) for name in ("ada", "bob", "cy"))
    desk.decide(execution, "vote1", decider=Decider(user_id=ada, role="ADMIN"))
    if voters == "BRANCH":
        desk.decide(execution, "vote2", decider=Decider(user_id=ada, role="ADMIN"))
    else:
        with pytest.raises(VotedAlready):
            desk.decide(execution, "vote2", decider=Decider(user_id=ada, role="ADMIN"))
        desk.decide(execution, "vote2", decider=Decider(user_id=bob, role="ADMIN"))
    desk.decide(execution, "vote3", decider=Decider(user_id=cy, role="ADMIN"))
    assert desk.status(execution) == DONE


@SQLITE
def test_a_delegates_vote_is_that_of_whoever_is_away(desk: WorkflowDesk) -> None:
    ada, bob = (_user(desk, name) for name in ("ada", "bob"))
    votes = [{"key": key, "name": key, "first": key} for key in ("one", "two")]
    desk.publish(
        definition(
            step("votes", "FORK", branches=votes, join="voted"),
            *(step(key, next="voted", assignees={"users": [ada]}) for key in ("one", "two")),
            step("voted", "JOIN", voters="PERSON"),
            take_back_seconds=0,
        )
    )
    execution = desk.start()
    desk.decide(execution, "one", decider=Decider(user_id=ada, role="ADMIN"))
    with pytest.raises(VotedAlready):
        desk.decide(execution, "two", decider=Decider(user_id=bob, role="ADMIN", in_place_of=(ada,)))


@SQLITE
def test_a_fork_in_a_branch_gives_nobody_a_second_vote(desk: WorkflowDesk) -> None:
    inner = [{"key": key, "name": key, "first": key} for key in ("x", "y")]
    outer = [{"key": "a", "name": "A", "first": "a"}, {"key": "b", "name": "B", "first": "inner"}]
    desk.publish(
        definition(
            step("votes", "FORK", branches=outer, join="voted"),
            step("a", next="voted"),
            step("inner", "FORK", branches=inner, join="met"),
            *(step(key, next="met") for key in ("x", "y")),
            step("met", "JOIN", next="voted"),
            step("voted", "JOIN", voters="PERSON"),
            take_back_seconds=0,
        )
    )
    execution, ada = desk.start(), _user(desk, "ada")
    desk.decide(execution, "x", decider=Decider(user_id=ada, role="ADMIN"))
    with pytest.raises(VotedAlready):
        desk.decide(execution, "a", decider=Decider(user_id=ada, role="ADMIN"))
    desk.decide(execution, "y", decider=Decider(user_id=ada, role="ADMIN"))
    second = desk.start()
    desk.decide(second, "a", decider=Decider(user_id=ada, role="ADMIN"))
    with pytest.raises(VotedAlready):
        desk.decide(second, "x", decider=Decider(user_id=ada, role="ADMIN"))


@SQLITE
def test_the_clock_of_a_join_that_is_not_waited_for_any_more_was_neither_met_nor_late(
    desk: WorkflowDesk,
) -> None:
    desk.publish(two_reviews_and_votes(sla={"minutes": 60}))
    execution = desk.start()
    for key in ("papers", "photo"):
        desk.decide(execution, key)
    (clock_id,) = desk.clocks(execution)
    desk.clock.advance(timedelta(hours=2))
    with desk.hub.uow.begin() as work:
        executions.cancel(work, desk.key, execution, "withdrawn")
    with desk.hub.uow.read() as work:
        assert clocks.get(work, desk.key, clock_id).state is ClockState.CANCELLED
    assert desk.event_types("SlaBreached") == []


def _user(desk: WorkflowDesk, name: str) -> str:
    with desk.hub.uow.begin() as work:
        email = f"{name}@example.org"
        return accounts.create_user(work, desk.key.tenant_id, email, "correct horse battery staple").id


def test_each_branchs_data_survives_the_join_whatever_the_order(desk: WorkflowDesk) -> None:
    branches = [{"key": key, "name": key, "first": key} for key in ("phone", "papers")]
    both = {"rules": [{"field": each, "operator": "IS_FILLED"} for each in ("phone", "group_ref")]}
    desk.publish(
        definition(
            step("fork", "FORK", branches=branches, join="joined"),
            step("phone", "COLLECT", collect=["phone"], next="joined"),
            step("papers", "COLLECT", collect=["group_ref"], next="joined"),
            step("joined", "JOIN", next="chair"),
            step("chair", when=both),
            take_back_seconds=0,
        )
    )
    values = {"phone": {"phone": "+49 30 5550123"}, "papers": {"group_ref": "Press"}}
    for order in (("phone", "papers"), ("papers", "phone")):
        execution = desk.start()
        for key in order:
            with desk.hub.uow.begin() as work:
                person_id = executions.get(work, desk.key, execution).participant_id
                changes = participants.ParticipantChanges.model_validate(values[key])
                participants.update(work, *desk.key, person_id, changes)
            desk.decide(execution, key, reason=f"{key} by hand")
        assert list(desk.open(execution)) == ["chair"], "its conditions are about the data of both branches"
        desk.decide(execution, "chair")
        assert desk.reasons(execution) == {"phone": "phone by hand", "papers": "papers by hand"} | {
            "chair": "because"
        }
        assert desk.entries(execution, "JOINED") == [{"branches": ["fork/phone", "fork/papers"]}]


def test_whoever_starts_a_workflow_in_the_same_instant_hears_that_it_runs(
    desk: WorkflowDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL both find none; the second was told of "a conflict" and nothing more."""
    desk.publish(definition(step("review")))
    with desk.hub.uow.read() as work:
        person_id = executions.get(work, desk.key, desk.start()).participant_id
        workflow = work.session.get_one(Workflow, (desk.key.tenant_id, desk.workflow_id))
    monkeypatch.setattr(executions, "find_active", lambda *_: None)
    with pytest.raises(WorkflowRunsAlready), desk.hub.uow.begin() as work:
        executions.start(work, desk.key, workflow, person_id, StartTrigger.REST)
