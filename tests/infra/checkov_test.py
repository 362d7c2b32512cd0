"""What checkov finds is what was accepted with a reason, no more and no less."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import expand
import stack

ACCEPTED = json.loads((Path(__file__).parent / "accepted.json").read_text())


def findings():
    with tempfile.TemporaryDirectory() as folder:
        # The kind of deployment with the most resources.
        expand.main(folder, "DeploymentPreference=Canary10Percent5Minutes")
        command = [os.environ["CHECKOV"], "--directory", folder, "--framework", "cloudformation"]
        command += ["--compact", "--quiet", "--skip-download", "--output", "json"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(ran.stdout)
    assert report["summary"]["parsing_errors"] == 0, report["summary"]
    assert report["summary"]["passed"] > 50, "checkov has looked at hardly anything"
    failed = report["results"]["failed_checks"]
    return {(one["check_id"], one["resource"].rsplit(".", 1)[-1]): one["check_name"] for one in failed}


class Findings(unittest.TestCase):
    def test_are_those_accepted(self):
        accepted = {(entry["check"], resource) for entry in ACCEPTED for resource in entry["resources"]}
        found = findings()
        self.assertEqual({}, {k: v for k, v in found.items() if k not in accepted}, "not accepted")
        self.assertEqual(set(), accepted - set(found), "accepted, but no longer found")

    def test_are_told_to_operators(self):
        text = (stack.ROOT / "docs/deploy.md").read_text()
        for entry in ACCEPTED:
            self.assertGreater(len(entry["reason"]), 40)
            self.assertIn(entry["check"], text)


if __name__ == "__main__":
    unittest.main()
