import pytest

from tests.support.printers.paper_out import length_of_job, pull_paper_at


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("restarts", [False, True])
def test_paper_that_ends_at_any_byte_of_a_slip_costs_no_slip(restarts: bool) -> None:
    for byte in range(length_of_job() + 1):
        pull_paper_at(byte, restarts=restarts)
