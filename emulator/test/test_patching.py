import pathlib
import shutil
import subprocess
import sys

import pytest

EMULATOR = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(EMULATOR))

from supplements import _patching  # noqa: E402


def greet(name, mark="!"):
    return "hello " + name + mark


def test_a_function_is_edited_for_those_who_hold_it_already():
    held = greet
    _patching.edit_function(greet, '"hello "', '"good day "')
    assert held("Ann") == "good day Ann!"


def part(name):
    return "good bye " + name


def test_a_function_is_edited_more_than_once():
    _patching.edit_function(part, '"good bye "', '"so long "')
    _patching.edit_function(part, "+ name", '+ name + "?"')
    assert part("Ann") == "so long Ann?"


@pytest.mark.parametrize("old, found", [("absent", 0), ("a", 3)])
def test_a_text_that_is_not_there_exactly_once_is_refused(old, found):
    with pytest.raises(_patching.SupplementRefused, match=rf"^ministack [\d.]+: expected once in here, found {found} times:\n{old}$"):
        _patching.replaced_once("a-a-a", old, "b", "here")


def test_a_function_with_other_parameters_is_refused():
    _patching.expect_parameters(greet, "name", "mark")
    with pytest.raises(_patching.SupplementRefused, match=r"expected .*greet\(name\), found \(name, mark\)$"):
        _patching.expect_parameters(greet, "name")


def test_a_refused_supplement_refuses_the_start(tmp_path):
    shutil.copy(EMULATOR / "launcher.py", tmp_path)
    shutil.copytree(EMULATOR / "supplements", tmp_path / "supplements")
    (tmp_path / "supplements" / "outdated.py").write_text(
        "from ministack import app\n"
        "from supplements._patching import edit_function\n"
        "def apply():\n"
        "    edit_function(app.main, 'what is no longer there', '')\n"
    )
    started = subprocess.run([sys.executable, str(tmp_path / "launcher.py")], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert started.returncode == 1
    assert started.stderr.startswith("SupplementRefused: ministack ")
    assert "what is no longer there" in started.stderr
