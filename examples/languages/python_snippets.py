"""Runs the Python snippets of docs/languages, each in a stack of its own and with the imports of its page, and synthesizes the app."""

import re
import sys
from pathlib import Path

from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_


class SnippetStack(Stack):
    """What the snippets of a page stand in: see rosetta/default.ts-fixture."""

    def run(self, imports: str, snippet: str, app: App) -> None:
        handler = lambda_.Function(
            self,
            "Handler",
            runtime=lambda_.Runtime.NODEJS_22_X,
            handler="index.handler",
            code=lambda_.Code.from_inline("exports.handler = async () => ({ batchItemFailures: [] });"),
            timeout=Duration.seconds(30),
        )
        exec(f"{imports}\n{snippet}", {"self": self, "app": app, "handler": handler, "__name__": "snippet"})


def main(folder: Path) -> int:
    passed, failures = 0, []
    for page in sorted(folder.rglob("*.md")):
        # Each block stands behind the heading of its section.
        blocks = re.findall(r"^## ([^\n]+)$|^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        section, imports = "", ""
        for heading, code in blocks:
            if heading:
                section = heading
            elif section == "Imports":
                imports = code
            else:
                try:
                    app = App()
                    SnippetStack(app, "MyStack").run(imports, code, app)
                    app.synth()
                    passed += 1
                except Exception as error:
                    failures.append(f"{page.relative_to(folder)}, {section}: {type(error).__name__}: {error}\n{code}")
    print("\n".join(failures), file=sys.stderr)
    print(passed)
    return 1 if failures or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
