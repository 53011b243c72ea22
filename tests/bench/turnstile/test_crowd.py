from tests.bench.turnstile.crowd import EXIT, GATES, VisitKind, draw_crowd

PEOPLE = [f"p-{number}" for number in range(2_000)]


def test_everybody_comes_once_and_one_in_a_hundred_twice() -> None:
    crowd = draw_crowd(PEOPLE, seed=1)
    first = [visit.person for visit in crowd.visits if visit.kind in (VisitKind.ENTRY, VisitKind.WALK_AWAY)]
    assert sorted(first) == sorted(PEOPLE)
    assert len(crowd.second_tries) == 20
    assert len(crowd.cancelled) == 40
    assert len(crowd.of(EXIT)) == 400
    assert {visit.gate for visit in crowd.visits} == {*GATES, EXIT}


def test_half_of_the_cancelled_are_cancelled_while_the_doors_are_open_and_before_they_come() -> None:
    crowd = draw_crowd(PEOPLE, seed=1)
    comes = {visit.person: visit.at_s for visit in crowd.visits}
    during = {person: at_s for person, at_s in crowd.cancelled.items() if at_s}
    assert 10 <= len(during) <= 30
    assert all(at_s < comes[person] for person, at_s in during.items())


def test_a_seed_gives_the_same_hour_and_a_few_people_have_one_of_every_kind() -> None:
    assert draw_crowd(PEOPLE, seed=3) == draw_crowd(PEOPLE, seed=3) != draw_crowd(PEOPLE, seed=4)
    few = draw_crowd(PEOPLE[:30], seed=1)
    kinds = {visit.kind for visit in few.visits}
    assert kinds == {VisitKind.ENTRY, VisitKind.SECOND_TRY, VisitKind.WALK_AWAY, VisitKind.EXIT}
    assert few.cancelled
