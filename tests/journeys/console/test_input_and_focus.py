"""Nothing typed is lost in the browser, and the focus stays where somebody works."""

import re

from playwright.sync_api import Page, expect

from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from tests.support.console_hub import PASSWORD, Arrive, ConsoleHub, sign_in

_FOCUSED_TEXT = "document.activeElement.innerText?.trim()"
_LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


def open_registration(page: Page, console: ConsoleHub) -> None:
    page.goto(f"{console.event}/participants")
    page.get_by_role("link", name="Register participant").first.click()
    expect(page.get_by_role("dialog", name="Register participant").get_by_label("First name")).to_be_focused()


def test_a_dialogs_input_survives_an_ended_session(console: ConsoleHub, arrive: Arrive) -> None:
    watched = arrive()
    page, email = watched.page(), console.user("ended@example.org")
    sign_in(page, email, f"{console.event}/participants")
    open_registration(page, console)
    page.get_by_label("First name").fill("Hedwig")
    watched.context.clear_cookies(name=SESSION_COOKIE)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/sign-in?next=*")
    expect(page.get_by_text("what you typed is filled in again for you")).to_be_visible()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("First name")).to_have_value("Hedwig")
    page.get_by_role("button", name="Register").dblclick()
    expect(page.get_by_text("Hedwig is registered.")).to_be_visible()
    page.goto(f"{console.event}/participants?q=Hedwig")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_hub_that_is_away_leaves_the_input_on_the_page(console: ConsoleHub, arrive: Arrive) -> None:
    watched = arrive()
    watched.ignores_network_errors = True
    page = watched.page()
    sign_in(page, console.user("away@example.org"), f"{console.event}/participants")
    open_registration(page, console)
    page.get_by_label("First name").fill("Irma")
    watched.context.set_offline(True)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("alert").filter(has_text="What you typed is still here")).to_be_focused()
    watched.context.set_offline(False)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Irma is registered.")).to_be_visible()

    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Last name").fill("Jansen")
    watched.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("What you typed is still here. Try again.")).to_be_visible()
    expect(page.get_by_label("Last name")).to_have_value("Jansen")
    watched.context.set_offline(False)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Irma Jansen")).to_be_visible()


def test_a_half_filled_dialog_asks_before_it_goes(console: ConsoleHub, arrive: Arrive) -> None:
    page = arrive().page()
    sign_in(page, console.user("escape@example.org"), f"{console.event}/participants")
    open_registration(page, console)
    dialog = page.get_by_role("dialog", name="Register participant")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    for leave in ("Escape", "backdrop", "Cancel"):
        open_registration(page, console)
        dialog.get_by_label("First name").fill("Karla")
        if leave == "Escape":
            page.keyboard.press("Escape")
        elif leave == "backdrop":
            page.mouse.click(5, 5)
        else:
            dialog.get_by_role("link", name="Cancel").click()
        question = page.get_by_role("alertdialog", name="Give up what you typed here?")
        expect(question.get_by_role("button", name="Go on editing")).to_be_focused()
        page.keyboard.press("Escape")
        expect(question).to_be_hidden()
        expect(dialog.get_by_label("First name")).to_have_value("Karla")
        expect(dialog.get_by_label("First name")).to_be_focused()
        page.keyboard.press("Escape")
        question.get_by_role("button", name="Give it up").click()
        expect(dialog).to_have_count(0)


def test_a_dialog_focuses_a_field_or_its_heading_and_never_what_does_harm(
    console: ConsoleHub, arrive: Arrive
) -> None:
    watched = arrive()
    watched.ignored_statuses.add(422)
    page = watched.page()
    console.key("events:read")
    sign_in(page, console.user("focus@example.org"), "/settings/api-keys")
    page.get_by_role("link", name="journeys", exact=True).first.click()
    page.get_by_role("link", name="Rotate").click()
    chosen = page.get_by_role("dialog").get_by_role("radio", checked=True)
    expect(chosen).to_be_focused()
    assert chosen.get_attribute("value") == "86400"
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Revoke").click()
    expect(page.get_by_role("heading", name=re.compile("Revoke"))).to_be_focused()
    page.keyboard.press("Escape")
    page.goto("/settings/api-keys")
    page.get_by_role("link", name="New key").first.click()
    dialog = page.get_by_role("dialog", name="New API key")
    dialog.get_by_label("Name").fill("Badges")
    dialog.get_by_label("Allowed addresses").fill("nowhere")
    dialog.get_by_role("checkbox", name=re.compile("events:read")).check()
    dialog.get_by_role("button", name="Create key").click()
    expect(dialog.get_by_label("Allowed addresses")).to_be_focused()


def test_figures_that_are_fetched_anew_keep_focus_selection_and_open_menus(
    console: ConsoleHub, arrive: Arrive
) -> None:
    page = arrive(viewport={"width": 700, "height": 600}).page()
    sign_in(page, console.user("live@example.org"), console.event)
    page.evaluate("""() => {
      document.querySelector(".chart-table").open = true;
      window.region = document.querySelector(".chart-rows");
      window.region.focus();
      window.region.scrollTop = 20;
      getSelection().selectAllChildren(document.querySelector("#zones .zone-name"));
      for (const part of document.querySelectorAll("[data-live]")) {
        for (const text of part.querySelectorAll(".stat-value, .zone-word")) text.textContent = "stale";
        part.prepend(Object.assign(document.createElement("p"), { textContent: "stale" }));
      }
    }""")
    selected, scrolled = page.evaluate("[getSelection().toString(), window.region.scrollTop]")
    assert selected
    page.evaluate(_LOOK_AGAIN)
    expect(page.get_by_text("stale")).to_have_count(0)
    assert page.evaluate("document.activeElement === window.region && window.region.isConnected")
    assert page.evaluate("[getSelection().toString(), window.region.scrollTop]") == [selected, scrolled]
    assert page.evaluate("document.querySelector('.chart-table').open")


def test_a_choice_by_keyboard_applies_with_enter(console: ConsoleHub, arrive: Arrive) -> None:
    page = arrive().page()
    sign_in(page, console.user("arrows@example.org"), "/events")
    status = page.get_by_label("Status")
    status.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(status).not_to_have_value("")
    expect(status).to_be_focused()
    assert page.url.endswith("/events")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("filter%5Bstatus%5D=PUBLISHED"))


_OVERPRINTED = """() => {
  for (const item of document.querySelectorAll("tbody *")) {
    if (getComputedStyle(item).overflowX === "hidden") item.textContent = ""; // cut off with an ellipsis
  }
  const boxes = (row) => [...row.children].map((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect();
  }).filter((box) => box.width > 1 && box.height > 1);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  return [...document.querySelectorAll("tbody tr")].some((row) => {
    const all = boxes(row);
    return all.some((one, at) => all.slice(at + 1).some((other) => meet(one, other)));
  });
}"""
_WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > innerWidth"


def test_long_texts_break_no_row_and_overprint_nothing(console: ConsoleHub, arrive: Arrive) -> None:
    watched = arrive(viewport={"width": 390, "height": 844})
    page = watched.page()
    long = f"{'very-long-name.' * 5}@{'department.' * 8}example.org"
    sign_in(page, console.user(long), f"{console.event}/participants/new")
    page.get_by_label("Last name").fill(
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter"
    )
    page.get_by_label("E-mail").fill(long)
    page.get_by_label("Registration code").fill("A1" + "B2" * 30)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("is registered.")).to_be_visible()
    page.goto(f"{console.event}/edit")
    page.get_by_label("Name", exact=True).fill(
        "Internationaler Kongress für Donaudampfschifffahrtselektrizität"
    )
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The changes are saved.")).to_be_visible()
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        for path in (f"{console.event}/participants", "/settings/audit", "/settings/users", "/events"):
            page.goto(path)
            assert not page.evaluate(_WIDER_THAN_THE_SCREEN), (path, width)
            assert not page.evaluate(_OVERPRINTED), (path, width)
        if width == 390:
            page.locator("#nav-switch").check(force=True)
        page.locator(".switcher summary").click()
        expect(page.get_by_role("link", name="All events")).to_be_visible()
        assert not page.evaluate(_WIDER_THAN_THE_SCREEN), width
