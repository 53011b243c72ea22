"""Webhooks that send nothing any more, for whoever looks after them."""

from collections.abc import Sequence

from hub_sync.contract.enums import WebhookStatus
from hub_sync.hub.console import N_, _
from hub_sync.hub.domains.overview.fleet import Alert
from hub_sync.hub.domains.webhooks import service as webhooks
from hub_sync.hub.kit.db.unit_of_work import Work

_SENTENCES = {
    WebhookStatus.SUSPENDED: N_("Its endpoint failed repeatedly. Events are queued until it is resumed."),
    WebhookStatus.DISABLED: N_("Its endpoint no longer exists. Events are not queued for it."),
}


def stopped(work: Work, tenant_id: str) -> Sequence[Alert]:
    """Those that the hub itself has stopped."""
    row = webhooks.WebhookSubscription
    query = (
        webhooks.subscriptions_of(work, tenant_id).where(row.status.in_(_SENTENCES)).order_by(row.created_at)
    )
    return [
        Alert(
            _("Webhook stopped: %(name)s") % {"name": one.description or one.url},
            _(_SENTENCES[one.status]),
            "bad",
            href=f"/settings/webhooks/{one.id}",
        )
        for one in work.session.scalars(query)
    ]
