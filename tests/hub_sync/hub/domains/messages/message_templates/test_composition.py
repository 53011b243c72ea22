"""Messages of all channels are made by one function, and no header can be forged by a value."""

import pytest

from hub_sync.contract.enums import MessageChannel
from hub_sync.hub.domains.messages.message_templates import composition
from hub_sync.hub.domains.messages.message_templates.composition import TemplateText, compose
from hub_sync.hub.domains.messages.message_templates.errors import HeaderUnsafe, MessageTooLarge
from hub_sync.hub.domains.messages.message_templates.recipients import speech_for

MAIL = TemplateText(
    MessageChannel.EMAIL,
    "For {{ participant.first_name }}",
    "Dear {{ participant.first_name }},\n\nsee you at {{ event.name }}.\nBye",
)
VALUES = {
    "participant.first_name": "Ada <3",
    "event.name": "Fair",
    "unsubscribe.link": "https://hub.example/u/1",
}


def test_a_mail_has_paragraphs_a_text_part_and_a_way_to_unsubscribe() -> None:
    mail = compose(MAIL, VALUES, speech_for("de"))
    assert mail.subject == "For Ada <3"
    assert mail.html is not None
    assert ">Dear Ada &lt;3,</p>" in mail.html
    assert "see you at Fair.<br>Bye" in mail.html
    assert 'href="https://hub.example/u/1"' in mail.html
    assert mail.text.startswith("Dear Ada <3,\n\nsee you at Fair.\nBye\n\n-- \n")
    assert mail.text.endswith(": https://hub.example/u/1")
    assert mail.missing == ()


def test_an_empty_value_is_missing_until_there_is_a_default() -> None:
    empty = {**VALUES, "participant.first_name": ""}
    assert compose(MAIL, empty, speech_for("en")).missing == ("participant.first_name",)
    assert composition.find_missing(MAIL, empty) == ("participant.first_name",)
    with_default = TemplateText(MAIL.channel, MAIL.subject, MAIL.body, {"participant.first_name": "guest"})
    assert compose(with_default, empty, speech_for("en")).subject == "For guest"
    assert composition.find_missing(with_default, empty) == ()


@pytest.mark.parametrize("evil", ["Ada\r\nBcc: all@example.org", "Ada\nX: y", "Ada\x00"])
def test_a_value_with_a_line_break_is_refused_before_a_message_is_built(evil: str) -> None:
    values = {**VALUES, "participant.first_name": evil}
    with pytest.raises(HeaderUnsafe):
        compose(MAIL, values, speech_for("en"))
    with pytest.raises(HeaderUnsafe):
        composition.find_missing(MAIL, values)
    with pytest.raises(HeaderUnsafe):
        composition.check(TemplateText(MessageChannel.EMAIL, f"Hello {evil}", "x"))


def test_a_text_message_is_plain_and_bounded() -> None:
    text = TemplateText(MessageChannel.SMS, "", "{{ event.name }} <b> {{ offer.link }}")
    message = compose(text, {"event.name": "Fair & Co", "offer.link": "https://x.example"}, speech_for("en"))
    assert (message.text, message.html) == ("Fair & Co <b> https://x.example", None)
    too_long = {"event.name": "x" * 2_000}
    with pytest.raises(MessageTooLarge):
        compose(text, too_long, speech_for("en"))
    with pytest.raises(MessageTooLarge):
        composition.find_missing(text, too_long)
