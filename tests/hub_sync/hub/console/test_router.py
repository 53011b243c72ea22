"""The console's door: sign-in, permissions, flags, forged forms, and what failures look like."""

from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub_sync.hub.console import FormInvalid, PageCall, PageRouter
from hub_sync.hub.domains.accounts import service as accounts
from hub_sync.hub.domains.feature_flags import service as feature_flags
from hub_sync.hub.domains.waitlist.manifest import FF_WAITLIST
from hub_sync.hub.kit.errors import Conflict, NotFound
from hub_sync.hub.kit.http.context import HubContext
from hub_sync.hub.kit.security.client_address import SESSION_COOKIE
from hub_sync.hub.kit.security.permissions import Role
from tests.hub_sync.hub.conftest import Seeded
from tests.hub_sync.hub.console.browser_client import HERE, Browser, forms_in, heading_of, signed_in_as

router = PageRouter()


class NameTaken(Conflict):
    """For the test."""

    template = "That name is taken."


class Sent(BaseModel):
    """The test's form."""

    name: str = Field(min_length=2, max_length=10)
    age: int | None = Field(default=None, ge=0)
    ticked: bool = True
    some: list[str] = Field(default_factory=list)


@router.get("/t/page", permissions="events:read")
def page_of_test(page: PageCall, size: Annotated[int, Query(ge=1)] = 1) -> Response:
    return page.render("console/error.html", title=f"Hello {page.caller.name} {size}", message="well")


@router.get("/t/mine", permissions=())
def page_for_anybody(page: PageCall) -> Response:
    return page.render("console/error.html", title="Mine", message="well")


@router.get("/t/off", permissions="events:read", flag=FF_WAITLIST)
def page_switched_off(page: PageCall) -> Response:
    return page.render("console/error.html", title="Waitlist", message="well")


@router.get("/t/open", public=True)
def page_of_strangers(page: PageCall) -> Response:
    return page.render("console/error.html", title="Open", message="yes" if page.signed_in else "no")


@router.get("/t/bug", permissions=())
def page_with_a_bug(page: PageCall) -> Response:
    raise ZeroDivisionError("secret detail")


@router.get("/t/{thing}/form", permissions="events:update")
def form_of_test(page: PageCall, thing: str) -> Response:
    values = {
        "name": page.errors.get("name", ""),
        "age": page.errors.get("age", ""),
        "was": page.value("name"),
    }
    return page.render("console/error.html", title=f"Form {thing}", message=f"{values} {page.problem}")


@router.post(
    "/t/{thing}/form", permissions="events:update", on_error=form_of_test, beside={NameTaken: "name"}
)
def send_form_of_test(page: PageCall, thing: str) -> Response:
    sent = page.parse(Sent)
    if sent.name == "taken":
        raise NameTaken
    if sent.name == "gone":
        raise NotFound
    if sent.name == "own":
        raise FormInvalid({"age": "Too own."})
    with page.begin() as work:
        feature_flags.switch(work, page.tenant_id, FF_WAITLIST, enabled=True)
    return page.redirect("/t/mine", say=f"Sent {sent.name} {sent.age} {sent.ticked} {sent.some}.")


@pytest.fixture
def app_with_pages(app: FastAPI) -> FastAPI:
    """The hub with the test's pages."""
    app.include_router(router)
    return app


def test_a_stranger_is_sent_to_sign_in_and_comes_back(app_with_pages: FastAPI, seeded: Seeded) -> None:
    answer = Browser(app_with_pages).get("/t/page?size=3")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Ft%2Fpage%3Fsize%3D3"


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.ADMIN, "/t/page", 200),
        (Role.VIEWER, "/t/page", 200),
        (Role.OPERATOR, "/t/page", 403),
        (Role.OPERATOR, "/t/mine", 200),
        (Role.ADMIN, "/t/off", 404),
        (Role.VIEWER, "/t/x/form", 403),
        (Role.ADMIN, "/t/page?size=0", 400),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_page_opens_for_those_who_may(
    app_with_pages: FastAPI, seeded: Seeded, role: Role, path: str, status: int
) -> None:
    answer = signed_in_as(app_with_pages, seeded.tenant_id, role).get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert heading_of(answer.text)


def test_every_page_says_what_it_may_load_and_is_kept_nowhere(
    app_with_pages: FastAPI, seeded: Seeded
) -> None:
    admin = signed_in_as(app_with_pages, seeded.tenant_id)
    for answer in (
        admin.get("/t/page"),
        admin.get("/t/off"),
        admin.get("/nowhere"),
        Browser(app_with_pages).get("/t/page"),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_a_form_says_once_on_the_next_page_that_it_worked(app_with_pages: FastAPI, seeded: Seeded) -> None:
    admin = signed_in_as(app_with_pages, seeded.tenant_id)
    sent = {"name": "Ada", "age": "", "some": ["a", "b"]}
    answer = admin.post("/t/x/form", sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/t/mine")
    message = "Sent Ada None False [&#39;a&#39;, &#39;b&#39;]."
    assert message in admin.read("/t/mine")
    assert message not in admin.read("/t/mine")


@pytest.mark.parametrize(
    ("fields", "status", "expected"),
    [
        ({"name": ""}, 422, "Fill this in."),
        ({"name": "A"}, 422, "At least 2 characters."),
        ({"name": "Ada", "age": "old"}, 422, "Give a whole number."),
        ({"name": "Ada", "age": "-1"}, 422, "At least 0."),
        ({"name": "taken"}, 409, "That name is taken."),
        ({"name": "own"}, 422, "Too own."),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_form_that_is_not_right_is_shown_again(
    app_with_pages: FastAPI, seeded: Seeded, fields: dict[str, str], status: int, expected: str
) -> None:
    answer = signed_in_as(app_with_pages, seeded.tenant_id).post("/t/x/form", fields)
    assert answer.status_code == status
    assert heading_of(answer.text) == "Form x"
    assert expected in answer.text
    assert f"&#39;was&#39;: &#39;{fields['name']}&#39;" in answer.text


def test_a_form_about_what_is_gone_is_an_error_page(app_with_pages: FastAPI, seeded: Seeded) -> None:
    answer = signed_in_as(app_with_pages, seeded.tenant_id).post("/t/x/form", {"name": "gone"})
    assert answer.status_code == 404
    assert heading_of(answer.text) == "There is nothing here"


@pytest.mark.parametrize(
    ("headers", "csrf", "status"),
    [
        (HERE, None, 403),
        (HERE, "0" * 64, 403),
        ({}, "", 403),
        ({"Origin": "https://evil.example"}, "", 403),
        ({"Origin": "null"}, "", 403),
        (HERE | {"Sec-Fetch-Site": "cross-site"}, "", 403),
        (HERE | {"Sec-Fetch-Site": "same-site"}, "", 403),
        ({"Origin": "http://testserver"}, "", 303),
        ({"Sec-Fetch-Site": "same-origin"}, "", 303),
    ],
)
@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_a_form_from_elsewhere_does_nothing(
    app_with_pages: FastAPI,
    hub: HubContext,
    seeded: Seeded,
    headers: dict[str, str],
    csrf: str | None,
    status: int,
) -> None:
    browser = signed_in_as(app_with_pages, seeded.tenant_id)
    token = browser.client.cookies[SESSION_COOKIE]
    fields = {"name": "Ada"}
    if csrf is not None:
        fields["csrf"] = csrf or accounts.csrf_token(token)
    assert browser.client.post("/t/x/form", data=fields, headers=headers).status_code == status
    with hub.uow.read() as work:
        assert feature_flags.is_on(work, seeded.tenant_id, FF_WAITLIST) is (status == 303)


def test_strangers_forms_must_come_from_here_too(app_with_pages: FastAPI, seeded: Seeded) -> None:
    browser = Browser(app_with_pages)
    assert browser.post("/preferences", {"theme": "dark", "back": "/t/open"}).headers["location"] == "/t/open"
    assert browser.client.cookies["doorward_theme"] == "dark"
    forged = {"Origin": "https://evil.example"}
    assert browser.client.post("/preferences", data={"theme": "light"}, headers=forged).status_code == 403
    for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nX: y", "http://["):
        assert browser.post("/preferences", {"back": elsewhere}).headers["location"] == "/"


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_an_address_that_is_none_breaks_no_page(app_with_pages: FastAPI, header: str) -> None:
    headers = {"Accept": "text/html", "Origin": "http://testserver"} | {header: "http://["}
    answer = Browser(app_with_pages).client.post("/t/x/form", data={"name": "Ada"}, headers=headers)
    assert answer.status_code == (403 if header == "Origin" else 303)


def test_a_page_sends_on_to_any_path_of_the_hub(app_with_pages: FastAPI) -> None:
    answer = Browser(app_with_pages).post("/preferences", {"back": "/events?q=\u2603é"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/events?q=%E2%98%83%C3%A9")


def test_a_language_that_is_chosen_stays_with_the_person(app_with_pages: FastAPI, seeded: Seeded) -> None:
    ada = signed_in_as(app_with_pages, seeded.tenant_id, name="Ada")
    assert '<html lang="de"' in ada.get("/t/mine", headers={"Accept-Language": "de"}).text
    assert ada.post("/preferences", {"language": "ar"}).status_code == 303
    ada.client.cookies.delete("doorward_language")
    text = ada.get("/t/mine", headers={"Accept-Language": "de"}).text
    assert '<html lang="ar" dir="rtl"' in text
    assert '<span class="person-name" dir="auto">Ada</span>' in text
    assert ada.post("/preferences", {"language": "tlh"}).status_code == 303
    assert '<html lang="ar"' in ada.read("/t/mine")


def test_who_chooses_a_theme_has_not_chosen_a_language(app_with_pages: FastAPI, seeded: Seeded) -> None:
    ada = signed_in_as(app_with_pages, seeded.tenant_id, name="Ada")
    forms = [form for form in forms_in(ada.read("/t/mine")) if form.action == "/preferences"]
    assert [sorted(form.fields) for form in forms] == [
        ["back", "csrf", "language"],
        ["back", "csrf", "theme"],
    ]
    assert ada.client.post("/preferences", data=forms[1].fields | {"theme": "dark"}, headers=HERE)
    assert (
        '<html lang="de" dir="ltr" data-theme="dark"'
        in ada.get("/t/mine", headers={"Accept-Language": "de"}).text
    )


def test_a_form_in_a_dialog_tells_the_script_where_to_go(app_with_pages: FastAPI, seeded: Seeded) -> None:
    answer = signed_in_as(app_with_pages, seeded.tenant_id).post(
        "/t/x/form", {"name": "Ada"}, headers={"X-Dialog": "1"}
    )
    assert (answer.status_code, answer.headers["x-location"]) == (204, "/t/mine")


def test_a_public_page_knows_who_is_signed_in_and_needs_nobody(
    app_with_pages: FastAPI, seeded: Seeded
) -> None:
    assert ">no<" in Browser(app_with_pages).read("/t/open")
    assert ">yes<" in signed_in_as(app_with_pages, seeded.tenant_id).read("/t/open")


def test_a_bug_is_a_plain_page_with_its_number(app_with_pages: FastAPI, seeded: Seeded) -> None:
    answer = signed_in_as(app_with_pages, seeded.tenant_id).get("/t/bug")
    assert answer.status_code == 500
    assert heading_of(answer.text) == "Something went wrong"
    assert answer.headers["x-request-id"] in answer.text
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(("path", "accept"), [("/api/v1/nowhere", "text/html"), ("/nowhere", "*/*")])
def test_programs_get_problems(app_with_pages: FastAPI, path: str, accept: str) -> None:
    answer = Browser(app_with_pages).get(path, headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_person_who_goes_astray_gets_a_page(app_with_pages: FastAPI) -> None:
    answer = Browser(app_with_pages).get("/nowhere", headers={"Accept-Language": "ar"})
    assert answer.status_code == 404
    assert '<html lang="ar" dir="rtl"' in answer.text


def test_a_route_says_what_it_needs() -> None:
    with pytest.raises(TypeError, match="say what it needs"):
        PageRouter().get("/t/forgotten")
    routes = {route.path: route.endpoint for route in router.routes}  # type: ignore[attr-defined]
    assert all(endpoint.is_page for endpoint in routes.values())
    assert routes["/t/page"].access.any_of == ("events:read",)
    assert routes["/t/open"].is_public
    assert not routes["/t/mine"].is_public


def test_assets_are_kept_for_ever_under_their_own_address(app_with_pages: FastAPI) -> None:
    static = app_with_pages.state.console.static
    client = Browser(app_with_pages)
    styles = client.get(static.url("console.css"))
    assert styles.headers["content-type"].startswith("text/css")
    assert "immutable" in styles.headers["cache-control"]
    assert client.get("/assets/older/console.css").headers["cache-control"] == "no-store"
    assert client.get(f"/assets/{static.version}/%2e%2e/console.py").status_code == 404
