"""infra/deploy-page.sh and infra/token.py against an `aws` that writes down what it is asked for."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import stack

AWS = """#!/usr/bin/env python3
import json, os, sys
arguments = sys.argv[1:]
stdin = sys.stdin.read() if "file:///dev/stdin" in arguments else None
body = open(arguments[2]).read() if arguments[:2] == ["s3", "cp"] else None
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps({"arguments": arguments, "stdin": stdin, "body": body}) + "\\n")
outputs = {"PageBucketName": "pages", "Url": "https://media.example.org", "TokenKeysArn": "arn:keys"}
if arguments[0] == "cloudformation" and "--query" in arguments:
    print(next(value for name, value in outputs.items() if f"'{name}'" in arguments[-1]))
elif arguments[0] == "cloudformation":
    print(json.dumps({"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]}]}))
elif arguments[1] == "list-keys":
    print(json.dumps({"Items": [{"Key": "token-key", "Value": "former"}]}))
elif arguments[1] in ("describe-key-value-store", "update-keys"):
    print(json.dumps({"ETag": "E1"}))
"""
PLAYERS = {
    "hls.min.js": "hls.js/dist",
    "dash.all.min.js": "dashjs/dist/modern/umd",
    "shaka-player.compiled.js": "shaka-player/dist",
    "video.min.js": "video.js/dist",
}


class WithAws(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "aws").write_text(AWS)
        (self.folder / "aws").chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{self.folder}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "CALLS": str(self.folder / "calls"),
        }

    def calls(self):
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]

    def run_program(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)


class Page(WithAws):
    def test_all_that_the_program_serves_is_uploaded(self):
        copy = self.folder / "project"
        web = copy / "crates/fragmint/web"
        (copy / "infra").mkdir(parents=True)
        (copy / "infra/deploy-page.sh").write_bytes((stack.ROOT / "infra/deploy-page.sh").read_bytes())
        (web / "players").mkdir(parents=True)
        source = stack.ROOT / "crates/fragmint/web"
        for path in [*source.glob("*.*"), *source.glob("players/*.js")]:
            (web / path.relative_to(source)).write_bytes(path.read_bytes())
        for name, folder in PLAYERS.items():
            (web / "node_modules" / folder).mkdir(parents=True)
            (web / "node_modules" / folder / name).write_text(name)
        self.run_program("bash", str(copy / "infra/deploy-page.sh"), "films")

        uploads = {}
        for call in self.calls():
            if call["arguments"][0] == "s3":
                _, _, file, place, *options = call["arguments"]
                uploads[place] = dict(zip(options[::2], options[1::2])) | {"body": call["body"], "file": Path(file).name}
        # The program's own table of what its page consists of.
        rust = (stack.ROOT / "crates/fragmint/src/page.rs").read_text()
        served = set(re.findall(r'include_str!\("\.\./web/([^"]+)"\)', rust))
        self.assertGreater(len(served), 5)
        wanted = {f"s3://pages/-/page/{name}" for name in served} | {f"s3://pages/-/players/{name}" for name in PLAYERS}
        self.assertEqual(wanted, set(uploads))
        types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
        for place, upload in uploads.items():
            self.assertEqual(f"{types[Path(place).suffix]}; charset=utf-8", upload["--content-type"])
            self.assertIn("max-age=0", upload["--cache-control"])
            if "/-/players/" in place:
                self.assertEqual(Path(place).name, upload["body"])
        self.assertTrue(list(uploads)[-1].endswith("index.html"), "the page comes after what it needs")


class Keys(WithAws):
    def test_a_new_key_leaves_the_former_valid(self):
        file = self.folder / "key"
        self.run_program("python3", str(stack.ROOT / "infra/token.py"), "key", "films", str(file))
        self.assertEqual(0o600, file.stat().st_mode & 0o777)
        key = file.read_text().strip()
        self.assertRegex(key, "^[0-9a-f]{64}$")
        (update,) = [call for call in self.calls() if "update-keys" in call["arguments"]]
        puts = [{"Key": "token-key", "Value": key}, {"Key": "token-key-previous", "Value": "former"}]
        self.assertEqual({"KvsARN": "arn:keys", "IfMatch": "E1", "Puts": puts}, json.loads(update["stdin"]))
        self.assertFalse(any(key in " ".join(call["arguments"]) for call in self.calls()))

    def test_signs_below_a_url(self):
        (self.folder / "key").write_text("k\n")
        program = str(stack.ROOT / "infra/token.py")
        ran = self.run_program("python3", program, "sign", str(self.folder / "key"), "a b.mp4", "60", "https://media.example.org/")
        self.assertRegex(ran.stdout, r"^https://media\.example\.org/t/\d{10}-[0-9a-f]{64}/a%20b\.mp4\n$")


if __name__ == "__main__":
    unittest.main()
