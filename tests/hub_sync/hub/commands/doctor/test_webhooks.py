"""The doctor's check of webhooks: it reports deliveries that no process takes up."""

from datetime import timedelta

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.domains.webhooks import service
from hub_sync.hub.domains.webhooks.doctor import LATE, check_webhooks
from hub_sync.hub.kit.domain.doctor import CheckContext
from hub_sync.hub.kit.security.encryption import SecretBox
from tests.hub_sync.hub.domains.webhooks.engine_runner import EngineRunner, engine_runner

__all__ = ["engine_runner"]

STRANGER = SecretBox(b"1" * 32)


def webhook_findings(
    engine_runner: EngineRunner, seal: SecretBox | None = None
) -> list[tuple[str, str, str]]:
    with engine_runner.hub.uow.read() as work:
        context = CheckContext(work, seal or engine_runner.hub.secret_box, engine_runner.hub.settings)
        return [(finding.check, finding.status, finding.message) for finding in check_webhooks(context)]


def test_what_nobody_takes_up_is_found(engine_runner: EngineRunner) -> None:
    assert webhook_findings(engine_runner) == [], "there are no webhooks"
    engine_runner.subscribe("participant.approved")
    engine_runner.approve_some(3)
    assert [item[:2] for item in webhook_findings(engine_runner)] == [("webhooks", "ok")], (
        "they have only just happened"
    )
    engine_runner.clock.advance(LATE + timedelta(seconds=1))
    ((check, status, message),) = webhook_findings(engine_runner)
    assert (check, status) == ("webhooks", "warn")
    assert message.startswith("3 events have waited for more than 5 minutes")
    engine_runner.work_off()
    assert [entry[:2] for entry in webhook_findings(engine_runner)] == [("webhooks", "ok")]


def test_what_concerns_nobody_may_wait(engine_runner: EngineRunner) -> None:
    engine_runner.subscribe("scan.accepted")
    engine_runner.approve_some(1)
    engine_runner.clock.advance(timedelta(minutes=1))
    engine_runner.subscribe("participant.rejected")
    engine_runner.clock.advance(LATE + timedelta(minutes=1))
    assert [item[:2] for item in webhook_findings(engine_runner)] == [("webhooks", "ok")]


def test_secrets_that_do_not_open_are_found(engine_runner: EngineRunner) -> None:
    at = engine_runner.subscribe()
    ((check, status, message),) = webhook_findings(engine_runner, STRANGER)
    assert (check, status) == ("webhook secrets", "fail")
    assert "of 1 of 1 do not open" in message
    with engine_runner.hub.uow.begin() as work:
        service.get(work, engine_runner.seeded.tenant_id, at).status = WebhookStatus.DISABLED
    assert webhook_findings(engine_runner, STRANGER) == [], "nothing is sent there anyhow"
