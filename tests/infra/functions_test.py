"""What must hold of the functions, their roles, buckets, events and alarms, for every kind of deployment."""
import fnmatch
import functools
import itertools
import json
import re
import unittest

import stack
from deployments import DOMAIN, KEY, STACKS, every

MEDIA_FUNCTIONS = ("ManifestFunction", "SegmentFunction")
# Another value than the default for each parameter.
OTHERS = {
    "Stage": "prod",
    "SourceBucketName": "films-of-others",
    "SourcePrefix": "films/",
    "SourceKmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1a",
    "SegmentSeconds": "4",
    "Priming": "drop",
    "SegmentIndex": "true",
    "MinVideoBitsPerSecond": "500000",
    "MaxVideoBitsPerSecond": "8000000",
    "StreamOrder": "ORIGINAL",
    "AudioOnlyVariant": "true",
    "DashSegments": "number",
    "ProgramDateTime": "source",
    "NginxUrls": "true",
    "ManifestMaxAge": "5",
    "CopySmallTracks": "false",
    "IndexExpiryDays": "30",
    "Architecture": "x86_64",
    "SegmentInvokeMode": "BUFFERED",
    "ManifestMemory": "1024",
    "SegmentMemory": "1769",
    "IndexerMemory": "2048",
    "ManifestConcurrency": "10",
    "SegmentConcurrency": "10",
    "IndexerConcurrency": "10",
    "ReadGapKiB": "0",
    "MaxSegmentMiB": "8",
    "CacheMiB": "128",
    "DeploymentPreference": "AllAtOnce",
    "SignedUrls": "true",
    "SigningKeyGroupId": "1a-2b",
    "SigningPublicKey": KEY,
    "SigningPublicKey2": KEY,
    "PathTokens": "true",
    "CorsOrigins": "https://a.example",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b",
    **DOMAIN,
    "PriceClass": "PriceClass_100",
    "OriginShield": "false",
    "OriginShieldRegion": "eu-central-1",
    "AccessLogBucket": "logs",
    "PlayerPage": "false",
    "LogLevel": "debug",
    "LogRetentionDays": "7",
    "Tracing": "Active",
    "AlarmEmail": "a@example.org",
    "AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
}


class Functions(unittest.TestCase):
    @every
    def test_function_urls_are_closed_to_all_but_the_distribution(self, _, deployed):
        urls = deployed.of("AWS::Lambda::Url")
        self.assertGreaterEqual(len(urls), 1)
        for url in urls.values():
            self.assertEqual("AWS_IAM", url["Properties"]["AuthType"])
            self.assertNotIn("Cors", url["Properties"])
            self.assert_granted(deployed, url["Properties"]["TargetFunctionArn"])

    def assert_granted(self, deployed, target):
        """Both grants, on what the URL belongs to: the alias."""
        self.assertRegex(target, r"^<\w+FunctionAliaslive>$")
        grants = [p["Properties"] for p in deployed.of("AWS::Lambda::Permission").values()]
        grants = [grant for grant in grants if grant["FunctionName"] == target]
        arn = f"arn:aws:cloudfront::123456789012:distribution/{deployed.outputs['DistributionId']}"
        common = {
            "FunctionName": target,
            "Principal": "cloudfront.amazonaws.com",
            "SourceArn": arn,
        }
        url = common | {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "AWS_IAM"}
        invoke = common | {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}
        self.assertCountEqual([url, invoke], grants)

    @every
    def test_streams_only_where_asked(self, _, deployed):
        modes = {k: v["Properties"]["InvokeMode"] for k, v in deployed.of("AWS::Lambda::Url").items()}
        streams = deployed.parameters["SegmentInvokeMode"] == "RESPONSE_STREAM"
        expected = {"ManifestFunctionUrl": "BUFFERED"}
        self.assertEqual(expected | ({"SegmentFunctionUrl": "RESPONSE_STREAM"} if streams else {}), modes)
        limit = deployed.properties("ManifestFunction")["Environment"]["Variables"]["FRAGMINT_MAX_SEGMENT_MIB"]
        self.assertEqual("64" if streams else "4", limit)

    @every
    def test_buckets_are_private_and_take_tls_only(self, _, deployed):
        for one in deployed.all():
            policies = [p["Properties"] for p in one.of("AWS::S3::BucketPolicy").values()]
            for logical_id, bucket in one.of("AWS::S3::Bucket").items():
                block = bucket["Properties"]["PublicAccessBlockConfiguration"]
                self.assertEqual([True] * 4, list(block.values()))
                self.assertIn("BucketEncryption", bucket["Properties"])
                (policy,) = [p for p in policies if p["Bucket"] == f"<{logical_id}>"]
                denied = [s for s in statements(policy) if s["Effect"] == "Deny"]
                self.assertEqual({"Bool": {"aws:SecureTransport": "false"}}, denied[0]["Condition"])
                self.assertEqual([f"<{logical_id}.Arn>", f"<{logical_id}.Arn>/*"], denied[0]["Resource"])
                rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
                self.assertIn("AbortIncompleteMultipartUpload", rules[0])

    @every
    def test_sources_outlive_the_stack(self, _, deployed):
        self.assertEqual(deployed.parameters["SourceBucketName"] == "", "SourceBucket" in deployed.resources)
        for logical_id in ("SourceBucket", "SourceBucketPolicy"):
            if logical_id in deployed.resources:
                kept = deployed.resources[logical_id]
                self.assertEqual(("Retain", "Retain"), (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]))

    # Actions for which AWS knows no narrower resource.
    EVERYWHERE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords", "cloudwatch:DescribeAlarms"}

    @every
    def test_roles_may_do_what_they_must(self, _, deployed):
        for role in deployed.of("AWS::IAM::Role").values():
            self.assertNotIn("ManagedPolicyArns", role["Properties"])
            for statement in itertools.chain(*map(statements, role["Properties"]["Policies"])):
                actions = set(as_list(statement["Action"]))
                self.assertFalse([a for a in actions if "*" in a])
                if "*" in as_list(statement["Resource"]):
                    self.assertLessEqual(actions, self.EVERYWHERE)
                    self.assertEqual(1, len(as_list(statement["Resource"])))

    @every
    def test_each_function_has_a_role_that_reaches_its_own_things_only(self, _, deployed):
        reads = {"s3:GetObject", "s3:GetObjectVersion"}
        bucket = deployed.parameters["SourceBucketName"] or "<SourceBucket>"
        prefix = deployed.parameters["SourcePrefix"]
        for name, function in deployed.of("AWS::Lambda::Function").items():
            role = name.replace("Function", "Role")
            self.assertEqual(f"<{role}.Arn>", function["Properties"]["Role"])
            allowed = {}
            for statement in itertools.chain(*map(statements, deployed.properties(role)["Policies"])):
                self.assertEqual("Allow", statement["Effect"])
                allowed.setdefault(statement["Resource"], set()).update(as_list(statement["Action"]))
            expected = {
                f"arn:aws:s3:::{bucket}/{prefix}*": reads,
                "<IndexBucket.Arn>/index/*": {"s3:GetObject", "s3:PutObject"},
                f"<{name.replace('Function', 'Log')}.Arn>": {"logs:CreateLogStream", "logs:PutLogEvents"},
                # For folders, and for the indexer to know what is missing.
                f"arn:aws:s3:::{bucket}": {"s3:ListBucket"},
            }
            if name == "IndexerFunction":
                expected["<IndexBucket.Arn>/index/*"] |= {"s3:DeleteObject", "s3:AbortMultipartUpload"}
                expected["<IndexBucket.Arn>"] = {"s3:ListBucket"}
                expected["<DeadLetters.Arn>"] = {"sqs:SendMessage"}
            if deployed.parameters["SourceKmsKeyArn"]:
                expected[deployed.parameters["SourceKmsKeyArn"]] = {"kms:Decrypt"}
            if deployed.parameters["Tracing"] == "Active":
                expected["*"] = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
            self.assertEqual(expected, allowed)

    # S3 API Reference, GetObject: who has s3:ListBucket for the request is told 404 of a missing key, others 403.
    @every
    def test_only_the_indexer_is_told_that_a_source_is_missing(self, _, deployed):
        prefix = deployed.parameters["SourcePrefix"]
        for name in deployed.of("AWS::Lambda::Function"):
            # A look-up of one object has neither a prefix nor a delimiter.
            self.assertEqual(name == "IndexerFunction", may_list(deployed, name, {}), name)
            # Nor is the list of all that the bucket holds without the prefix anybody's.
            if prefix:
                self.assertFalse(may_list(deployed, name, {"s3:prefix": ""}))

    # ListObjectsV2 as crates/origin/src/s3/folder.rs asks: `prefix` is the folder with a slash, `delimiter` is `/`.
    @every
    def test_functions_that_answer_viewers_list_folders_below_the_prefix_alone(self, _, deployed):
        prefix = deployed.parameters["SourcePrefix"]
        for name in set(MEDIA_FUNCTIONS) & set(deployed.of("AWS::Lambda::Function")):
            lists = functools.partial(may_list, deployed, name)
            for folder in ("dune/", "a b/c/", "thumbs/"):
                self.assertTrue(lists({"s3:prefix": prefix + folder, "s3:delimiter": "/"}), folder)
                self.assertFalse(lists({"s3:prefix": prefix + folder}), "what lies below the folders in it")
                self.assertEqual(not prefix, lists({"s3:prefix": folder, "s3:delimiter": "/"}))
            for other in (prefix + "dune", prefix + "d") + (("",) if not prefix else ()):
                self.assertFalse(lists({"s3:prefix": other, "s3:delimiter": "/"}), other)

    @every
    def test_logs_end(self, _, deployed):
        for name, function in deployed.of("AWS::Lambda::Function").items():
            logging = function["Properties"]["LoggingConfig"]
            # Lines without a level, as metrics are, count as INFO; they must pass. REPORT lines must not.
            self.assertEqual(("JSON", "TRACE", "WARN"), tuple(logging[k] for k in ("LogFormat", "ApplicationLogLevel", "SystemLogLevel")))
            group = deployed.properties(logging["LogGroup"].strip("<>"))
            self.assertEqual(name.removesuffix("Function").lower(), group["LogGroupName"].rsplit("/")[-1])
            self.assertEqual("30", str(group["RetentionInDays"]))

    # The functions refuse to start with a variable that they do not know.
    VARIABLES = {
        "SOURCE_BUCKET", "SOURCE_PREFIX", "INDEX_BUCKET", "INDEX_PREFIX", "SEGMENT_SECONDS", "PRIMING", "SEGMENT_INDEX",
        "MIN_VIDEO_BITS_PER_SECOND", "MAX_VIDEO_BITS_PER_SECOND", "STREAM_ORDER", "AUDIO_ONLY_VARIANT", "NGINX_URLS",
        "DASH_SEGMENTS", "PROGRAM_DATE_TIME",
        "MANIFEST_MAX_AGE", "READ_GAP_KIB", "MAX_SEGMENT_MIB", "CACHE_MIB", "COPY_TRACKS", "LOG", "METRICS_NAMESPACE",
    }  # fmt: skip

    @every
    def test_functions_are_built_and_set_up_alike(self, _, deployed):
        """Another policy in one function would be another version, and its URLs would not be found by the other."""
        functions = deployed.of("AWS::Lambda::Function")
        environments = [f["Properties"]["Environment"]["Variables"] for f in functions.values()]
        self.assertEqual({f"FRAGMINT_{name}" for name in self.VARIABLES}, set(environments[0]))
        self.assertTrue(all(environment == environments[0] for environment in environments))
        for function in functions.values():
            properties = function["Properties"]
            self.assertEqual(("provided.al2023", "bootstrap"), (properties["Runtime"], properties["Handler"]))
            self.assertEqual([deployed.parameters["Architecture"]], properties["Architectures"])

    def test_a_version_is_made_when_its_settings_change_and_at_no_other_time(self):
        """SAM makes a version of new code only, and the alias would go on with the old settings; and Lambda refuses to
        publish a second version of the same."""
        self.assertEqual(set(stack.read("template.yaml")["Parameters"]), set(OTHERS))
        cases = [({}, {name: value}) for name, value in OTHERS.items()]
        cases += [({"SegmentInvokeMode": "BUFFERED"}, {"MaxSegmentMiB": "8"}), ({"MaxSegmentMiB": "4"}, {"SegmentInvokeMode": "BUFFERED"})]
        for before, change in cases:
            one, other = stack.load(**before), stack.load(**before | change)
            for name in set(MEDIA_FUNCTIONS) & set(one.resources) & set(other.resources):
                with self.subTest(change=change, function=name):
                    changed = settings(one, name) != settings(other, name)
                    self.assertEqual(changed, published(one, name) != published(other, name))
        self.assertNotEqual(settings(stack.load(), "SegmentFunction"), settings(stack.load(SegmentSeconds="4"), "SegmentFunction"))

    def test_a_version_s_description_names_the_timeout(self):
        """It is no parameter, but belongs to a version."""
        for name in MEDIA_FUNCTIONS:
            timeout = STACKS["plain"].properties(name)["Timeout"]
            self.assertIn(f" {timeout} s", published(STACKS["plain"], name)[1])

    def test_a_version_s_description_has_room_for_the_longest_settings(self):
        longest = {"SourceBucketName": "b" * 63, "SourcePrefix": "p" * 79 + "/", "SegmentSeconds": "10.125", "ManifestMaxAge": "86400"}
        longest |= {"MinVideoBitsPerSecond": "2147483646", "MaxVideoBitsPerSecond": "2147483647", "StreamOrder": "VIDEO_BITRATE_DESCENDING", "AudioOnlyVariant": "true", "DashSegments": "duration", "ProgramDateTime": "source"}
        longest |= {"ReadGapKiB": "16384", "MaxSegmentMiB": "190", "CacheMiB": "8192", "ManifestMemory": "10240", "SegmentMemory": "10240"}
        for version in stack.load(**longest).of("AWS::Lambda::Version").values():
            self.assertLessEqual(len(version["Properties"]["Description"]), 256)

    @every
    def test_traffic_moves_step_by_step_only_if_asked(self, _, deployed):
        wanted = deployed.parameters["DeploymentPreference"]
        groups = deployed.of("AWS::CodeDeploy::DeploymentGroup")
        urls = deployed.of("AWS::Lambda::Url")
        self.assertEqual(0 if wanted == "None" else len(urls), len(groups))
        for group in groups.values():
            self.assertEqual(f"CodeDeployDefault.Lambda{wanted}", group["Properties"]["DeploymentConfigName"])
            self.assertEqual("<DeploymentRole.Arn>", group["Properties"]["ServiceRoleArn"])
            self.assertEqual([{"Name": "<Errors>"}], group["Properties"]["AlarmConfiguration"]["Alarms"])
        self.assertEqual(wanted != "None", "DeploymentRole" in deployed.resources)

    @every
    def test_uploads_reach_the_indexer(self, _, deployed):
        rule = deployed.properties("Uploads")
        pattern = rule["EventPattern"]
        self.assertEqual(["Object Created", "Object Deleted"], pattern["detail-type"])
        bucket = deployed.parameters["SourceBucketName"] or "<SourceBucket>"
        self.assertEqual([bucket], pattern["detail"]["bucket"]["name"])
        prefix = deployed.parameters["SourcePrefix"]
        keys = pattern["detail"]["object"]["key"]
        for ending in (".mp4", ".m4v", ".mov", ".m4a", ".MP4", ".M4V", ".MOV", ".M4A"):
            self.assertTrue(any(event_matches(key, f"{prefix}a b/c{ending}") for key in keys), ending)
        if not prefix:
            for ending in (".ismv", ".isma", ".ismt", ".cmfv", ".cmfa", ".cmft"):
                self.assertTrue(any(event_matches(key, f"a b/c{ending}") for key in keys), ending)
        self.assertFalse(any(event_matches(key, f"{prefix}a.txt") for key in keys))
        if prefix:
            self.assertFalse(any(event_matches(key, "a.mp4") for key in keys))
        (target,) = rule["Targets"]
        self.assertEqual("<IndexerFunction.Arn>", target["Arn"])
        self.assertEqual("<DeadLetters.Arn>", target["DeadLetterConfig"]["Arn"])
        self.assertIn("RetryPolicy", target)
        destination = deployed.properties("IndexerFunctionEventInvokeConfig")["DestinationConfig"]
        self.assertEqual("<DeadLetters.Arn>", destination["OnFailure"]["Destination"])

    @every
    def test_captions_that_went_reach_the_indexer(self, _, deployed):
        """What viewers are served of captions lies in the bucket of indexes, so a removal must get there."""
        rule = deployed.properties("CaptionRemovals")
        pattern = rule["EventPattern"]
        self.assertEqual((["aws.s3"], ["Object Deleted"]), (pattern["source"], pattern["detail-type"]))
        uploads = deployed.properties("Uploads")
        self.assertEqual(uploads["EventPattern"]["detail"]["bucket"], pattern["detail"]["bucket"])
        self.assertEqual(uploads["Targets"], rule["Targets"])
        prefix = deployed.parameters["SourcePrefix"]
        keys = pattern["detail"]["object"]["key"]
        for ending in (".vtt", ".srt", ".ttml", ".dfxp", ".itt", ".xml"):
            self.assertTrue(any(event_matches(key, f"{prefix}a b/c{ending}") for key in keys), ending)
        for other in ("a.mp4", "a.json", "a.smil"):
            self.assertFalse(any(event_matches(key, prefix + other) for key in keys), other)

    @every
    def test_events_may_reach_the_indexer_and_the_dead_letters(self, _, deployed):
        rules = {f"<{name}.Arn>" for name in deployed.of("AWS::Events::Rule")}
        self.assertEqual(2, len(rules))
        grants = [p["Properties"] for p in deployed.of("AWS::Lambda::Permission").values()]
        events = [grant for grant in grants if grant["Principal"] == "events.amazonaws.com"]
        self.assertEqual(rules, {grant["SourceArn"] for grant in events})
        self.assertEqual({("<IndexerFunction>", "lambda:InvokeFunction")}, {(g["FunctionName"], g["Action"]) for g in events})
        (letters,) = [s for s in statements(deployed.properties("DeadLettersPolicy")) if s["Effect"] == "Allow"]
        self.assertEqual(rules, set(as_list(letters["Condition"]["ArnEquals"]["aws:SourceArn"])))

    @every
    def test_alarms_watch_each_function(self, _, deployed):
        for name in deployed.of("AWS::Lambda::Function"):
            alarms = deployed.child(name.replace("Function", "Alarms"))
            watched = {"Errors", "Throttles", "Slow"}
            watched |= {"IndexFailures", "DeadLetters"} if name == "IndexerFunction" else {"ServerErrors"}
            limit = int(deployed.parameters[name.replace("Function", "Concurrency")])
            watched |= {"NearReserved"} if limit > 0 else set()
            self.assertEqual(watched, set(alarms.resources))
            timeout_ms = deployed.properties(name)["Timeout"] * 1000
            self.assertEqual(0.8 * timeout_ms, int(alarms.properties("Slow")["Threshold"]))
            for alarm in alarms.resources.values():
                self.assertTrue(f"<{name}>" in json.dumps(alarm) or "<DeadLetters.QueueName>" in json.dumps(alarm))
                told = bool(deployed.parameters["AlarmEmail"] or deployed.parameters["AlarmTopicArn"])
                self.assertEqual(told, "AlarmActions" in alarm["Properties"])

    @every
    def test_reserved_concurrency_is_none_for_0_and_minus_1(self, _, deployed):
        for name, function in deployed.of("AWS::Lambda::Function").items():
            limit = deployed.parameters[name.replace("Function", "Concurrency")]
            reserved = function["Properties"].get("ReservedConcurrentExecutions")
            self.assertEqual(None if limit in ("0", "-1") else limit, reserved)


def statements(policy):
    return policy["PolicyDocument"]["Statement"]


def may_list(deployed, function, request):
    """Whether a function's role may list the bucket of sources with these condition keys (IAM user guide, "Condition operators")."""
    bucket = f"arn:aws:s3:::{deployed.parameters['SourceBucketName'] or '<SourceBucket>'}"
    policies = deployed.properties(function.replace("Function", "Role"))["Policies"]
    lists = [s for s in itertools.chain(*map(statements, policies)) if s["Resource"] == bucket and "s3:ListBucket" in as_list(s["Action"])]
    return any(all(holds(*test, request) for test in s.get("Condition", {}).items()) for s in lists)


def holds(operator, wanted, request):
    match = {"StringLike": fnmatch.fnmatchcase, "StringEquals": str.__eq__}[operator.removesuffix("IfExists")]
    missing = operator.endswith("IfExists")
    return all(match(request[key], value) if key in request else missing for key, value in wanted.items())


def as_list(value):
    return value if isinstance(value, list) else [value]


def settings(deployed, name):
    """What a version of a function holds on to, code apart: reserved concurrency belongs to the function."""
    return {k: v for k, v in deployed.properties(name).items() if k != "ReservedConcurrentExecutions"}


def published(deployed, name):
    """What CloudFormation looks at to decide whether to publish a version: its logical id and its description."""
    versions = deployed.of("AWS::Lambda::Version").items()
    ((logical_id, version),) = [(k, v) for k, v in versions if k.startswith(f"{name}Version")]
    return logical_id, version["Properties"]["Description"]


def event_matches(condition, key):
    """EventBridge's conditions on a value."""
    if "wildcard" in condition:
        return re.fullmatch(".*".join(map(re.escape, condition["wildcard"].split("*"))), key) is not None
    return key.lower().endswith(condition["suffix"]["equals-ignore-case"])


if __name__ == "__main__":
    unittest.main()
