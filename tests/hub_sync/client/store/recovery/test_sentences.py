"""The sentences about recoveries say what is true, and nothing else."""

import pytest

from hub_sync.client.store.recovery.sentences import RecoveryCause, RecoveryFacts, format_ranges


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([3], "3"), ([9, 7, 8, 3, 8], "3, 7-9"), ([1, 2, 4, 5], "1-2, 4-5")]
)
def test_numbers_are_named_as_ranges(numbers: list[int], text: str) -> None:
    assert format_ranges(numbers) == text


def test_a_whole_recovery_says_that_nothing_was_lost_and_a_gap_names_its_numbers() -> None:
    whole = RecoveryFacts(RecoveryCause.DAMAGED, 38).sentence
    assert "38 scans were read back. Nothing was lost." in whole
    gap = RecoveryFacts(RecoveryCause.DAMAGED, 36, "17-18").sentence
    assert "17-18" in gap
    assert "Nothing was lost" not in gap
    doubtful = RecoveryFacts(RecoveryCause.DAMAGED, 36, doubtful_after=36).sentence
    assert "after number 36 may be missing" in doubtful
    assert "Nothing was lost" not in doubtful


@pytest.mark.parametrize("cause", RecoveryCause)
def test_only_a_file_that_was_put_aside_is_said_to_be_put_aside(cause: RecoveryCause) -> None:
    sentence = RecoveryFacts(cause, None if cause is RecoveryCause.MISSING else 1).sentence
    is_aside = cause in (RecoveryCause.DAMAGED, RecoveryCause.ROWS_MISSING)
    assert ("put aside" in sentence) is is_aside
    assert ("read back" in sentence) is (is_aside)
    assert ("enrolled again" in sentence) is (cause is RecoveryCause.MISSING)
