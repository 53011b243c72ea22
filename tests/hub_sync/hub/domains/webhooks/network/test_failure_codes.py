"""Tests of failures of attempts: a code with parameters that is stored, read back, and said in a language."""

import pytest

from hub_sync.hub.console.i18n.translation import Speech, read_catalogues, speaking
from hub_sync.hub.domains.webhooks.console.labels import failure_text
from hub_sync.hub.domains.webhooks.errors import UrlHasFragment
from hub_sync.hub.domains.webhooks.network.failure_codes import ERROR_LENGTH, AttemptFailure


def test_a_failure_is_its_english_sentence() -> None:
    failure = AttemptFailure.of("NameNotFound", name="hooks.example.org")
    assert failure == "The name hooks.example.org could not be found."
    assert (failure.code, failure.parameters) == ("NameNotFound", {"name": "hooks.example.org"})


@pytest.mark.parametrize(
    "failure",
    [
        AttemptFailure.of("ConnectionRefused"),
        AttemptFailure.of("Redirected", status="302 Found", location="https://example.org/%20?a=%(b)s"),
        AttemptFailure.of_url(UrlHasFragment()),
    ],
)
def test_what_is_stored_is_read_back(failure: AttemptFailure) -> None:
    again = AttemptFailure.load(failure.dump())
    assert (again, again.code, again.parameters) == (failure, failure.code, failure.parameters)


@pytest.mark.parametrize("text", ["The endpoint broke 100 % of it.", "5", '{"code": "Unknown"}', "[]"])
def test_text_that_is_no_failure_is_kept_as_its_sentence(text: str) -> None:
    failure = AttemptFailure.load(text)
    assert failure == text
    assert AttemptFailure.load(failure.dump()) == text


def test_the_longest_failure_fits_its_column() -> None:
    failure = AttemptFailure.of("Redirected", status="302 Found", location="x" * 5_000)
    assert len(failure.dump()) <= ERROR_LENGTH


def test_pages_say_a_failure_in_their_language() -> None:
    failure = AttemptFailure.of("ResponseNotSuccessful", status="500 Internal Server Error")
    with speaking(Speech("de", read_catalogues()["de"])):
        assert failure_text(failure) == "Der Endpunkt hat mit 500 Internal Server Error geantwortet."


def test_a_code_that_nobody_declares_is_refused() -> None:
    with pytest.raises(KeyError):
        AttemptFailure.of("NoSuchCode")
