"""What parameters may be, and what the templates are as files."""
import json
import unittest

import stack
from deployments import DOMAIN, KEY, STACKS, every


class Rules(unittest.TestCase):
    @every
    def test_breaks_no_rule_of_its_parameters(self, _, deployed):
        self.assertEqual([], deployed.breaks())

    @every
    def test_values_fit_their_parameters(self, _, deployed):
        for one in deployed.all():
            for name, definition in one.template["Parameters"].items():
                value = one.parameters[name]
                self.assertIn(value, list(map(str, definition.get("AllowedValues", [value]))))
                self.assertRegex(value, definition.get("AllowedPattern", ".*"))
                if "MinValue" in definition:
                    self.assertGreaterEqual(int(value), definition["MinValue"])

    def test_what_does_not_fit_together_is_refused(self):
        refused = [
            {"DomainName": "media.example.org"},
            {"CertificateArn": DOMAIN["CertificateArn"]},
            {"HostedZoneId": "Z123"},
            {"SignedUrls": "true"},
            {"AlarmEmail": "a@example.org", "AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms"},
        ]
        source = stack.read("template.yaml")
        for parameters in refused:
            # The transform aside, which looks at no rule: only the rules' own parameters are needed.
            deployed = stack.Stack({"Parameters": source["Parameters"], "Rules": source["Rules"], "Resources": {}}, parameters)
            self.assertEqual(1, len(deployed.breaks()), parameters)

    def test_patterns_of_parameters(self):
        parameters = stack.read("template.yaml")["Parameters"]
        good = {
            "SourcePrefix": ["films/", "a/b.c/d-e/"],
            "SegmentSeconds": ["0.5", "6", "4.004", "60", "12.5"],
            "CorsOrigins": ["*", "https://a.example", "https://a.example:8443,http://localhost:8080"],
            "SigningPublicKey": [KEY],
            "OriginShieldRegion": ["eu-central-1", "us-gov-west-1"],
        }
        bad = {
            "SourcePrefix": ["films", "/films/", "a//b/", "*/", "a\\/", "../"],
            "SegmentSeconds": ["0", "0.4", "61", "6.0001", "-1", "6s", "06"],
            "CorsOrigins": ["", "* ", "https://a.example, https://b.example", "a.example", "https://a'.example"],
            "SigningPublicKey": ["MFkw", KEY.replace("PUBLIC", "PRIVATE")],
            "SourceBucketName": ["A", "a", "-a-"],
        }
        for name, values in good.items():
            for value in values:
                self.assertRegex(value, parameters[name]["AllowedPattern"])
        for name, values in bad.items():
            for value in values:
                self.assertNotRegex(value, parameters[name]["AllowedPattern"])

    def test_all_parameters_are_in_a_group_and_described(self):
        source = stack.read("template.yaml")
        groups = source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        grouped = [name for group in groups for name in group["Parameters"]]
        self.assertCountEqual(grouped, source["Parameters"])
        text = (stack.ROOT / "docs/deploy.md").read_text()
        for name, parameter in source["Parameters"].items():
            self.assertIn("Description", parameter)
            self.assertIn(f"`{name}`", text, "docs/deploy.md does not name it")


class Files(unittest.TestCase):
    def test_sizes_are_within_cloudformations_limits(self):
        """1 MB from S3, where `sam deploy` puts templates; 51,200 bytes would be the limit without."""
        for path in [stack.ROOT / "template.yaml", *(stack.ROOT / "infra").glob("*.yaml")]:
            self.assertLess(path.stat().st_size, 1_000_000)
        for template in STACKS.values():
            self.assertLess(len(json.dumps(template.template)), 1_000_000)
        self.assertLessEqual(len(stack.read("template.yaml")["Parameters"]), 200)

    def test_the_edge_function_is_the_one_that_is_tested(self):
        for page, tokens, nginx, origins in (("true", "false", "false", "*"), ("false", "true", "true", "https://a.example")):
            deployed = stack.load(PlayerPage=page, PathTokens=tokens, NginxUrls=nginx, CorsOrigins=origins)
            function = deployed.child("Edge").properties("ViewerRequest")
            code = function["FunctionCode"]
            # As tests/infra/edge.mjs takes it: without comments and what is white.
            lines = map(str.strip, (stack.ROOT / "infra/functions/viewer-request.js").read_text().splitlines())
            script = "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
            config = f"page: {page}, tokens: {tokens}, nginx: {nginx}, origins: '{origins}'"
            self.assertEqual(script + f"\nconst CONFIG = {{ {config} }};", code)
            self.assertLessEqual(len(code.encode()), 10_240)
            self.assertEqual("cloudfront-js-2.0", function["FunctionConfig"]["Runtime"])
            self.assertEqual(tokens == "true", "KeyValueStoreAssociations" in function["FunctionConfig"])


if __name__ == "__main__":
    unittest.main()
