"""Sections 7c and 7f of the field page "Parallel workflows, SLA", as sentences that tests hold here."""

from tests.architecture.spec_lists.sentence import Sentence

WORKFLOWS = "hub_sync/hub/domains/workflows/"
MACHINE, DECISIONS = f"{WORKFLOWS}engine/test_machine.py", f"{WORKFLOWS}engine/test_decisions.py"
STATUSES, KILLED = f"{WORKFLOWS}engine/test_statuses.py", f"{WORKFLOWS}engine/test_killed_workflows.py"
CHECKS, ROUTES = f"{WORKFLOWS}definition/test_checks.py", f"{WORKFLOWS}routes/test_workflows.py"
CLOCKS, SWEEP = f"{WORKFLOWS}clocks/test_clocks.py", f"{WORKFLOWS}clocks/test_sweep.py"
TIME = f"{WORKFLOWS}calendars/test_business_time.py"
DELEGATIONS = f"{WORKFLOWS}delegations/test_delegations.py"
HUB_ALONE = "A station runs no workflow."

JOINS = (
    Sentence(
        "Last two branches finish in the same instant on two workers: the join fires once, and no step before it is done twice",
        hub=(
            f"{DECISIONS}::test_the_last_two_branches_that_end_at_once_fire_their_join_once",
            f"{KILLED}::test_random_workflows_survive_two_workers_and_kills",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Interrupt, bypass, reject or time-out while one branch already waits at the join: the execution ends, nothing is taken twice",
        hub=(
            f"{MACHINE}::test_a_cancelled_execution_leaves_nothing_open",
            f"{MACHINE}::test_a_bypassed_branch_counts_and_says_so",
            f"{MACHINE}::test_a_rejection_ends_what_waits_below_a_fork_in_a_fork",
            f"{MACHINE}::test_deadlines_of_steps_and_joins",
            f"{DECISIONS}::test_the_clock_of_a_join_that_is_not_waited_for_any_more_was_neither_met_nor_late",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A branch that arrives twice (return and redo) counts once; each branch's data survives the join, whatever the order",
        hub=(
            f"{MACHINE}::test_a_branch_that_is_done_twice_counts_once",
            f"{DECISIONS}::test_each_branchs_data_survives_the_join_whatever_the_order",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "N_OF_M reached: the rest is CANCELLED in the same transaction, their tasks vanish from inboxes, a late answer gets 409 and is logged",
        hub=(
            f"{MACHINE}::test_two_parallel_reviews_then_two_of_three_approvals",
            f"{DECISIONS}::test_an_answer_that_comes_too_late_is_refused_and_written_down",
            f"{ROUTES}::test_one_decision_about_many_tasks_has_a_result_for_each",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "ANY with all rejected, N_OF_M no longer reachable: decided at once, not at time-out",
        hub=(
            f"{MACHINE}::test_a_join_is_decided_as_soon_as_its_rule_allows",
            f"{MACHINE}::test_a_vote_that_nobody_can_give_fails_at_once",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A fork inside a fork, a branch that ends without the join, an XOR join inside a branch, a loop back over a join: publish refuses what isn't balanced, and what is accepted terminates in a generated test of 10,000 random graphs",
        hub=(
            f"{CHECKS}::test_a_fault_is_named_with_its_step",
            f"{CHECKS}::test_a_branch_that_two_forks_share_is_not_balanced",
            f"{CHECKS}::test_a_step_may_not_lead_past_a_fork_to_its_join",
            f"{CHECKS}::test_a_branch_may_not_lead_to_the_join_of_the_fork_around_it",
            f"{CHECKS}::test_two_forks_may_not_share_a_join",
            f"{ROUTES}::test_a_draft_with_faults_is_stored_and_published_once_it_has_none",
            f"{MACHINE}::test_every_random_graph_ends_and_each_join_fires_once",
            f"{KILLED}::test_random_workflows_survive_two_workers_and_kills",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "A new version published while instances wait: old ones finish on theirs; nothing wedges",
        hub=(
            f"{ROUTES}::test_who_waits_finishes_by_the_version_that_they_began_with",
            f"{WORKFLOWS}triggers/test_triggers.py::test_a_version_that_cannot_be_read_keeps_no_other_from_starting",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Same person in two branches: by the rule chosen, one vote or two, never by accident; a delegate's vote names both",
        hub=(
            f"{DECISIONS}::test_each_person_has_one_vote_where_a_join_counts_persons_and_else_one_a_branch",
            f"{DECISIONS}::test_a_fork_in_a_branch_gives_nobody_a_second_vote",
            f"{DECISIONS}::test_a_delegates_vote_is_that_of_whoever_is_away",
            f"{DELEGATIONS}::test_a_delegate_decides_while_somebody_is_away_and_nobody_in_their_place",
        ),
        without=HUB_ALONE,
    ),
)

DEADLINES = (
    Sentence(
        "Elapsed time is counted in UTC: over the October change 25 h passed",
        hub=(
            f"{TIME}::test_elapsed_time_is_counted_in_utc",
            f"{TIME}::test_each_minute_counts_as_the_oracle_says",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Business-hour clock: start outside hours counts from the next opening, days and hours don't mix, a pause survives a change of SLA, calendar zone is the event's, not the server's",
        hub=(
            f"{TIME}::test_a_start_outside_hours_counts_from_the_next_opening",
            f"{TIME}::test_days_and_hours_do_not_mix",
            f"{TIME}::test_each_minute_counts_as_the_oracle_says",
            f"{CLOCKS}::test_a_pause_moves_the_due_time_and_survives_another_target",
            f"{CLOCKS}::test_hours_are_those_of_the_events_zone_unless_a_calendar_has_its_own",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Warning and breach fire once each per clock, across restarts, two workers and a reopened task; fire without anybody logging in; if the hub slept over both, breach is told and the warning is marked missed",
        hub=(
            f"{SWEEP}::test_a_clock_warns_once_and_breaches_once_without_anybody_signed_in",
            f"{SWEEP}::test_workers_side_by_side_tell_each_warning_and_each_breach_once",
            f"{SWEEP}::test_a_clock_that_was_slept_over_tells_the_breach_and_marks_the_warning_as_missed",
            f"{SWEEP}::test_a_time_out_is_carried_out_once_and_again_after_a_failure",
            f"{CLOCKS}::test_a_late_step_that_is_open_again_breaches_no_second_time",
            f"{CLOCKS}::test_a_step_that_is_open_again_goes_on_as_its_clock_says",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Done one millisecond before the due time is met; reopening resumes, restarts or ignores by a setting that is written on the clock",
        hub=(
            f"{CLOCKS}::test_done_one_millisecond_before_the_due_time_is_met",
            f"{CLOCKS}::test_done_at_the_due_time_is_late_and_the_breach_is_told_though_nobody_swept",
            f"{CLOCKS}::test_a_step_that_is_open_again_goes_on_as_its_clock_says",
        ),
        without=HUB_ALONE,
    ),
)

MODEL = (
    Sentence(
        "SLA clock as rows (started, paused, resumed, met, warned, breached, with calendar version), due time stored and indexed in UTC",
        hub=(
            f"{STATUSES}::test_statuses_and_choices_are_those_of_the_specification",
            f"{CLOCKS}::test_a_clock_keeps_the_hours_that_it_started_with_unless_it_gets_others",
            f"{WORKFLOWS}clocks/test_records.py::test_what_clocks_do_stands_in_the_history",
            f"{SWEEP}::test_what_is_due_is_looked_up_in_the_index_on_its_time",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Policy for reopening and for changed targets on the clock",
        hub=(
            f"{CLOCKS}::test_a_step_that_is_open_again_goes_on_as_its_clock_says",
            f"{CLOCKS}::test_a_clock_keeps_the_hours_that_it_started_with_unless_it_gets_others",
            f"{CLOCKS}::test_a_pause_moves_the_due_time_and_survives_another_target",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Delegation rows with dates",
        hub=(
            f"{DELEGATIONS}::test_a_delegate_decides_while_somebody_is_away_and_nobody_in_their_place",
            f"{DELEGATIONS}::test_a_delegation_that_says_nothing_is_refused",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Voters distinct by person or by branch",
        hub=(
            f"{DECISIONS}::test_each_person_has_one_vote_where_a_join_counts_persons_and_else_one_a_branch",
            f"{DECISIONS}::test_a_fork_in_a_branch_gives_nobody_a_second_vote",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Decision can be taken back within a minute while the next step hasn't begun",
        hub=(
            f"{DECISIONS}::test_a_decision_takes_effect_after_its_time_to_take_back",
            f"{CLOCKS}::test_a_decision_that_was_taken_back_lets_the_clock_run_on",
        ),
        without=HUB_ALONE,
    ),
    Sentence(
        "Join row locked before branches are counted",
        hub=(
            f"{DECISIONS}::test_the_last_two_branches_that_end_at_once_fire_their_join_once",
            f"{STATUSES}::test_each_status_follows_only_those_that_the_specification_lets_it_follow",
        ),
        without=HUB_ALONE,
    ),
)

WORKFLOWS_PAGE = (*JOINS, *DEADLINES, *MODEL)
