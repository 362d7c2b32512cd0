//! How to reach an S3 server on loopback.

use aws_config::{BehaviorVersion, ConfigLoader};
use aws_sdk_s3::config::{Credentials, Region};

/// Where a server is, and who may ask it.
#[derive(Debug, Clone)]
pub struct S3Endpoint {
    /// Its address, as a URL.
    pub url: String,
    /// Who asks.
    pub access_key_id: String,
    /// What proves it.
    pub secret_access_key: String,
}

const REGION: &str = "us-east-1";

impl S3Endpoint {
    /// For `origin::s3::connect_with`, and for clients of a test's own.
    pub fn loader(&self) -> ConfigLoader {
        let credentials =
            Credentials::new(&self.access_key_id, &self.secret_access_key, None, None, "the test");
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .endpoint_url(&self.url)
            .region(Region::from_static(REGION))
            .credentials_provider(credentials)
    }

    /// For programs that a test starts: what the SDK reads from the environment.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL_S3", self.url.clone()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }
}
