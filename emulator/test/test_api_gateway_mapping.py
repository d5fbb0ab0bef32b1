"""What a mapping template sees and gives, without a server."""

import pathlib
import sys

import airspeed
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from supplements._api_gateway_mapping import Exchange, Message, UnreadableBody, Util  # noqa: E402


def rendered(template: str, body: str = "{}") -> str:
    return Exchange(Message(body, {}), {}, {}).rendered(template)


def chain_of(error: BaseException | None) -> list[BaseException]:
    chain = []
    while error:
        assert error not in chain, "an error is its own cause"
        chain.append(error)
        error = error.__cause__
    return chain


@pytest.mark.parametrize(
    "template, body, expected",
    [
        ("#set($context.responseOverride.status = 404)#set($context.responseOverride.status = 503)", "{}", airspeed.TemplateExecutionError),
        ("$input.path('$.a')", "no JSON", UnreadableBody),
    ],
)
def test_an_error_can_be_printed_and_ends_with_its_first_cause(template, body, expected):
    with pytest.raises(expected) as caught:
        rendered(template, body)
    assert str(caught.value)
    assert isinstance(chain_of(caught.value)[-1], ValueError)


def test_a_lone_surrogate_is_escaped_as_every_other_unit_is():
    assert Util().escapeJavaScript("a\ud83d") == "a\\uD83D"
    assert rendered("$util.escapeJavaScript($input.path('$.a'))", '{"a": "\\ude80\\ud83d"}') == "\\uDE80\\uD83D"


def test_delete_is_no_control_character_to_java():
    assert Util().escapeJavaScript("\u007e\u007f\u0080\u001f") == "\u007e\u007f\\u0080\\u001F"
