from hardware.inputs import InputDebouncer, InputEdge, InputRole, parse_inputs

PASSAGE, FIRE = InputRole.PASSAGE, InputRole.FIRE


def test_an_edge_has_the_time_of_its_first_sample() -> None:
    inputs = InputDebouncer(parse_inputs("passage=1").assignments)
    assert inputs.take([False], 1.0) == ()
    assert inputs.take([True], 1.1) == ()
    assert not inputs.is_settled
    assert inputs.take([True], 1.14) == (InputEdge(PASSAGE, True, 1.1),)
    assert inputs.active == (PASSAGE,)
    assert inputs.take([False], 1.2) == ()
    assert inputs.take([False], 1.3) == (InputEdge(PASSAGE, False, 1.2),)
    assert inputs.is_settled


def test_a_contact_that_bounces_is_one_edge() -> None:
    inputs = InputDebouncer(parse_inputs("passage=1").assignments)
    inputs.take([False], 0.0)
    edges = [edge for n in range(40) for edge in inputs.take([n % 2 == 0 or n > 20], 1 + n / 100)]
    assert [(edge.is_active, edge.is_first) for edge in edges] == [(True, False)]


def test_what_is_active_at_the_start_is_told_as_such() -> None:
    inputs = InputDebouncer(parse_inputs("passage=1,fire=2:open").assignments)
    assert inputs.take([True, True], 1.0) == (InputEdge(PASSAGE, True, 1.0, is_first=True),)
    inputs.reset()
    assert inputs.active == ()
    assert inputs.take([False, False], 2.0) == (InputEdge(FIRE, True, 2.0, is_first=True),)


def test_without_a_time_the_first_sample_counts() -> None:
    inputs = InputDebouncer(parse_inputs("passage=1:closed:0").assignments)
    inputs.take([False], 0.0)
    assert inputs.take([True], 0.1) == (InputEdge(PASSAGE, True, 0.1),)
