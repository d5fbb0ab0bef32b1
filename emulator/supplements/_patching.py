"""How a supplement changes the emulator: by replacing a piece of source that it knows, or not at all.

A supplement names the exact text it was written against. When the emulator's next version has changed that text,
the start is refused with the place to look at, instead of a supplement that silently does nothing.
"""

import importlib.metadata
import inspect
import textwrap
from types import FunctionType, ModuleType


class SupplementRefused(Exception):
    """The emulator is not the one this supplement was written for."""


def replaced_once(text: str, old: str, new: str, where: str) -> str:
    found = text.count(old)
    if found != 1:
        version = importlib.metadata.version("ministack")
        raise SupplementRefused(f"ministack {version}: expected once in {where}, found {found} times:\n{old}")
    return text.replace(old, new)


def edit_text(module: ModuleType, name: str, old: str, new: str) -> None:
    """Replace `old` by `new` in the string constant `module.name`."""
    setattr(module, name, replaced_once(getattr(module, name), old, new, f"{module.__name__}.{name}"))


def edit_function(function: FunctionType, old: str, new: str) -> None:
    """Replace `old` by `new` in the body of a module-level function. Whoever holds the function already gets the new body.

    Several supplements may edit one function, each a piece of its own.
    """
    where = f"{function.__module__}.{function.__qualname__}"
    source = getattr(function, "edited_source", None) or textwrap.dedent(inspect.getsource(function))
    function.edited_source = source = replaced_once(source, old, new, where)
    scope: dict = {}
    exec(compile(source, inspect.getsourcefile(function) or where, "exec"), function.__globals__, scope)
    function.__code__ = scope[function.__name__].__code__


def expect_parameters(function: FunctionType, *names: str) -> None:
    """Refuse unless `function` takes exactly these parameters; for supplements that call or wrap it."""
    found = tuple(inspect.signature(function).parameters)
    if found != names:
        version = importlib.metadata.version("ministack")
        where = f"{function.__module__}.{function.__qualname__}"
        raise SupplementRefused(f"ministack {version}: expected {where}({', '.join(names)}), found ({', '.join(found)})")
