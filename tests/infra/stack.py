"""The templates as CloudFormation sees them: SAM's transform applied, parameters put in, conditions decided.

`load(**parameters)` gives the root stack with its nested stacks. References to what only AWS knows become readable
placeholders, such as `<ManifestFunction.Arn>`. Written from the intrinsic functions' documentation, not from SAM's code.
"""
import copy
import json
import logging
import re
from pathlib import Path

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

# It warns of switches and metrics that only the service has.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::AccountId": "123456789012",
    "AWS::Region": REGION,
    "AWS::StackName": "films",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms."""


def _short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _short_form)


def read(path):
    """A template as written, short forms made long, shared parts copied."""
    return json.loads(json.dumps(yaml.load((ROOT / path).read_text(), Loader)))


def expand(template, parameters, region=REGION):
    """SAM's transform, as CloudFormation applies it."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code.zip"
    session = boto3.session.Session(region_name=region)
    return Translator({}, Parser(), boto_session=session).translate(template, parameters)


class Stack:
    """One stack, all conditions decided. `resources` and `outputs` hold what is really there."""

    def __init__(self, template, parameters, region=REGION, name="films"):
        self.template = template
        self.parameters = {k: str(v.get("Default", "")) for k, v in template.get("Parameters", {}).items()}
        unknown = set(parameters) - set(self.parameters)
        assert not unknown, f"no such parameters: {unknown}"
        self.parameters.update({k: str(v) for k, v in parameters.items()})
        self.pseudo = PSEUDO | {"AWS::Region": region, "AWS::StackName": name}
        self.nested = {}
        self.resources = {}
        for logical_id, resource in template["Resources"].items():
            if "Condition" not in resource or self.holds(resource["Condition"]):
                self.resources[logical_id] = resource
        self.resources = {k: self.resolve({a: b for a, b in v.items() if a != "Condition"}) for k, v in self.resources.items()}
        self.outputs = {
            k: self.resolve(v["Value"])
            for k, v in template.get("Outputs", {}).items()
            if "Condition" not in v or self.holds(v["Condition"])
        }

    def of(self, kind):
        """Resources of a type, by their logical ids."""
        return {k: v for k, v in self.resources.items() if v["Type"] == kind}

    def properties(self, logical_id):
        return self.resources[logical_id]["Properties"]

    def holds(self, condition):
        """Whether a condition, or the name of one, is true."""
        if isinstance(condition, str):
            return self.holds(self.template["Conditions"][condition])
        ((name, argument),) = condition.items()
        if name == "Condition":
            return self.holds(argument)
        if name == "Fn::Not":
            return not self.holds(argument[0])
        if name == "Fn::And":
            return all(map(self.holds, argument))
        if name == "Fn::Or":
            return any(map(self.holds, argument))
        assert name == "Fn::Equals", name
        left, right = map(self.resolve, argument)
        return str(left) == str(right)

    def breaks(self):
        """Descriptions of the rules that the parameters break."""
        return [
            assertion["AssertDescription"]
            for rule in self.template.get("Rules", {}).values()
            if self.holds(rule["RuleCondition"])
            for assertion in rule["Assertions"]
            if not self.holds(assertion["Assert"])
        ]

    def resolve(self, value):
        if isinstance(value, list):
            return [r for r in map(self.resolve, value) if r is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self.call(name, argument)
        return {k: r for k, r in ((k, self.resolve(v)) for k, v in value.items()) if r is not NO_VALUE}

    def call(self, name, argument):
        if name == "Ref":
            return NO_VALUE if argument == "AWS::NoValue" else self.named(argument)
        if name == "Fn::GetAtt":
            owner, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
            return self.named(f"{owner}.{attribute}")
        if name == "Fn::If":
            return self.resolve(argument[1] if self.holds(argument[0]) else argument[2])
        if name == "Fn::Sub":
            return self.substitute(argument)
        if name == "Fn::FindInMap":
            of, first, second = map(self.resolve, argument)
            return self.template["Mappings"][of][first][second]
        argument = self.resolve(argument)
        if name == "Fn::Join":
            return argument[0].join(map(str, argument[1]))
        if name == "Fn::Split":
            return argument[1].split(argument[0])
        assert name == "Fn::Select", name
        return argument[1][int(argument[0])]

    def substitute(self, argument):
        text, own = (argument, {}) if isinstance(argument, str) else argument
        own = {k: self.resolve(v) for k, v in own.items()}

        def value(match):
            return str(own[match[1]] if match[1] in own else self.named(match[1]))

        return re.sub(r"\$\{([^!}][^}]*)\}", value, text).replace("${!", "${")

    def named(self, name):
        """The value of a parameter, or a placeholder for what AWS says of a resource that is there."""
        if name in self.parameters:
            return self.parameters[name]
        if name.startswith("AWS::"):
            return self.pseudo[name]
        owner, _, attribute = name.partition(".")
        assert owner in self.template["Resources"], f"{name} names nothing"
        condition = self.template["Resources"][owner].get("Condition")
        assert condition is None or self.holds(condition), f"{name} is used where {condition} is false"
        if attribute == "FunctionUrl":
            return f"https://{owner.lower()}.lambda-url.{self.pseudo['AWS::Region']}.on.aws/"
        if attribute.startswith("Outputs."):
            return self.output(owner, attribute.removeprefix("Outputs."))
        return f"<{name}>"

    def output(self, owner, name):
        outputs = self.child(owner).outputs
        assert name in outputs, f"{owner} has no output {name}"
        return outputs[name]

    def child(self, owner):
        """A nested stack."""
        if owner not in self.nested:
            properties = self.resolve(self.template["Resources"][owner]["Properties"])
            template = read(properties["TemplateURL"])
            missing = set(template["Parameters"]) - set(properties["Parameters"])
            missing -= {k for k, v in template["Parameters"].items() if "Default" in v}
            assert not missing, f"{owner} is not given {missing}"
            region = self.pseudo["AWS::Region"]
            self.nested[owner] = Stack(template, properties["Parameters"], region, f"{self.pseudo['AWS::StackName']}-{owner}-X")
        return self.nested[owner]

    def all(self):
        """This stack and all nested ones."""
        children = [self.child(owner) for owner in self.of("AWS::CloudFormation::Stack")]
        return [self, *children]


_SOURCE = None


def load(region=REGION, **parameters):
    """The root stack with these parameters."""
    global _SOURCE
    _SOURCE = _SOURCE or read("template.yaml")
    defaults = {k: str(v.get("Default", "")) for k, v in _SOURCE["Parameters"].items()}
    expanded = expand(_SOURCE, defaults | {k: str(v) for k, v in parameters.items()} | {"AWS::Region": region}, region)
    return Stack(expanded, parameters, region)
