from hub_sync.contract.errors import Problem


def test_a_problem_of_a_newer_hub_keeps_its_unknown_members() -> None:
    text = (
        '{"title": "No", "status": 409, "error": {"code": "JournalGap", "message": "No."}, "hint": "later"}'
    )
    problem = Problem.model_validate_json(text)
    assert (problem.error.code, problem.type, problem.model_extra) == (
        "JournalGap",
        "about:blank",
        {"hint": "later"},
    )
