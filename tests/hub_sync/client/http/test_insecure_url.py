import pytest

from hub_sync.client.http.insecure_url import insecure_url_warning


@pytest.mark.parametrize(
    "url",
    [
        "http://hub",
        "http://10.0.0.5:8000",
        "HTTP://hub.example",
        "http://[fe80::1]",
        "http://localhost.example",
    ],
)
def test_a_network_in_between_is_warned_of(url: str) -> None:
    assert insecure_url_warning(url).endswith("use https://.")


@pytest.mark.parametrize(
    "url",
    [
        "https://hub",
        "http://localhost:8000",
        "http://127.8.0.1",
        "http://[::1]:8000",
        "http://a.localhost",
        "ftp://hub",
        "",
    ],
)
def test_this_machine_and_a_sealed_line_are_not(url: str) -> None:
    assert insecure_url_warning(url) == ""
