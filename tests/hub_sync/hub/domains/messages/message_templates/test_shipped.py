"""The templates that ship are complete in every language, and lack no value on their occasion."""

import pytest

from hub_sync.hub.console.i18n.translation import LANGUAGES
from hub_sync.hub.domains.messages.message_templates import composition, shipped
from hub_sync.hub.domains.messages.message_templates.recipients import speech_for
from hub_sync.hub.domains.messages.message_templates.variables import VARIABLES

VALUES = {name: variable.example or "QR" for name, variable in VARIABLES.items()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", shipped.OCCASIONS)
def test_a_shipped_template_makes_a_message_in_every_language(name: str, language: str) -> None:
    assert shipped.channels_of(name)
    for channel in shipped.channels_of(name):
        text = shipped.find(name, channel, language)
        assert text is not None, (name, channel, language)
        message = composition.compose(text, VALUES, speech_for(language))
        assert message.missing == ()
        assert message.text
        assert "{{" not in message.text + message.subject
    mail = shipped.find(name, shipped.channels_of(name)[0], language)
    assert mail is not None
    assert mail.subject
