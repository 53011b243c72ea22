"""Tests of permissions: what a permission covers, and what a declaration refuses."""

import pytest

from hub_sync.hub.kit.security.permissions import Permission, PermissionGroup, Role, grants


@pytest.mark.parametrize(
    ("permission", "wanted", "granted"),
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
def test_a_permission_grants_what_it_names_or_its_wildcard_covers(
    permission: str, wanted: str, granted: bool
) -> None:
    assert grants(permission, wanted) is granted


def test_a_permission_is_a_string_with_a_label_and_roles() -> None:
    permission = Permission("events:read", "View", (Role.VIEWER,))
    assert permission == "events:read"
    assert (permission.group, permission.label) == ("events", "View")
    assert permission.roles == {Role.ADMIN, Role.VIEWER}


def test_a_group_refuses_a_permission_that_begins_otherwise() -> None:
    with pytest.raises(ValueError, match="events:read does not belong to the group participants"):
        PermissionGroup("participants", "Participants", (Permission("events:read", "View"),))
