"""Metric math: what an expression of CloudWatch means for a few series of datapoints.

AWS: "Using math expressions with CloudWatch metrics"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html). A series is a list, oldest first, with
None where a datapoint is missing; a scalar is a number. An operation on two series takes the datapoints of the same
time, and has none where either has none.

Known are + - * /, comparisons, AND and OR (1 or 0), and the functions of FUNCTIONS. Anything else is a ValueError, never a guess.
The text is parsed, and only these nodes are walked: nothing of it is executed.
"""

import ast
import functools
import operator
import re

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    # AWS leaves out a datapoint whose divisor is 0.
    ast.Div: lambda left, right: left / right if right else None,
    ast.Gt: lambda left, right: float(left > right),
    ast.GtE: lambda left, right: float(left >= right),
    ast.Lt: lambda left, right: float(left < right),
    ast.LtE: lambda left, right: float(left <= right),
    ast.Eq: lambda left, right: float(left == right),
    ast.NotEq: lambda left, right: float(left != right),
    ast.And: lambda left, right: float(bool(left and right)),
    ast.Or: lambda left, right: float(bool(left or right)),
}


def pointwise(operation, *operands):
    """Apply to the datapoints of the same time; to scalars as they are."""
    lengths = {len(operand) for operand in operands if isinstance(operand, list)}
    if not lengths:
        return None if None in operands else operation(*operands)
    rows = zip(*(operand if isinstance(operand, list) else [operand] * max(lengths) for operand in operands))
    return [None if None in row else operation(*row) for row in rows]


def difference(series):
    """Each value less the one before it; the first has none before it. A missing datapoint is passed over."""
    result, previous = [], None
    for value in series:
        result.append(None if value is None or previous is None else value - previous)
        previous = previous if value is None else value
    return result


def filled(series, filling):
    return [filling if value is None else value for value in series]


def chosen(condition, then, otherwise):
    return pointwise(lambda test, yes, no: yes if test else no, condition, then, otherwise)


def aggregate(reduce):
    """Of one series a scalar; of an array of series the series of what is there at each time."""

    def applied(operand):
        if operand and isinstance(operand[0], list):
            columns = [[value for value in column if value is not None] for column in zip(*operand)]
            return [reduce(column) if column else None for column in columns]
        values = [value for value in operand if value is not None]
        return reduce(values) if values else None

    return applied


# Name: (number of arguments, function).
FUNCTIONS = {
    "DIFF": (1, difference),
    "FILL": (2, filled),
    "IF": (3, chosen),
    "ABS": (1, lambda operand: pointwise(abs, operand)),
    "SUM": (1, aggregate(sum)),
    "AVG": (1, aggregate(lambda values: sum(values) / len(values))),
    "MIN": (1, aggregate(min)),
    "MAX": (1, aggregate(max)),
}


def parse(expression: str) -> ast.expr:
    """The expression, ready for `evaluate`; a ValueError names what is not known."""
    try:
        tree = ast.parse(re.sub(r"\b(AND|OR)\b", lambda word: word[0].lower(), expression), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"metric math: cannot read {expression!r}") from error
    check(tree, expression)
    return tree


def check(node: ast.expr, expression: str) -> None:
    match node:
        case ast.Name() | ast.Constant(value=int() | float()):
            return
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            parts = [inner]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            parts = [left, right]
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
            parts = [left, right]
        case ast.BoolOp(values=parts):
            pass
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if FUNCTIONS.get(name, (None,))[0] == len(arguments):
            parts = arguments
        case ast.List(elts=parts):
            pass
        case _:
            raise ValueError(f"metric math: {ast.unparse(node)!r} in {expression!r} is not known here")
    for part in parts:
        check(part, expression)


def evaluate(node: ast.expr, series_of):
    """The value of a checked expression. `series_of(id)` gives what the other entries of the alarm are."""
    match node:
        case ast.Name(id=identifier):
            return series_of(identifier)
        case ast.Constant(value=value):
            return float(value)
        case ast.UnaryOp(operand=inner):
            return pointwise(operator.neg, evaluate(inner, series_of))
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return pointwise(OPERATORS[type(op)], evaluate(left, series_of), evaluate(right, series_of))
        case ast.BoolOp(op=op, values=parts):
            return functools.reduce(functools.partial(pointwise, OPERATORS[type(op)]), (evaluate(part, series_of) for part in parts))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name][1](*(evaluate(argument, series_of) for argument in arguments))
        case ast.List(elts=parts):
            return [evaluate(part, series_of) for part in parts]
