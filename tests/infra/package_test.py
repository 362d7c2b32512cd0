"""What `sam deploy` would upload: run against a small S3, with programs in the place where `sam build` puts them."""
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import yaml

import stack

FUNCTIONS = ("manifest", "segment", "indexer")


class Store(http.server.BaseHTTPRequestHandler):
    """Takes objects and says that it had none before."""

    objects: dict = {}

    def do_PUT(self):
        length = int(self.headers.get("content-length", 0))
        self.objects[self.path] = self.body() if self.headers.get("transfer-encoding") else self.rfile.read(length)
        self.answer(200)

    def do_HEAD(self):
        self.answer(404)

    def do_GET(self):
        self.answer(404)

    def body(self):
        """A body in chunks."""
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def answer(self, status):
        self.send_response(status)
        self.send_header("etag", '"0"')
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def package(folder):
    """Runs `sam package` on a copy; the packaged root, and what was uploaded."""
    (folder / "infra").mkdir()
    shutil.copy(stack.ROOT / "template.yaml", folder)
    for path in (stack.ROOT / "infra").glob("*.yaml"):
        shutil.copy(path, folder / "infra")
    for name in FUNCTIONS:
        (folder / "functions" / name).mkdir(parents=True)
        (folder / "functions" / name / "bootstrap").write_text(name)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = os.environ | {
        "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "SAM_CLI_TELEMETRY": "0",
    }
    command = [os.environ["SAM"], "package", "--s3-bucket", "uploads", "--region", stack.REGION]
    command += ["--output-template-file", "packaged.yaml", "--no-progressbar"]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    server.shutdown()
    server.server_close()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return (folder / "packaged.yaml").read_text(), Store.objects


class Packaged(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            cls.root, cls.objects = package(Path(folder))
        cls.children = [text for text in map(text_of, cls.objects.values()) if text and "AWSTemplateFormatVersion" in text]

    def test_names_nothing_on_this_disk(self):
        template = read(self.root)
        for name, resource in template["Resources"].items():
            properties = resource["Properties"]
            for place in ("CodeUri", "TemplateURL"):
                if place in properties:
                    self.assertRegex(properties[place], "^(s3|https?)://", name)

    def test_uploads_each_nested_template_and_program_once(self):
        self.assertEqual(len(list((stack.ROOT / "infra").glob("*.yaml"))), len(self.children))
        self.assertEqual(len(FUNCTIONS), len(self.objects) - len(self.children))

    def test_has_no_aliases_and_no_merges(self):
        """CloudFormation knows neither."""
        for text in [self.root, *self.children]:
            tokens = [type(token).__name__ for token in yaml.scan(text)]
            self.assertNotIn("AliasToken", tokens)
            self.assertNotIn("<<", [token.value for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken)])

    def test_says_the_same_as_before(self):
        packaged = {json.dumps(plain(read(text)), sort_keys=True) for text in self.children}
        for path in (stack.ROOT / "infra").glob("*.yaml"):
            self.assertTrue(json.dumps(plain(stack.read(path)), sort_keys=True) in packaged, path.name)


def plain(template):
    """A template without the metadata that SAM adds to resources."""
    for resource in template["Resources"].values():
        resource.pop("Metadata", None)
    return template


def text_of(data):
    """The text of an object; none if it is a program."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def read(text):
    return json.loads(json.dumps(yaml.load(text, stack.Loader)))


if __name__ == "__main__":
    unittest.main()
