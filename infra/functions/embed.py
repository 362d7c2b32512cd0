#!/usr/bin/env python3
"""Copies viewer-request.js into infra/edge.yaml, because CloudFormation takes a CloudFront function's code only inline.
Comments, empty lines and indentation stay behind: CloudFront takes 10 KB.

  embed.py           writes the copy
  embed.py --check   fails if the copy is not the same
"""
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
SCRIPT = HERE / "viewer-request.js"
TEMPLATE = HERE.parent / "edge.yaml"
# The literal block in FunctionCode: all lines up to the next item of the list.
BLOCK = re.compile(r"(?<=        - - \|\n)(?:            .*\n|\n)*(?=          - !Sub)")
INDENT = " " * 12


def main() -> int:
    template = TEMPLATE.read_text()
    lines = (line.strip() for line in SCRIPT.read_text().splitlines())
    copy = "".join(f"{INDENT}{line}\n" for line in lines if line and not line.startswith("//"))
    embedded, count = BLOCK.subn(lambda _: copy, template)
    if count != 1:
        print(f"embed: {TEMPLATE.name} has {count} places for the code", file=sys.stderr)
        return 1
    if sys.argv[1:] == ["--check"]:
        if embedded != template:
            print("embed: infra/edge.yaml has another viewer-request.js: run infra/functions/embed.py", file=sys.stderr)
        return int(embedded != template)
    TEMPLATE.write_text(embedded)
    return 0


if __name__ == "__main__":
    sys.exit(main())
