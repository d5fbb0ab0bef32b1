import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from supplements import _metric_math  # noqa: E402

SERIES = {"a": [4, None, 6, 9], "b": [1, 2, None, 4]}


@pytest.mark.parametrize(
    "expression,expected",
    [
        # What changed over a gap shows at the first datapoint after it.
        ("DIFF(a)", [None, None, 2, 3]),
        ("DIFF(FILL(a, 0))", [None, -4, 6, 3]),
        ("a + b", [5, None, None, 13]),
        ("DIFF(a + b)", [None, None, None, 8]),
        ("SUM([a, b])", [5, 2, 6, 13]),
        ("a - MIN(a)", [0, None, 2, 5]),
        ("a / (b - 4)", [-4 / 3, None, None, None]),
        ("IF(a > 4 AND b > 3, a, 0)", [0, None, None, 9]),
        ("a > 5 OR b < 2", [1, None, None, 1]),
    ],
)
def test_gaps_in_a_series(expression, expected):
    assert _metric_math.evaluate(_metric_math.parse(expression), SERIES.get) == expected
