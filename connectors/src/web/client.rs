//! Requests.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use url::Url;

use super::auth::Auth;
use crate::database::options::positive;
use crate::{Error, Options, Result};

/// What is waited at first where the service names no time.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A service of the web, with credentials.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    auth: Auth,
    retries: u32,
    patience: Duration,
}

/// What a service answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// Reads the options; nothing is sent.
    ///
    /// # Errors
    /// Credentials that contradict each other or are not complete, a header that is none.
    pub(crate) fn new(options: &Options, service: &Url) -> Result<Self> {
        // The library asks for the process's provider. Another one that is there already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        for (name, value) in options.with_prefix("header.") {
            let at = |error: Error| error.on(format!("option header.{name}"));
            let key = HeaderName::from_bytes(name.as_bytes());
            let key = key.map_err(|_| at(Error::new(format!("{name} is no name of a header"))))?;
            let mut value = HeaderValue::from_str(value)
                .map_err(|_| at(Error::new("the value has characters that a header cannot have")))?;
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        let timeout = Duration::from_secs(positive(options, "timeout")?.unwrap_or(30));
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .read_timeout(timeout)
            .timeout(timeout.saturating_mul(10))
            .user_agent(concat!("onefold/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::new(format!("requests cannot be made: {}", cause(&e))))?;
        let retries = options.integer("retries").unwrap_or(5);
        let retries = u32::try_from(retries)
            .map_err(|_| Error::new(format!("{retries} is no number of attempts")).on("option retries"))?;
        let patience = Duration::from_secs(positive(options, "patience")?.unwrap_or(120));
        Ok(Self { http, auth: Auth::new(options, service)?, retries, patience })
    }

    /// Gets what is at an address, with some headers more.
    ///
    /// # Errors
    /// The service cannot be reached, or refuses also after the last attempt.
    pub(crate) async fn get(&self, url: &Url, headers: &[(&'static str, String)]) -> Result<Answer> {
        self.ask(url, headers).await?.map_err(|(status, answer)| refused(url, status, &answer.body))
    }

    /// As [`Client::get`], but nothing where the service no longer knows the address.
    ///
    /// # Errors
    /// As there.
    pub(crate) async fn get_unless_gone(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
    ) -> Result<Option<Answer>> {
        const GONE: [StatusCode; 3] = [StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND, StatusCode::GONE];
        match self.ask(url, headers).await? {
            Ok(answer) => Ok(Some(answer)),
            Err((status, _)) if GONE.contains(&status) => Ok(None),
            Err((status, answer)) => Err(refused(url, status, &answer.body)),
        }
    }

    /// What the service gives at last, or how it refuses for good.
    async fn ask(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
    ) -> Result<Result<Answer, (StatusCode, Answer)>> {
        let (mut waited, mut pause, mut attempts, mut renewed) = (Duration::ZERO, FIRST_PAUSE, 0, false);
        loop {
            let mut request = self.http.get(url.clone());
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let request = self.auth.sign(&self.http, request).await?;
            let mut most = self.retries;
            let (error, asked) = match read(request).await {
                Ok((status, answer)) if status.is_success() => return Ok(Ok(answer)),
                // A token may end before its time.
                Ok((StatusCode::UNAUTHORIZED, _)) if !renewed && self.auth.renew().await => {
                    renewed = true;
                    continue;
                }
                Ok((status, answer)) => {
                    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                        return Ok(Err((status, answer)));
                    }
                    (refused(url, status, &answer.body), retry_after(&answer.headers))
                }
                Err(error) => {
                    // Nobody there, or nobody who answers: that is told soon.
                    let soon = error.is_connect() || error.is_timeout();
                    most = if soon { self.retries.min(2) } else { self.retries };
                    (unreachable(url, &error), soon.then_some(pause / 4))
                }
            };
            let next = asked.unwrap_or(pause);
            if attempts >= most {
                return Err(error);
            }
            if waited + next > self.patience {
                let limit = self.patience.as_secs();
                let message =
                    format!("{}, and asks for more than {limit} seconds of patience", error.message);
                return Err(Error::new(message).hint("try again later, or raise the option patience"));
            }
            tracing::debug!("{}: again in {next:?}", error.message);
            tokio::time::sleep(next).await;
            (waited, attempts, pause) = (waited + next, attempts + 1, pause * 2);
        }
    }
}

async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<(StatusCode, Answer)> {
    let response: Response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    Ok((status, Answer { headers, body: response.bytes().await? }))
}

/// Seconds, or a date of HTTP.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(SystemTime::from(date).duration_since(SystemTime::now()).unwrap_or_default())
}

fn refused(url: &Url, status: StatusCode, body: &[u8]) -> Error {
    let said = said(&String::from_utf8_lossy(body));
    let error = Error::new(format!("{} answers {status}{said}", shown(url)));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            error.hint("check the credentials among the options, and what they may read")
        }
        StatusCode::NOT_FOUND => error.hint("check the address"),
        StatusCode::TOO_MANY_REQUESTS => error.hint("try again later, or raise the option retries"),
        _ => error,
    }
}

fn unreachable(url: &Url, error: &reqwest::Error) -> Error {
    let why = match error {
        _ if error.is_timeout() => "cannot be reached: it does not answer in time".to_owned(),
        _ if error.is_body() || error.is_decode() => {
            format!("broke off in the middle of an answer: {}", cause(error))
        }
        _ => format!("cannot be reached: {}", cause(error)),
    };
    Error::new(format!("{} {why}", host(url)))
        .hint("check host, port and firewall, or give it longer by the option timeout")
}

fn host(url: &Url) -> String {
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// An address without its query, which may hold a key.
fn shown(url: &Url) -> String {
    format!("{}{}", host(url), url.path())
}

/// What is at the bottom of an error; it does not hold the address.
pub(super) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// What an answer says of an error: the message in its JSON.
pub(super) fn said(body: &str) -> String {
    let found = serde_json::from_str::<serde_json::Value>(body).ok().and_then(|json| {
        let places = ["/error/message", "/error_description", "/message", "/error", "/detail"];
        places.iter().find_map(|place| json.pointer(place)?.as_str().map(str::to_owned))
    });
    found.map(|text| format!(": {}", text.lines().next().unwrap_or_default())).unwrap_or_default()
}
