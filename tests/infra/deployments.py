"""Kinds of deployments that tests ask, one for each thing that parameters can change, and pairs of some."""
import functools
import itertools

import stack

DOMAIN = {
    "DomainName": "media.example.org",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1a",
    "HostedZoneId": "Z123",
}
KEY = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n"
SINGLE = {
    "plain": {},
    "buffered": {"SegmentInvokeMode": "BUFFERED"},
    "gradual": {"DeploymentPreference": "Canary10Percent5Minutes"},
    "buffered gradual": {"SegmentInvokeMode": "BUFFERED", "DeploymentPreference": "AllAtOnce"},
    "existing bucket": {"SourceBucketName": "films-of-others", "SourcePrefix": "films/hd/"},
    "own prefix": {"SourcePrefix": "films/"},
    "kms": {"SourceKmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1a"},
    "own keys": {"SignedUrls": "true", "SigningPublicKey": KEY, "CorsOrigins": "https://a.example,https://b.example"},
    "two keys": {"SignedUrls": "true", "SigningPublicKey": KEY, "SigningPublicKey2": KEY},
    "key group": {"SignedUrls": "true", "SigningKeyGroupId": "1a-2b"},
    "tokens": {"PathTokens": "true"},
    "domain": DOMAIN,
    "domain elsewhere": DOMAIN | {"HostedZoneId": ""},
    "no page": {"PlayerPage": "false"},
    "no shield": {"OriginShield": "false"},
    "shield elsewhere": {"OriginShieldRegion": "eu-central-1"},
    "logs": {"AccessLogBucket": "logs"},
    "firewall": {"WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"},
    "traced": {"Tracing": "Active"},
    "mail": {"AlarmEmail": "a@example.org"},
    "topic": {"AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms"},
    "limits": {"ManifestConcurrency": "50", "SegmentConcurrency": "100", "IndexerConcurrency": "0"},
    "expiry": {"IndexExpiryDays": "30"},
    "x86": {"Architecture": "x86_64"},
    "us-east-1": {"region": "us-east-1"},
}
MULTIPLIED = ["buffered", "gradual", "existing bucket", "own keys", "tokens", "no page", "traced", "limits"]


def matrix():
    yield from SINGLE.items()
    for pair in itertools.combinations(MULTIPLIED, 2):
        yield " + ".join(pair), SINGLE[pair[0]] | SINGLE[pair[1]]


STACKS = {name: stack.load(**parameters) for name, parameters in matrix()}


def every(test):
    """Makes a test of one stack, `test(self, name, deployed)`, a test of all of them."""

    @functools.wraps(test)
    def ask_all(self):
        for name, deployed in STACKS.items():
            with self.subTest(name):
                test(self, name, deployed)

    return ask_all
