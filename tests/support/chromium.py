"""Debian's Chromium on the console, and a watch on what goes wrong in it without anybody being told."""

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

QUIETLY = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
"""It runs in a container, and calls nobody at home."""
PATIENCE_MS = 15_000
"""Of a machine that does much else; who is told a bound says it."""
_TELLS_OF_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (one) =>
  console.error(`CSP: ${one.violatedDirective} ${one.blockedURI || "inline"} ${one.sourceFile}:${one.lineNumber}`));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. Its loop is this thread's while it runs, so that a module starts its own and ends it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program is not None, "packaging/run test installs Chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIETLY, "--no-first-run"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class WatchedBrowser:
    """Somebody's browser: one context, whose pages must do nothing wrong."""

    context: BrowserContext
    origin: str
    problems: list[str] = field(default_factory=list)
    requested_urls: list[str] = field(default_factory=list)
    ignored_statuses: set[int] = field(default_factory=set)
    """Statuses that the script may be answered with: Chromium writes each in its console."""
    ignores_network_errors: bool = False

    def page(self) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("request", self._see)
        return page

    def check(self) -> None:
        """Nothing went wrong until now."""
        assert not self.problems, "\n".join(self.problems)

    def _hear(self, message: ConsoleMessage) -> None:
        refused = any(f"status of {status} " in message.text for status in self.ignored_statuses)
        if self.ignores_network_errors and "net::ERR_" in message.text:
            return
        if message.type in ("error", "warning") and not refused:
            self.problems.append(f"{message.location}: {message.text}")

    def _see(self, request: Request) -> None:
        self.requested_urls.append(request.url)
        if not request.url.startswith((self.origin + "/", "data:", f"blob:{self.origin}/")):
            self.problems.append(f"a request left the hub: {request.url}")


@contextmanager
def watched_browser(browser: Browser, origin: str, **how: Any) -> Iterator[WatchedBrowser]:
    """A fresh context, checked when it ends. `how` as Playwright's `new_context` takes it."""
    chosen: dict[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
    context = browser.new_context(base_url=origin, **(chosen | how))
    context.add_init_script(_TELLS_OF_VIOLATIONS)
    somebody = WatchedBrowser(context, origin)
    try:
        yield somebody
    finally:
        context.close()
    somebody.check()
