//! Object stores, each source with its own credentials.

use std::hash::{Hash, Hasher};
use std::path::Path as LocalPath;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::{ClientConfigKey, ClientOptions, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use crate::OptionType::{Bool, Integer, Text};
use crate::{Error, OpenRequest, OptionSpec, Options, Result};

/// The options of stores.
pub(crate) const OPTIONS: [OptionSpec; 13] = [
    OptionSpec::new("region", Text, "S3: the region; by default `AWS_REGION`."),
    OptionSpec::new(
        "endpoint",
        Text,
        "S3, Google and Azure: the address of a service that speaks the same protocol.",
    ),
    OptionSpec::new("allow_http", Bool, "Whether the endpoint may be `http://`."),
    OptionSpec::new(
        "timeout",
        Integer,
        "Seconds after which a store that does not answer is given up. A request may take three times as long with \
         its answer, and at least 30 seconds.",
    )
    .default("10"),
    OptionSpec::new("anonymous", Bool, "S3, Google and Azure: read a public bucket without credentials."),
    OptionSpec::new("aws_access_key_id", Text, "S3: the key's id; by default `AWS_ACCESS_KEY_ID`.").secret(),
    OptionSpec::new("aws_secret_access_key", Text, "S3: the key; by default `AWS_SECRET_ACCESS_KEY`.")
        .secret(),
    OptionSpec::new("aws_session_token", Text, "S3: a session's token; by default `AWS_SESSION_TOKEN`.")
        .secret(),
    OptionSpec::new("google_service_account_key", Text, "Google: the service account's JSON key.").secret(),
    OptionSpec::new(
        "google_service_account_key_path",
        Text,
        "Google: the file that holds the key; by default `GOOGLE_SERVICE_ACCOUNT`.",
    )
    .secret(),
    OptionSpec::new(
        "azure_storage_account_name",
        Text,
        "Azure: the account; by default `AZURE_STORAGE_ACCOUNT_NAME`.",
    ),
    OptionSpec::new(
        "azure_storage_account_key",
        Text,
        "Azure: its key; by default `AZURE_STORAGE_ACCOUNT_KEY`.",
    )
    .secret(),
    OptionSpec::new(
        "azure_storage_sas_token",
        Text,
        "Azure: a SAS token; by default `AZURE_STORAGE_SAS_TOKEN`.",
    )
    .secret(),
];

/// Where clouds tell their own machines credentials: what is asked when there are none.
const METADATA_SERVICE: &str = "169.254.";

/// How long a store may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a request may take, unless the option `timeout` asks for more.
const REQUEST: Duration = Duration::from_secs(30);

/// A store and what kind it is.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// The path that the URL names.
    pub(crate) path: object_store::path::Path,
    pub(crate) bucket: String,
    /// Whether the store can list its objects.
    pub(crate) lists: bool,
    /// How long it may stay silent.
    pub(crate) patience: Duration,
}

/// The store of a local folder.
pub(crate) fn local(folder: &LocalPath) -> Result<Arc<dyn ObjectStore>> {
    match LocalFileSystem::new_with_prefix(folder) {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => Err(Error::new(format!("the folder {} cannot be read: {error}", folder.display()))),
    }
}

/// The store of a URL, with credentials from the options or else from the environment.
pub(crate) fn remote(url: &Url, options: &Options) -> Result<Remote> {
    let (scheme, path) = ObjectStoreScheme::parse(url).map_err(|_| {
        Error::new(format!("the URL {} is of no known kind", shown(url)))
            .hint("give a path, or a URL that begins with s3://, gs://, az:// or https://")
    })?;
    let bucket = url.host_str().unwrap_or_default().to_owned();
    let wrong = |error: object_store::Error| {
        Error::new(format!("the store of {} cannot be set up: {}", shown(url), sources(&error)))
            .hint("check the credentials and the endpoint among the options, or in the environment")
    };
    let allow_http = options.bool("allow_http").unwrap_or(false);
    let anonymous = options.bool("anonymous").unwrap_or(false);
    let patience = match options.integer("timeout").map(u64::try_from) {
        Some(Ok(seconds @ 1..)) => Duration::from_secs(seconds),
        _ => return Err(Error::new("the time must be at least one second").on("option timeout")),
    };
    // A request's time is with its whole answer, which may be large.
    let whole = REQUEST.max(patience * 3);
    let seconds = |time: Duration| format!("{} seconds", time.as_secs());
    let client = ClientOptions::new()
        .with_allow_http(allow_http || url.scheme() == "http")
        .with_connect_timeout(CONNECT)
        .with_timeout(whole);
    let retry =
        RetryConfig { max_retries: 2, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
    let store: Arc<dyn ObjectStore> = match scheme {
        ObjectStoreScheme::AmazonS3 => {
            let client = AmazonS3ConfigKey::Client;
            let mut builder = AmazonS3Builder::from_env()
                .with_url(url.as_str())
                .with_retry(retry)
                .with_config(client(ClientConfigKey::ConnectTimeout), seconds(CONNECT))
                .with_config(client(ClientConfigKey::Timeout), seconds(whole));
            for (option, key) in [
                ("aws_access_key_id", AmazonS3ConfigKey::AccessKeyId),
                ("aws_secret_access_key", AmazonS3ConfigKey::SecretAccessKey),
                ("aws_session_token", AmazonS3ConfigKey::Token),
                ("region", AmazonS3ConfigKey::Region),
                ("endpoint", AmazonS3ConfigKey::Endpoint),
            ] {
                if let Some(value) = options.text(option) {
                    builder = builder.with_config(key, value);
                }
            }
            if options.text("allow_http").is_some() {
                builder = builder.with_allow_http(allow_http);
            }
            Arc::new(builder.with_skip_signature(anonymous).build().map_err(wrong)?)
        }
        ObjectStoreScheme::GoogleCloudStorage => {
            let client = GoogleConfigKey::Client;
            let mut builder = GoogleCloudStorageBuilder::from_env()
                .with_url(url.as_str())
                .with_retry(retry)
                .with_config(client(ClientConfigKey::ConnectTimeout), seconds(CONNECT))
                .with_config(client(ClientConfigKey::Timeout), seconds(whole));
            for (option, key) in [
                ("google_service_account_key", GoogleConfigKey::ServiceAccountKey),
                ("google_service_account_key_path", GoogleConfigKey::ServiceAccount),
                ("endpoint", GoogleConfigKey::BaseUrl),
            ] {
                if let Some(value) = options.text(option) {
                    builder = builder.with_config(key, value);
                }
            }
            if options.text("allow_http").is_some() {
                let allowed = client(ClientConfigKey::AllowHttp);
                builder = builder.with_config(allowed, allow_http.to_string());
            }
            Arc::new(builder.with_skip_signature(anonymous).build().map_err(wrong)?)
        }
        ObjectStoreScheme::MicrosoftAzure => {
            let client = AzureConfigKey::Client;
            let mut builder = MicrosoftAzureBuilder::from_env()
                .with_url(url.as_str())
                .with_retry(retry)
                .with_config(client(ClientConfigKey::ConnectTimeout), seconds(CONNECT))
                .with_config(client(ClientConfigKey::Timeout), seconds(whole));
            for (option, key) in [
                ("azure_storage_account_name", AzureConfigKey::AccountName),
                ("azure_storage_account_key", AzureConfigKey::AccessKey),
                ("azure_storage_sas_token", AzureConfigKey::SasKey),
                ("endpoint", AzureConfigKey::Endpoint),
            ] {
                if let Some(value) = options.text(option) {
                    builder = builder.with_config(key, value);
                }
            }
            if options.text("allow_http").is_some() {
                builder = builder.with_allow_http(allow_http);
            }
            Arc::new(builder.with_skip_signature(anonymous).build().map_err(wrong)?)
        }
        ObjectStoreScheme::Http => {
            if url.query().is_some() {
                let error = Error::new("an https:// URL with a query cannot be read");
                return Err(
                    error.hint("download the file, or use the store's own URL: s3://, gs:// or az://")
                );
            }
            let host = &url[..url::Position::BeforePath];
            let builder = HttpBuilder::new().with_url(host).with_client_options(client).with_retry(retry);
            let store = Arc::new(builder.build().map_err(wrong)?);
            return Ok(Remote { store, path, bucket, lists: false, patience });
        }
        _ => {
            return Err(Error::new(format!("the URL {} is of no known kind", shown(url)))
                .hint("give a path, or a URL that begins with s3://, gs://, az:// or https://"));
        }
    };
    Ok(Remote { store, path, bucket, lists: true, patience })
}

/// What a store answers, unless it stays silent for too long.
pub(crate) async fn answer<T>(patience: Duration, shown: &str, asked: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(patience, asked).await.map_err(|_| {
        Error::new(format!("{shown} did not answer within {} seconds", patience.as_secs()))
            .hint("check the network and the endpoint among the options, or raise the option timeout")
    })
}

/// A store's error as a user needs it.
pub(crate) fn explain(error: &object_store::Error, object: &str) -> Error {
    use object_store::Error as Store;
    let cause = sources(error);
    // A list that is refused has no kind of its own.
    let status = |code: u16| cause.contains(&format!("status code: {code}"));
    match error {
        Store::NotFound { .. } => Error::new(format!("{object} does not exist")),
        Store::Generic { .. } if status(404) => {
            Error::new(format!("{object} does not exist: {}", said(&cause)))
                .hint("check the bucket; a name is case-sensitive")
        }
        Store::PermissionDenied { .. } | Store::Unauthenticated { .. } => denied(object, &cause),
        Store::Generic { .. } if status(401) || status(403) => denied(object, &cause),
        _ => {
            let error = Error::new(format!("{object} cannot be read: {}", said(&cause)));
            if cause.contains(METADATA_SERVICE) {
                error.hint("no credentials were found; give them among the options, or in the environment")
            } else if object.contains("://") {
                error.hint("check the network, and the endpoint and the region among the options")
            } else {
                error
            }
        }
    }
}

fn denied(object: &str, cause: &str) -> Error {
    Error::new(format!("access to {object} is denied: {}", said(cause)))
        .hint("check the credentials among the options, or in the environment")
}

/// What a store says in its answer, without the XML round it.
fn said(cause: &str) -> String {
    let tagged = |tag: &str| {
        let (_, rest) = cause.split_once(&format!("<{tag}>"))?;
        rest.split_once(&format!("</{tag}>")).map(|(text, _)| text.lines().next().unwrap_or_default())
    };
    match (tagged("Code"), tagged("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        _ => cause.to_owned(),
    }
}

/// An error and what caused it, each said once.
pub(crate) fn sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        next = source.source();
    }
    text
}

/// A URL without what may be secret in it.
pub(crate) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    if shown.password().is_some() {
        let _ = shown.set_password(Some("***"));
    }
    shown.to_string()
}

/// A text that no other source has, and that the same source has again when it is opened again: under it a session keeps
/// its store.
pub(crate) fn store_name(request: &OpenRequest) -> String {
    let mut hash = Fnv::new();
    (&request.name, &request.base).hash(&mut hash);
    for pair in request.options.with_prefix("") {
        pair.hash(&mut hash);
    }
    format!("{:016x}", hash.finish())
}

/// The FNV-1a hash, whose values do not change from one build to the next.
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
