"""The doctor's check of webhooks: it reports deliveries that no process takes up."""

from datetime import timedelta

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.doctor import LATE, check_webhooks
from hub_sync.hub.kit.domain.doctor import CheckContext
from hub_sync.hub.kit.security.encryption import SecretBox
from tests.hub_sync.hub.domains.webhooks.engine_runner import Working, working

__all__ = ["working"]

STRANGER = SecretBox(b"1" * 32)


def webhook_findings(working: Working, seal: SecretBox | None = None) -> list[tuple[str, str, str]]:
    with working.hub.uow.read() as work:
        context = CheckContext(work, seal or working.hub.secret_box, working.hub.settings)
        return [(finding.check, finding.status, finding.message) for finding in check_webhooks(context)]


def test_what_nobody_takes_up_is_found(working: Working) -> None:
    assert webhook_findings(working) == [], "there are no webhooks"
    working.subscribe("participant.approved")
    working.approve_some(3)
    assert [item[:2] for item in webhook_findings(working)] == [("webhooks", "ok")], (
        "they have only just happened"
    )
    working.clock.advance(LATE + timedelta(seconds=1))
    ((check, status, message),) = webhook_findings(working)
    assert (check, status) == ("webhooks", "warn")
    assert message.startswith("3 events have waited for more than 5 minutes")
    working.work_off()
    assert [entry[:2] for entry in webhook_findings(working)] == [("webhooks", "ok")]


def test_what_concerns_nobody_may_wait(working: Working) -> None:
    working.subscribe("scan.accepted")
    working.approve_some(1)
    working.clock.advance(timedelta(minutes=1))
    working.subscribe("participant.rejected")
    working.clock.advance(LATE + timedelta(minutes=1))
    assert [item[:2] for item in webhook_findings(working)] == [("webhooks", "ok")]


def test_secrets_that_do_not_open_are_found(working: Working) -> None:
    at = working.subscribe()
    ((check, status, message),) = webhook_findings(working, STRANGER)
    assert (check, status) == ("webhook secrets", "fail")
    assert "of 1 of 1 do not open" in message
    with working.hub.uow.begin() as work:
        service.get(work, working.seeded.tenant_id, at).status = WebhookStatus.DISABLED
    assert webhook_findings(working, STRANGER) == [], "nothing is sent there anyhow"
