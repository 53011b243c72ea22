"""The registration page of an event that has a waitlist, with a mail server in a process of its own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response

from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.messages.listeners import LISTENERS
from hub_sync.hub.domains.participants import service as participants
from hub_sync.hub.domains.registration import service
from hub_sync.hub.domains.registration.manifest import FF_REGISTRATION_PAGE
from hub_sync.hub.kit.events.listeners import ListenerJob
from tests.hub_sync.hub.console.browser_client import Browser
from tests.hub_sync.hub.domains.messages.sending.conftest import Outbox, outbox, sink
from tests.hub_sync.hub.domains.waitlist.conftest import Waitlist, admin, waitlist
from tests.support.smtp_sink import RunningSink

__all__ = ["admin", "outbox", "sink", "waitlist"]


@dataclass
class RegistrationPage:
    """Acts of tests upon the registration page of the seeded event."""

    app: FastAPI
    waitlist: Waitlist
    sink: RunningSink
    deliver: Callable[[], None]

    @property
    def path(self) -> str:
        """The path of the public page."""
        return f"/register/{self.waitlist.key.event_id}"

    def configure(self, **changes: Any) -> None:
        """Change the settings."""
        self.waitlist.do(service.update_settings, service.RegistrationSettingsChanges.model_validate(changes))

    def send(self, visitor: Browser, email: str = "cleo@example.org", **fields: Any) -> Response:
        """Fill the form in and send it."""
        typed = {"first_name": "Cleo", "last_name": "K", "email": email, **fields}
        return visitor.send(self.path, self.path, typed)

    def mails(self, address: str) -> Sequence[str]:
        """Deliver what is due; return the texts of the mails that an address got."""
        self.deliver()
        parsed = [
            message_from_string(each["raw"], policy=default)
            for each in self.sink.messages()
            if each["to"] == address
        ]
        bodies = [mail.get_body(("plain",)) for mail in parsed if isinstance(mail, EmailMessage)]
        return [str(body.get_content()) for body in bodies if body is not None]

    def link(self, address: str) -> str:
        """Return the path of the person's page, of the newest mail."""
        match = re.search(r"/r/[\w-]+", self.mails(address)[-1])
        assert match is not None
        return match[0]

    def people(self, email: str) -> list[participants.Participant]:
        """Return the participants with an address."""
        with self.waitlist.hub.uow.read() as work:
            key = self.waitlist.key
            ids = participants.ids_with_email(work, *key, email)
            return [participants.get(work, *key, id_) for id_ in ids]


@pytest.fixture
def page(app: FastAPI, waitlist: Waitlist, outbox: Outbox, sink: RunningSink) -> RegistrationPage:
    """Return the page of an event with three seats, two of which are taken, switched on."""
    outbox.add_account(sink)
    with waitlist.hub.uow.begin() as work:
        feature_flags.switch(work, waitlist.key.tenant_id, FF_REGISTRATION_PAGE, enabled=True)
    job = ListenerJob(waitlist.hub.uow, waitlist.hub.notifier, LISTENERS)

    def deliver() -> None:
        job.run_until_idle()
        outbox.run()

    waitlist.capacity(3)
    page = RegistrationPage(app, waitlist, sink, deliver)
    page.configure(is_active=True, approves=True, consent_text="I agree.", marketing_text="Send me news.")
    return page
