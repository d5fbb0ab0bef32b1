"""Gives the judges what the library synthesizes: the forms of the registry, written once at the start of a session, and the snapshots of the integ tests."""

import os
import pathlib
import subprocess

import pytest

from cloudformation import Deployment, integ_snapshots, synthesized

ROOT = pathlib.Path(__file__).parents[2]
FORMS = ROOT / ".build" / "opinions" / "templates"


def pytest_configure(config):
    # With `pytest -n`, the process that starts the workers comes here first.
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        subprocess.run(["node", "--import", "tsx", "test/opinions/dump-templates.ts", str(FORMS)], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def forms() -> list[Deployment]:
    found = synthesized(FORMS)
    assert found, "the registry has no forms"
    return found


@pytest.fixture(scope="session")
def deployments(forms: list[Deployment]) -> list[Deployment]:
    """The forms and the integ tests; those of one pattern if PATTERN names it."""
    return [*forms, *integ_snapshots(ROOT / "integ" / "snapshots", os.environ.get("PATTERN", ""))]


@pytest.fixture(scope="session")
def whole_registry() -> bool:
    """Whether all patterns are there, so that an acknowledgement that matches nothing is out of date."""
    return "PATTERN" not in os.environ
