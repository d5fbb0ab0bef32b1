"""docs/test-bed.md has a row for each supplement, and each row names a test that is there."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "test-bed.md").read_text()
ROWS = [line.split("|")[5] for line in PAGE.splitlines() if re.search(r"· \[test\]\([^)]*\) \|$", line)]


def test_every_supplement_has_a_row():
    named = {name for row in ROWS for name in re.findall(r"`(\w+)`", row)}
    there = {path.stem for path in (ROOT / "emulator" / "supplements").glob("[!_]*.py")}
    assert named == there


def test_every_row_names_a_test():
    tests = [test for row in ROWS for test in re.findall(r"\]\(\.\./([^)]*)\)", row)]
    assert len(tests) == len(ROWS) > 0
    assert [test for test in tests if not (ROOT / test).is_file()] == []
