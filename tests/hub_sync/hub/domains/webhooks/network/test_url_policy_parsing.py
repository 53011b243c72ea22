"""What readers of URLs could take in two ways is no webhook's URL."""

import pytest

from hub_sync.hub.domains.webhooks.errors import WebhookUrlUnusable
from hub_sync.hub.domains.webhooks.network.url_policy import check_url, parse_target


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/hook",
        "//example.org/hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "http:/example.org",
        "http:example.org",
        "http://",
        "http:///hook",
        "http://.",
        "http://:80/",
        "http://[]/",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org@127.0.0.1/",
        "http://example.org%40127.0.0.1/",
        "http://example.org/#fragment",
        "http://example.org#",
        "http://example.org#@127.0.0.1/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org\\.evil.example/",
        "http://example.org/a b",
        " http://example.org/",
        "http://example.org/\n",
        "http://exam\tple.org/",
        "http://example.org/\r\nHost: evil",
        "http://example.org/\x00",
        "http://example.org/\x7f",
        "http://example.org/\u200b",
        "http://exa\u00admple.org/",
        "http://example.org/☃",
        "http://example.org/%zz",
        "http://example.org/<>",
        "http://münchen.example/",
        "http://example..org/",
        "http://-example.org/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 127}example/",
        "http://%31%32%37.0.0.1/",
        "http://256.1.1.1/",
        "http://1.2.3.4.5/",
        "http://09.0.0.1/",
        "http://example.123/",
        "http://4294967296/",
        "http://[127.0.0.1]/",
        "http://[::1/",
        "http://::1/",
        "http://[::1]x/",
        "http://[::zz]/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:080000/",
        "http://example.org:-1/",
        "http://example.org:8o/",
        "http://example.org:８０/",
        "http://example.org:80:80/",
        "http://example.org/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(WebhookUrlUnusable) as refused:
        check_url(url)

    assert refused.value.message.endswith((".", ")."))
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "character", [" ", "\n", "\x00", "\x7f", "\u00a0", "\u00ad", "\u200b", "\u202e", "\ud800"]
)
def test_a_character_that_nobody_sees_is_named(character: str) -> None:
    with pytest.raises(WebhookUrlUnusable, match="white space or a control character"):
        check_url(f"http://example.org/a{character}b")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://example.org", ("https", "example.org", 443, "/", "example.org")),
        ("HTTPS://Example.ORG./Hook", ("https", "example.org", 443, "/Hook", "example.org")),
        ("http://example.org:8080?a=%20/b", ("http", "example.org", 8080, "/?a=%20/b", "example.org:8080")),
        ("https://example.org:443/", ("https", "example.org", 443, "/", "example.org")),
        ("http://example.org:/a//b/../c", ("http", "example.org", 80, "/a//b/../c", "example.org")),
        ("http://a_b.example/", ("http", "a_b.example", 80, "/", "a_b.example")),
        ("http://[2606:4700::1111]:81/", ("http", "2606:4700::1111", 81, "/", "[2606:4700::1111]:81")),
        (
            "https://xn--mnchen-3ya.example/",
            ("https", "xn--mnchen-3ya.example", 443, "/", "xn--mnchen-3ya.example"),
        ),
        ("https://example.org/a?b@c", ("https", "example.org", 443, "/a?b@c", "example.org")),
    ],
)
def test_a_web_address_is_read_as_it_stands(url: str, place: tuple[str, str, int, str, str]) -> None:
    check_url(url)

    assert parse_target(url) == place
