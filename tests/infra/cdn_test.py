"""What must hold of the distribution, for every kind of deployment that the parameters allow."""
import json
import re
import unittest

import stack
from deployments import every


class Distribution(unittest.TestCase):
    @every
    def test_origins_are_signed_and_asked_by_their_own_names(self, _, deployed):
        cdn = deployed.child("Cdn")
        for origin in distribution(deployed)["Origins"]:
            control = cdn.properties(origin["OriginAccessControlId"].strip("<>").removesuffix(".Id"))
            control = control["OriginAccessControlConfig"]
            self.assertEqual(("always", "sigv4"), (control["SigningBehavior"], control["SigningProtocol"]))
            kind = "s3" if origin["Id"] == "page" else "lambda"
            self.assertEqual(kind, control["OriginAccessControlOriginType"])
            if kind == "lambda":
                self.assertRegex(origin["DomainName"], r"^\w+\.lambda-url\.[a-z0-9-]+\.on\.aws$")
                self.assertEqual("https-only", origin["CustomOriginConfig"]["OriginProtocolPolicy"])
                self.assertEqual(["TLSv1.2"], origin["CustomOriginConfig"]["OriginSSLProtocols"])
        # Without an origin request policy CloudFront sends the origin's own Host, and no other header of the viewer.
        for behaviour in behaviours(deployed):
            self.assertNotIn("OriginRequestPolicyId", behaviour)
            self.assertNotIn("ForwardedValues", behaviour)

    @every
    def test_origins_wait_for_their_functions(self, _, deployed):
        """A function that CloudFront gives up on before it answers is paid for nothing; CloudFront allows 60 s."""
        waits = {o["Id"]: o.get("CustomOriginConfig", {}).get("OriginReadTimeout") for o in distribution(deployed)["Origins"]}
        self.assertEqual(deployed.properties("ManifestFunction")["Timeout"], waits["manifest"])
        self.assertTrue(30 <= waits["segment"] <= 60)

    @every
    def test_behaviours_lead_to_the_function_that_answers(self, _, deployed):
        asset = "/films/a%20b.mp4/0123456789abcdef/"
        paths = {
            "/films/a.mp4/master.m3u8": "manifest",
            "/films/a.mp4/manifest.mpd": "manifest",
            "/m4s/init.mp4/manifest.mpd": "manifest",
            asset + "v1-0-1f-3/index.m3u8": "manifest",
            asset + "v1-0-1f-3/init.mp4": "segment",
            asset + "v1-0-1f-3/init-hls.mp4": "segment",
            asset + "a2/288000.m4s": "segment",
            "/t/1-00/films/a.mp4/0123456789abcdef/a2-2f40-1a00-2bf200/0.m4s": "segment",
            "/films/dune.json/master.m3u8": "manifest",
            "/films/dune_,480,720,.mp4.urlset/manifest.mpd": "manifest",
            "/films/dune/master.m3u8": "manifest",
            "/films/a.mp4/0123456789abcdef-4000/v1-0-1f-3/index-7.m3u8": "manifest",
            "/films/a.vtt/0123456789abcdef-4000-e30000/t1-0-1f-3/imsc1-6.m3u8": "manifest",
            # Text is compressed, by the function that may.
            "/films/a.vtt/0123456789abcdef/t1-0-1f-3/6000.vtt": "manifest",
            "/films/a.mp4/0123456789abcdef/t1-0-1f-3/captions.vtt": "manifest",
            "/films/dune.json/0123456789abcdef/images.vtt": "manifest",
            "/films/dune.json/0123456789abcdef/images.m3u8": "manifest",
            asset + "t1-0-1f-3/init-wvtt.mp4": "segment",
            asset + "t1-0-1f-3/init-stpp.mp4": "segment",
            asset + "t1-0-1f-3/6000-wvtt.m4s": "segment",
            asset + "t1-0-1f-3/6000-stpp.m4s": "segment",
            # MPEG-TS, packed audio, key frames, whole tracks, downloads, Smooth Streaming.
            **{f"{asset}v1-0-1f-3/{name}": "segment" for name in ("0.ts", "0-i.ts", "0-i.m4s", "n1.m4s", "file.mp4")},
            **{f"{asset}a1-0-1f-3/0.{ending}": "segment" for ending in ("aac", "ac3", "eac3", "mp3")},
            asset + "v1-0-1f-3/a2-0-1f-3/0.ts": "segment",
            asset + "v1-0-1f-3/a2-0-1f-3/muxed.m3u8": "manifest",
            asset + "v1-0-1f-3/iframes.m3u8": "manifest",
            asset + "t1-0-1f-3/6000-ts.vtt": "manifest",
            "/films/a.mp4/tracks/v1,a2/clipFrom/5/download.mp4": "segment",
            "/films/a.mp4.ism/Manifest": "manifest",
            "/films/a.mp4/QualityLevels(128000)/Fragments(audio=0)": "segment",
            "/films/a.mp4.ism/0123456789abcdef/QualityLevels(128000)/Fragments(audio_eng-2=40000000)": "segment",
            "/films/a.mp4/container/demuxed/start/1.5/master.m3u8": "manifest",
            # nginx-vod-module's.
            "/hls/films/a.mp4/seg-1-v1-a1.ts": "segment",
            "/dash/films/a.mp4/init-v1.mp4": "segment",
            "/dash/films/a.mp4/fragment-1-v1.m4s": "segment",
            "/mss/films/a.mp4/manifest": "manifest",
            # A sheet may be longer than a buffered answer.
            "/films/dune.json/0123456789abcdef/12.jpg": "segment",
            "/-/page/poster.jpg": "page or segment",
            "/-/page/index.html": "page",
            "/-/players/hls.min.js": "page",
            "/": "manifest",
            "/films/a.mp4": "manifest",
        }
        default, *special = behaviours(deployed)
        for path, wanted in paths.items():
            chosen = next((b for b in special if matches(b["PathPattern"], path)), default)
            has_page = deployed.parameters["PlayerPage"] == "true"
            if "page" in wanted:
                wanted = "page" if has_page else wanted.removeprefix("page or ").replace("page", "manifest")
            self.assertEqual(wanted, chosen["TargetOriginId"], path)

    @every
    def test_cache_keys_hold_the_path_and_of_manifests_the_filter(self, _, deployed):
        cdn = deployed.child("Cdn")
        for policy in cdn.of("AWS::CloudFront::CachePolicy").values():
            config = policy["Properties"]["CachePolicyConfig"]
            key = config["ParametersInCacheKeyAndForwardedToOrigin"]
            self.assertEqual(0, config["MinTTL"])
            self.assertEqual({"CookieBehavior": "none"}, key["CookiesConfig"])
            self.assertEqual({"HeaderBehavior": "none"}, key["HeadersConfig"])
        for behaviour in behaviours(deployed):
            policy = cdn.properties(behaviour["CachePolicyId"].strip("<>"))["CachePolicyConfig"]
            key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
            known = {"QueryStringBehavior": "whitelist", "QueryStrings": ["aws.manifestfilter"]}
            wanted = known if behaviour["TargetOriginId"] == "manifest" else {"QueryStringBehavior": "none"}
            self.assertEqual(wanted, key["QueryStringsConfig"])
            # Streamed answers have no length, without which CloudFront does not compress; and media is compressed.
            compressed = behaviour["TargetOriginId"] != "segment"
            for flag in (behaviour["Compress"], key["EnableAcceptEncodingGzip"], key["EnableAcceptEncodingBrotli"]):
                self.assertEqual(compressed, flag)

    @every
    def test_behaviours_take_reads_only_over_tls_through_the_edge_function(self, _, deployed):
        for behaviour in behaviours(deployed):
            self.assertEqual(["GET", "HEAD", "OPTIONS"], behaviour["AllowedMethods"])
            self.assertEqual("redirect-to-https", behaviour["ViewerProtocolPolicy"])
            edge = [{"EventType": "viewer-request", "FunctionARN": "<ViewerRequest.FunctionMetadata.FunctionARN>"}]
            self.assertEqual(edge, behaviour["FunctionAssociations"])
            self.assertIn("ResponseHeadersPolicyId", behaviour)

    @every
    def test_signing_covers_all_media_and_no_page(self, _, deployed):
        signed = deployed.parameters["SignedUrls"] == "true"
        group = deployed.parameters["SigningKeyGroupId"] or "<SigningKeys>"
        for behaviour in behaviours(deployed):
            wanted = [group] if signed and behaviour["TargetOriginId"] != "page" else None
            self.assertEqual(wanted, behaviour.get("TrustedKeyGroups"), behaviour["PathPattern"])

    @every
    def test_failures_are_not_kept(self, _, deployed):
        """CloudFront keeps errors for 10 s unless told otherwise."""
        ttl = {e["ErrorCode"]: e["ErrorCachingMinTTL"] for e in distribution(deployed)["CustomErrorResponses"]}
        self.assertTrue(all(seconds <= (5 if code < 500 else 1) for code, seconds in ttl.items()))
        self.assertEqual({400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}, set(ttl))

    @every
    def test_media_answers_tell_browsers_what_players_need(self, _, deployed):
        exposed = {"Content-Length", "Content-Range", "Date", "ETag", "Server-Timing", "X-Cache", "Fragmint-Left-Out"}
        headers = deployed.child("Cdn").properties("MediaHeaders")["ResponseHeadersPolicyConfig"]
        cors = headers["CorsConfig"]
        self.assertEqual(exposed, set(cors["AccessControlExposeHeaders"]["Items"]))
        self.assertEqual(deployed.parameters["CorsOrigins"], ",".join(cors["AccessControlAllowOrigins"]["Items"]))
        # Browsers refuse credentials together with `*`, and so does CloudFront.
        self.assertFalse(cors["AccessControlAllowCredentials"] and cors["AccessControlAllowOrigins"]["Items"] == ["*"])
        self.assertTrue(cors["OriginOverride"])
        custom = {item["Header"]: item["Value"] for item in headers["CustomHeadersConfig"]["Items"]}
        self.assertEqual("*", custom["Timing-Allow-Origin"])
        self.assertIn("StrictTransportSecurity", headers["SecurityHeadersConfig"])
        self.assertIn("ContentTypeOptions", headers["SecurityHeadersConfig"])

    @every
    def test_the_distribution_is_modern(self, _, deployed):
        config = distribution(deployed)
        self.assertEqual("http2and3", config["HttpVersion"])
        self.assertTrue(config["IPV6Enabled"])
        certificate = config["ViewerCertificate"]
        if deployed.parameters["DomainName"]:
            self.assertEqual("TLSv1.2_2021", certificate["MinimumProtocolVersion"])
            self.assertEqual([deployed.parameters["DomainName"]], config["Aliases"])
        else:
            self.assertEqual({"CloudFrontDefaultCertificate": True}, certificate)

    @every
    def test_the_dashboard_is_json_about_this_stack(self, name, deployed):
        body = json.loads(deployed.child("Dashboard").properties("Dashboard")["DashboardBody"])
        text = json.dumps(body)
        for metric in ("Requests", "CacheHitRate", "5xxErrorRate", "Errors5xx", "DurationMs", "S3Reads", "Amplification", "ColdStarts", "ConcurrentExecutions", "IndexFailures"):
            self.assertIn(f'"{metric}"', text)
        for widget in body["widgets"]:
            first = widget["properties"]["metrics"][0]
            # CloudFront's metrics are nowhere else.
            here = "us-east-1" if first[0] == "AWS/CloudFront" or name == "us-east-1" else stack.REGION
            self.assertEqual(here, widget["properties"]["region"])
            self.assertLessEqual(widget["x"] + widget["width"], 24)

    @every
    def test_cloudfront_is_watched_from_where_its_metrics_are(self, name, deployed):
        self.assertEqual(name == "us-east-1", "DistributionAlarm" in deployed.resources)

    @every
    def test_outputs_say_how_to_go_on(self, _, deployed):
        outputs = deployed.outputs
        host = deployed.parameters["DomainName"] or "<Distribution.DomainName>"
        self.assertEqual(f"https://{host}", outputs["Url"])
        self.assertEqual(f"https://{host}/<asset>/master.m3u8", outputs["HlsUrl"])
        self.assertTrue({"SourceBucketName", "IndexBucketName", "DashboardUrl", "DistributionId"} <= set(outputs))
        page = deployed.parameters["PlayerPage"] == "true"
        self.assertEqual(page, "PageBucketName" in outputs)
        self.assertTrue(outputs["PlayerUrl"].startswith(f"https://{host}/#asset=" if page else "https://hlsjs.video-dev.org/demo/?src=https%3A%2F%2F"))
        self.assertEqual(deployed.parameters["PathTokens"] == "true", "TokenKeysArn" in outputs)

    @every
    def test_names_are_unique_in_the_account(self, _, deployed):
        """CloudFront is global: two stacks of one name in two regions must not meet. Many of its names end at 64 characters;
        38 are promised to the stack's, and 15 go to the longest region, `-ap-southeast-1`."""
        beginning = f"films-{deployed.pseudo['AWS::Region']}"
        for child in ("Edge", "Cdn"):
            for resource in deployed.child(child).resources.values():
                properties = resource["Properties"]
                configs = [properties, *(value for value in properties.values() if isinstance(value, dict))]
                for name in (config["Name"] for config in configs if "Name" in config and resource["Type"].startswith("AWS::CloudFront::")):
                    self.assertTrue(name.startswith(beginning))
                    self.assertLessEqual(len(name) - len(beginning), 64 - 38 - 15)


def distribution(deployed):
    return deployed.child("Cdn").properties("Distribution")["DistributionConfig"]


def behaviours(deployed):
    config = distribution(deployed)
    return [{"PathPattern": "", **config["DefaultCacheBehavior"]}, *config["CacheBehaviors"]]


def matches(pattern, path):
    """CloudFront's path patterns: `*` is any text, also slashes, `?` one character; a leading slash may be left out."""
    if not pattern.startswith(("/", "*")):
        pattern = "/" + pattern
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(expression, path) is not None


if __name__ == "__main__":
    unittest.main()
