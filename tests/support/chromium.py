"""Debian's Chromium, and browser contexts that fail a test on console errors and on requests to other hosts."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The same browser, cheapest first: without its own windows a new tab costs 0.25 s of processor time, with them a whole second."""
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""For a container without a sandbox, and without background requests."""
PATIENCE_MS = 15_000
"""For a busy machine; tests of a time limit name their own."""
_REPORT_CSP_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI || "inline"} ${event.sourceFile}:${event.lineNumber}`));
"""


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Run the browser, with more arguments. Its event loop is this thread's, so each test module starts and ends its own."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    assert program is not None, "packaging/run test installs Chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=[*BROWSER_ARGUMENTS, "--no-first-run", *arguments]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class WatchedBrowser:
    """A browser context that records problems of its pages."""

    context: BrowserContext
    origin: str
    problems: list[str] = field(default_factory=list)
    requested_urls: list[str] = field(default_factory=list)
    ignored_statuses: set[int] = field(default_factory=set)
    """Response statuses that a script expects: Chromium writes each to its console."""
    ignores_network_errors: bool = False

    def page(self) -> Page:
        """Open a new tab."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._on_console_message)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("request", self._on_request)
        return page

    def check(self) -> None:
        """Fail if there was a problem until now."""
        assert not self.problems, "\n".join(self.problems)

    def _on_console_message(self, message: ConsoleMessage) -> None:
        refused = any(f"status of {status} " in message.text for status in self.ignored_statuses)
        if self.ignores_network_errors and "net::ERR_" in message.text:
            return
        if message.type in ("error", "warning") and not refused:
            self.problems.append(f"{message.location}: {message.text}")

    def _on_request(self, request: Request) -> None:
        self.requested_urls.append(request.url)
        if not request.url.startswith((self.origin + "/", "data:", f"blob:{self.origin}/")):
            self.problems.append(f"a request left the hub: {request.url}")


@contextmanager
def watched_browser(browser: Browser, origin: str, **options: Any) -> Iterator[WatchedBrowser]:
    """Open a fresh context, and check it at the end. `options` are those of Playwright's `new_context`."""
    defaults: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
    context = browser.new_context(base_url=origin, **(defaults | options))
    context.add_init_script(_REPORT_CSP_VIOLATIONS)
    watched = WatchedBrowser(context, origin)
    try:
        yield watched
    finally:
        context.close()
    watched.check()
