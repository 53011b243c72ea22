"""The HTML of mails is clean, has its styles inlined, and says the same as plain text."""

from hub_sync.hub.domains.messages.message_templates import mail_html

HOSTILE = (
    '<p onclick="x()" style="color:red;position:fixed;background-image:url(https://spy.example)">Hello</p><script>alert(1)</script>'
    '<a href="javascript:alert(1)">a</a><a href="https://x.example/?a=1&amp;b=2">Go</a><form action="https://x"><input></form>'
    '<img src="cid:logo.png" alt="Logo"><img src="data:image/png;base64,AA"><img src="/local.png"><style>p{color:red}</style>'
)


def test_what_mails_must_not_have_is_taken_out() -> None:
    html = mail_html.clean(HOSTILE)
    for part in (
        "script",
        "alert",
        "onclick",
        "javascript",
        "position",
        "spy.example",
        "form",
        "data:",
        "/local",
        "style>",
    ):
        assert part not in html, part
    assert '<p style="color:red">Hello</p>' in html
    assert 'src="cid:logo.png"' in html
    assert 'href="https://x.example/?a=1&amp;b=2"' in html


def test_styles_are_inlined_and_arabic_runs_from_the_right() -> None:
    page = mail_html.in_layout(
        '<p>Hi</p><a class="button" href="https://x.example">Go</a>',
        "foot",
        language="ar",
        direction="rtl",
        title="<b>",
    )
    assert "<style" not in page
    assert 'dir="rtl"' in page
    assert "<title>&lt;b&gt;</title>" in page
    assert "background-color: #0b57d0" in page.partition('class="button"')[2].partition(">")[0]
    assert page.count("foot") == 2, "class and text"


def test_the_text_part_has_the_links_and_lists() -> None:
    html = "<h1>Fair</h1><p>Dear <b>Ada</b>,<br>see</p><ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>b</td></tr></table>"
    html += '<a href="https://x.example">Accept</a> <a href="https://y.example">https://y.example</a><style>x</style>'
    assert mail_html.to_text(html) == (
        "Fair\n\nDear Ada,\nsee\n\n- one\n- two\n\na b\n\nAccept: https://x.example https://y.example"
    )
