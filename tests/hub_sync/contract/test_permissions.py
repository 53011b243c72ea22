import pytest

from hub_sync.contract.permissions import REPORT_PERMISSIONS, ROLE_PERMISSIONS, Role, grants


@pytest.mark.parametrize(
    ("granted", "wanted", "covered"),
    [
        ("*", "events:read", True),
        ("events:*", "events:create", True),
        ("events:*", "participants:read", False),
        ("events:read", "events:read", True),
        ("events:read", "events:create", False),
        ("events:*", "events", False),
        ("event:*", "events:read", False),
        ("", "events:read", False),
    ],
)
def test_permission_covers(granted: str, wanted: str, covered: bool) -> None:
    assert grants(granted, wanted) is covered


def test_admin_holds_every_permission_and_operator_scans() -> None:
    assert set(REPORT_PERMISSIONS) <= set(ROLE_PERMISSIONS[Role.ADMIN])
    assert ROLE_PERMISSIONS[Role.OPERATOR] == ("check-in:scan",)
