#!/usr/bin/env python3
"""Writes all templates as CloudFormation sees them, for linters: expand.py OUT [PARAMETER=VALUE ...]

SAM's transform is applied to the root; short forms, aliases and merges are written out, as `sam deploy` does. The
result is JSON under the templates' own names, by which the root refers to the others.
"""
import json
import sys
from pathlib import Path

import stack


def main(out, *assignments):
    template = stack.read("template.yaml")
    parameters = {k: str(v.get("Default", "")) for k, v in template["Parameters"].items()}
    parameters |= dict(assignment.split("=", 1) for assignment in assignments)
    parameters["AWS::Region"] = stack.REGION
    write(Path(out) / "template.yaml", stack.expand(template, parameters))
    for path in sorted((stack.ROOT / "infra").glob("*.yaml")):
        write(Path(out) / "infra" / path.name, stack.read(path))


def write(path, template):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(template, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
