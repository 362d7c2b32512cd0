//! The SDK's client, from the environment.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, Region, ResponseChecksumValidation};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_types::service_config::ServiceConfigKey;

use super::bucket::Bucket;
use super::index_store::S3IndexStore;
use super::settings::{S3Settings, SettingsError};
use super::source::S3Source;

/// Connections are given up before S3 does so, whatever an environment that slept in between remembers.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);
/// Where an endpoint is named, the region is but a word in the signature.
const REGION_OF_ENDPOINTS: &str = "us-east-1";

/// The stores that these settings name, over one client. Credentials, region and endpoint
/// (`AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`) come from the environment and the files that the SDK reads.
pub async fn connect(settings: S3Settings) -> Result<(S3Source, S3IndexStore), SettingsError> {
    connect_with(aws_config::defaults(BehaviorVersion::v2026_01_12()), settings).await
}

/// As [`connect`], with what `loader` has been told in place of the environment's. The client for HTTP, and
/// how long to wait how often, are chosen here.
pub async fn connect_with(
    loader: ConfigLoader,
    settings: S3Settings,
) -> Result<(S3Source, S3IndexStore), SettingsError> {
    let settings = settings.checked()?;
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .pool_idle_timeout(IDLE_CONNECTION)
        .build_https();
    let sdk = loader
        .http_client(http)
        .behavior_version(BehaviorVersion::v2026_01_12())
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().connect_timeout(settings.limits.connect).build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await;
    let client = Client::from_conf(client_config(&sdk, &settings).build());
    let S3Settings { source_bucket, source_prefix, index_bucket, index_prefix, limits } = settings;
    let indexes = index_bucket.map(|name| Bucket::new(client.clone(), name, index_prefix, limits));
    let sources = Bucket::new(client, source_bucket, source_prefix, limits);
    Ok((S3Source::new(sources), S3IndexStore::new(indexes)))
}

fn client_config(sdk: &SdkConfig, settings: &S3Settings) -> Builder {
    let has_endpoint = has_endpoint(sdk);
    let mut names = std::iter::once(&settings.source_bucket).chain(&settings.index_bucket);
    // A certificate for all buckets does not cover a name with dots in it.
    let is_path_style = has_endpoint || names.any(|name| name.contains('.'));
    let builder = Builder::from(sdk)
        .force_path_style(is_path_style)
        // Stored checksums are of whole objects; parts of them cannot be checked.
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    if has_endpoint && sdk.region().is_none() {
        return builder.region(Region::from_static(REGION_OF_ENDPOINTS));
    }
    builder
}

/// Whether an endpoint is named for all services or for S3 alone, in the environment or in a file.
fn has_endpoint(sdk: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    let for_s3 = key.and_then(|key| sdk.service_config()?.load_config(key));
    for_s3.is_some() || sdk.endpoint_url().is_some()
}
