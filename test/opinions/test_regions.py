"""In which regions a pattern cannot be deployed, because they lack a type of resource, by cfn-lint's data; and whether its docs page says so."""

import json
import pathlib
import re
import subprocess
import sys
from collections import defaultdict

from cfnlint.helpers import REGIONS

from conftest import FORMS, ROOT

# What a pattern is made of that some regions lack. The page of each pattern lists the regions.
LACKING = {
    ("QueueFedWorkflow", "AWS::Pipes::Pipe"): "The pipe is what feeds the workflow; where there is none, a QueueFedFunction starts the executions.",
    ("PollingStatusApi", "AWS::Pipes::Pipe"): "The pipe is what starts each job; there is no delivery from a stream without a function that replaces it.",
}


def lint(*templates: pathlib.Path, regions: list[str]) -> list[dict]:
    """The errors of cfn-lint in any of these regions. Warnings are for the findings of test/rigs."""
    command = [str(pathlib.Path(sys.executable).with_name("cfn-lint")), "--format", "json", "--ignore-checks", "W", "--regions", *regions, "--template", *map(str, templates)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.stdout.strip().startswith("["), f"cfn-lint gave no findings in JSON: {ran.stderr}"
    return json.loads(ran.stdout)


def lacking(findings: list[dict]) -> tuple[dict[tuple[str, str], set[str]], list[str]]:
    """The regions that lack a type, by pattern and type; and all other findings."""
    regions: dict[tuple[str, str], set[str]] = defaultdict(set)
    others = []
    for finding in findings:
        found = re.match(r"Resource type '([\w:]+)' does not exist in '([\w-]+)'", finding["Message"])
        if finding["Rule"]["Id"] == "E3006" and found:
            pattern = pathlib.Path(finding["Filename"]).name.split(".")[0]
            regions[pattern, found[1]].add(found[2])
        else:
            others.append(f"{finding['Filename']}: {finding['Rule']['Id']} {finding['Message']}")
    return regions, others


def regions_on_page(text: str) -> set[str]:
    """The regions that a docs page lists in its paragraph about regions."""
    paragraph = re.search(r"^(?:> )?\*\*Regions\*\*(?:.+\n)+", text, re.MULTILINE)
    return set(re.findall(r"`([a-z]+(?:-[a-z]+)+-\d)`", paragraph[0])) if paragraph else set()


def page_of(pattern: str) -> pathlib.Path:
    return ROOT / "docs" / f"{re.sub(r'(?<!^)(?=[A-Z])', '-', pattern).lower()}.md"


def test_what_regions_lack_is_on_the_page(forms, whole_registry):
    # One form for each set of types; what else differs between forms is the same in every region.
    telling = {(form.name.split(".")[0], *sorted({resource.type for resource in form.resources})): form.name for form in forms}
    regions, others = lacking(lint(*(FORMS / f"{name}.json" for name in telling.values()), regions=sorted(REGIONS)))
    assert others == []
    assert len(REGIONS) > 30, "cfn-lint knows hardly any regions"
    assert [what for what in regions if what not in LACKING] == []
    assert not whole_registry or regions.keys() >= LACKING.keys(), "no region lacks it any more"
    for pattern in {form.name.split(".")[0] for form in forms}:
        expected = set().union(*(lack for (of, _), lack in regions.items() if of == pattern))
        assert regions_on_page(page_of(pattern).read_text()) == expected, page_of(pattern).name


def test_a_seeded_fault_is_found(tmp_path):
    bucket = {"Type": "AWS::S3::Bucket"}
    pipe = {"Type": "AWS::Pipes::Pipe", "Properties": {"RoleArn": "arn:aws:iam::111122223333:role/r", "Source": "arn:aws:sqs:us-east-1:111122223333:s", "Target": "t"}}
    sound, sown = tmp_path / "Sound.default.json", tmp_path / "Sown.default.json"
    sound.write_text(json.dumps({"Resources": {"Bucket": bucket}}))
    sown.write_text(json.dumps({"Resources": {"Bucket": bucket, "Pipe": pipe}}))
    regions, _ = lacking(lint(sound, sown, regions=["us-east-1", "us-gov-east-1"]))
    assert regions == {("Sown", "AWS::Pipes::Pipe"): {"us-gov-east-1"}}


def test_a_region_that_is_missing_on_the_page_is_found():
    assert regions_on_page("# P\n\n> **Regions**: not in `ca-west-1`,\n> `us-gov-east-1` (data of 2026).\n\nElsewhere `eu-west-1`.\n") == {"ca-west-1", "us-gov-east-1"}
    assert regions_on_page("# P\n\nAll of `eu-west-1`.\n") == set()
