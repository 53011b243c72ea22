"""The filters of templates."""

from hub_sync.hub.console.static_files import own_files
from hub_sync.hub.console.template_environment import environment


def test_an_attribute_that_is_true_has_no_value_and_one_that_is_false_is_not_there() -> None:
    template = environment((), own_files()).from_string("<a{{ more | xmlattr }}>")
    more = {"download": True, "hidden": False, "list": None, "title": '"<&', "max": 9}
    assert template.render(more=more) == '<a download title="&#34;&lt;&amp;" max="9">'
