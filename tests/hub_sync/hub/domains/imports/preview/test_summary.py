"""The problems of a preview, in groups."""

from hub_sync.hub.domains.imports.issues import LONGEST_TEXT, Cause, Issue
from hub_sync.hub.domains.imports.preview.summary import Summary


def test_a_text_that_is_cut_off_is_not_offered_for_replacement_since_it_would_find_no_row() -> None:
    summary = Summary()
    for line, text in enumerate(("x" * 199, "x" * (LONGEST_TEXT + 1), "y" * (LONGEST_TEXT + 1)), start=2):
        summary.add_issue(line, Issue(Cause.TOO_LONG, "first_name", text))
    (group,) = summary.to_dict()["groups"]
    assert (group["texts"], group["more_texts"]) == ([["x" * 199, 1]], 2)
    assert [line for line, *_ in group["examples"]] == [2, 3, 4], "each has a form of its own"
