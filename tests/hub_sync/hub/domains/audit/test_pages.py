"""The pages of the audit log."""

import re
from html import unescape
from itertools import pairwise

import pytest
from fastapi import FastAPI

from hub_sync.hub.domains.events import service as events
from hub_sync.hub.kit.http.context import HubContext
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import signed_in_as

LOG = "/settings/audit?limit=1&filter[entity]=event"


def link(html: str, rel: str) -> str:
    links = re.search(rf'href="([^"]+)" rel="{rel}"', html)
    return unescape(links[1]) if links else ""


def entry(html: str) -> str:
    entries = re.findall(r'href="/settings/audit/([\w-]{36})"', html)
    assert len(entries) == 1
    return str(entries[0])


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_every_page_of_the_log_leads_back(app: FastAPI, hub: HubContext, seeded: Seeded) -> None:
    for name in ("Fair 2", "Fair 3", "Fair 4"):
        with hub.uow.begin() as work:
            events.update(work, seeded.tenant_id, seeded.event_id, events.EventChanges(name=name))
    reader = signed_in_as(app, seeded.tenant_id, name="Reader")
    pages = [reader.read(LOG)]
    while link(pages[-1], "next"):
        pages.append(reader.read(link(pages[-1], "next")))
    assert len({entry(page) for page in pages}) == 4
    assert link(pages[0], "prev") == ""
    for earlier, page in pairwise(pages):
        assert entry(reader.read(link(page, "prev"))) == entry(earlier)
