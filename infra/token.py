#!/usr/bin/env python3
"""Keys and signatures of path tokens (PathTokens=true).

  token.py key STACK FILE                 makes a new key, writes it to FILE and puts it into the stack's key value store;
                                          the key before it stays valid until the next one (needs the AWS CLI, version 2)
  token.py sign FILE ASSET SECONDS [URL]  prints the path, or the URL, below which ASSET plays for so many seconds

A token is `/t/<expires>-<mac>/`: when it expires in seconds since 1970, and the HMAC-SHA256 of `<expires>/<asset>` with the
asset percent-encoded as its URLs are. Anyone who can compute that can sign; this program is one example.

ASSET is a file or a folder. The token of a folder opens the folder as a presentation and every file directly in it, so that the
manifest of a set can lead from one file to the other; it opens nothing in a folder below. The empty ASSET is the root.
"""
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
import time
from urllib.parse import quote

CURRENT, PREVIOUS = "token-key", "token-key-previous"
# What URLs leave as it is, beside letters, digits and `-._~` (crates/packaging/src/route/print.rs).
PLAIN = "/!$()*,:=@"


def sign(key: str, asset: str, expires: int) -> str:
    """The path of an asset, or of a folder, with its token."""
    path = "/" + quote(asset.strip("/"), safe=PLAIN)
    mac = hmac.new(key.encode(), f"{expires}{path}".encode(), hashlib.sha256).hexdigest()
    return f"/t/{expires}-{mac}{path}"


def aws(*arguments, stdin=None):
    command = ["aws", *arguments, "--output", "json"]
    if stdin is not None:
        # Not among the arguments, which others on this machine can see.
        command += ["--cli-input-json", "file:///dev/stdin"]
    text = json.dumps(stdin) if stdin is not None else None
    ran = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(ran.stdout)


def store_key(stack: str, file: str) -> None:
    outputs = aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"][0].get("Outputs", [])
    arn = next((o["OutputValue"] for o in outputs if o["OutputKey"] == "TokenKeysArn"), None)
    if arn is None:
        sys.exit(f"token: the stack {stack} has no key value store: deploy it with PathTokens=true")
    store = "cloudfront-keyvaluestore"
    key = secrets.token_hex(32)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(key + "\n")
    listed = aws(store, "list-keys", "--kvs-arn", arn).get("Items", [])
    former = next((item["Value"] for item in listed if item["Key"] == CURRENT), None)
    puts = [{"Key": CURRENT, "Value": key}] + ([{"Key": PREVIOUS, "Value": former}] if former else [])
    etag = aws(store, "describe-key-value-store", "--kvs-arn", arn)["ETag"]
    aws(store, "update-keys", stdin={"KvsARN": arn, "IfMatch": etag, "Puts": puts})


def main(arguments) -> None:
    match arguments:
        case ["key", stack, file]:
            store_key(stack, file)
        case ["sign", file, asset, seconds, *url] if len(url) < 2:
            with open(file) as key:
                path = sign(key.read().strip(), asset, int(time.time()) + int(seconds))
            print("".join(url).rstrip("/") + path)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
