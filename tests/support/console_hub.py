"""The hub under the console for browser tests: accounts, keys and webhooks, and signing in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from hub_sync.hub.commands.common import open_hub, select_tenant
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.api_keys import service as api_keys
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.webhooks import service as webhooks
from hub_sync.hub.domains.webhooks.delivery import pings
from hub_sync.hub.domains.webhooks.failures import Failure, FailureCode
from hub_sync.hub.domains.webhooks.manifest import FF_WEBHOOKS
from hub_sync.hub.domains.webhooks.network.sender import AttemptOutcome, WebhookRequest
from hub_sync.hub.domains.webhooks.subscriptions import event_types
from hub_sync.hub.domains.webhooks.subscriptions.event_types import TEST_PING
from hub_sync.hub.kit.security.credential_bounds import UNBOUNDED
from hub_sync.hub.kit.security.permissions import Role
from tests.support.chromium import WatchedBrowser

Arrive = Callable[..., WatchedBrowser]
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class ConsoleHub:
    """The hub under the console."""

    url: str
    data: Path
    event: str
    """Path of the demo event's pages."""
    checkpoints: dict[str, str]
    people: list[dict[str, str]]

    def user(self, email: str, role: Role = Role.ADMIN) -> str:
        """Create an account with the common password, and return its address."""
        with open_hub(self.data, "") as hub, hub.uow.begin() as work:
            tenant = select_tenant(work, None)
            accounts.create_user(
                work, tenant.id, email, PASSWORD, name=email.partition("@")[0].title(), role=role
            )
        return email

    def invitation(self, email: str) -> str:
        """Invite an administrator, and return the path of the link."""
        with open_hub(self.data, "") as hub, hub.uow.begin() as work:
            new = accounts.NewUser(email=email, role=Role.ADMIN)
            return accounts.invite(work, select_tenant(work, None).id, new, UNBOUNDED)[1]

    def webhooks(self) -> str:
        """Switch webhooks on, and return the id of the tenant."""
        with open_hub(self.data, "") as hub, hub.uow.begin() as work:
            tenant = select_tenant(work, None)
            feature_flags.switch(work, tenant.id, FF_WEBHOOKS, enabled=True)
            return tenant.id

    def webhook(self, url: str, **columns: Any) -> str:
        """Create a webhook with a failed ping in its log, and return its id; `columns` are set on its row."""
        tenant_id = self.webhooks()
        with open_hub(self.data, "") as hub, hub.uow.begin() as work:
            new = webhooks.NewSubscription(url=url, event_types=["scan.accepted"])
            hook, _secret = webhooks.create(work, hub.secret_box, tenant_id, new, (), UNBOUNDED)
            failure = Failure(FailureCode.ERROR_STATUS, {"status": "500 Internal Server Error"})
            failed = AttemptOutcome(41, 500, "it is down", failure)
            message = event_types.example_message(tenant_id, work.new_id(), TEST_PING, work.now())
            request = WebhookRequest(hook.id, url, message.id, TEST_PING, message.body.encode(), ())
            pings.record(work, tenant_id, pings.PingResult(request, work.now(), failed))
            for name, value in columns.items():
                setattr(hook, name, value)
            return hook.id

    def key(self, *permissions: str) -> dict[str, str]:
        """Create an API key, and return the request header that carries it."""
        with open_hub(self.data, "") as hub, hub.uow.begin() as work:
            new = api_keys.NewApiKey(name="journeys", permissions=list(permissions))
            return {"X-API-Key": api_keys.create(work, select_tenant(work, None).id, new)[1]}


def sign_in(page: Page, email: str, then: str = "/") -> None:
    """Sign in through the form, on the way to a page."""
    page.goto(f"/sign-in?next={then}")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)  # the sign-in page's own address ends with `then`
