"""Tests of the registry: what all domains together declare is what the report and the specification name."""

from hub_sync.hub.domains import DOMAINS, registry
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.test_migrations import REPORT_PERMISSIONS

REPORT_FLAGS = (
    "FF_REST_API",
    "FF_WEBHOOKS",
    "FF_BULK_OPERATIONS",
    "FF_EVENT_CLONE",
    "FF_WAITLIST",
    "FF_COMMUNICATION_HUB",
    "FF_KIOSK_MODE",
)
LATER_FLAGS = ("FF_REGISTRATION_PAGE",)
EVENT_TYPES = (
    "participant.registered",
    "participant.updated",
    "participant.merged",
    "participant.merge_undone",
    "participant.approved",
    "participant.rejected",
    "participant.bypassed",
    "participant.status_changed",
    "sla.warning",
    "sla.breached",
    "workflow.completed",
    "scan.accepted",
    "scan.rejected",
    "scan.passage",
    "conflict.opened",
    "conflict.resolved",
    "conflict.reopened",
    "bulk_operation.completed",
    "device.enrolled",
    "device.alarm",
    "device.clone_suspected",
    "device.command_finished",
    "queue.called",
    "message.bounced",
    "message.delivered",
    "message.suppressed",
    "waitlist.offered",
    "waitlist.accepted",
    "event.cloned",
    "series.edition_added",
    "series.edition_removed",
    "series.changed",
)


def test_every_domain_has_a_manifest_of_its_own_name() -> None:
    assert [manifest.name for manifest in registry().manifests] == list(DOMAINS)


def test_flags_and_permissions_have_the_names_of_the_report_and_amendments() -> None:
    assert set(registry().flags) == {*REPORT_FLAGS, *LATER_FLAGS}
    assert set(REPORT_PERMISSIONS) <= set(registry().permissions)


def test_the_catalogue_of_event_types_is_the_one_of_report_and_amendments() -> None:
    assert set(registry().event_types) == set(EVENT_TYPES)
    assert all(event_type.partition(".")[0] in registry().webhook_groups for event_type in EVENT_TYPES)


def test_no_name_is_declared_twice() -> None:
    manifests = registry().manifests
    for names in (
        [
            permission
            for manifest in manifests
            for group in manifest.permissions
            for permission in group.permissions
        ],
        [group.name for group in registry().permission_groups],
        [flag for manifest in manifests for flag in manifest.flags],
        [tag.name for tag in registry().openapi_tags],
        [entity.name for manifest in manifests for entity in manifest.entities],
        [(action.entity.name, action.name) for manifest in manifests for action in manifest.audit_actions],
        [event.__name__ for manifest in manifests for event in manifest.domain_events],
        [name for manifest in manifests for name, _ in manifest.webhook_groups],
    ):
        assert len(names) == len(set(names)), names


def test_an_administrator_has_every_permission_an_operator_scans_and_serves_and_a_viewer_reads() -> None:
    roles = registry().role_permissions
    assert roles[Role.ADMIN] == registry().permissions
    assert roles[Role.OPERATOR] == ("check-in:scan", "queues:read", "queues:serve", "workflows:decide")
    assert set(roles[Role.VIEWER]) == {
        "events:read",
        "participants:read",
        "workflows:read",
        "series:read",
        "checkpoints:read",
        "access-logs:read",
        "occupancy:read",
        "devices:read",
        "queues:read",
    }


def test_a_wildcard_is_covered_by_all_that_it_stands_for() -> None:
    assert registry().covers(frozenset({"webhooks:manage"}), "webhooks:*")
    assert not registry().covers(frozenset({"events:read"}), "events:*")
    assert not registry().covers(frozenset({"events:read"}), "nonsense:*")
    assert registry().covers(frozenset({"*"}), "nonsense:*")


def test_a_permission_is_known_by_name_or_as_a_wildcard_over_some() -> None:
    assert all(registry().is_permission(text) for text in ("events:read", "events:*", "*"))
    assert not any(registry().is_permission(text) for text in ("events:fly", "nonsense:*", "", "events"))


def test_navigation_and_needs_name_declared_permissions() -> None:
    for entry in registry().navigation:
        assert set(entry.any_of) <= set(registry().permissions), entry
