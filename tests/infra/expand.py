#!/usr/bin/env python3
"""Writes template.yaml as CloudFormation sees it after SAM's transform: expand.py OUT [PARAMETER=VALUE ...]"""
import json
import sys

import stack

template = stack.read("template.yaml")
parameters = {k: str(v.get("Default", "")) for k, v in template["Parameters"].items()}
parameters |= dict(argument.split("=", 1) for argument in sys.argv[2:])
parameters["AWS::Region"] = stack.REGION
with open(sys.argv[1], "w") as out:
    json.dump(stack.expand(template, parameters), out, indent=1)
