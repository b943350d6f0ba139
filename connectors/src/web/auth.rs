//! Credentials of requests.

use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use super::client::{FIRST_PAUSE, retry_after};
use crate::{Error, Options, Result};

/// A token is renewed so long before it ends.
const EARLY: Duration = Duration::from_secs(60);

/// A server of tokens that is busy for longer is given up.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How a request says who asks.
#[derive(Debug)]
pub(super) enum Auth {
    Nothing,
    Basic { user: String, password: String },
    Bearer(String),
    Client(Box<ClientCredentials>),
}

/// OAuth2 client credentials, RFC 6749 section 4.4.
pub(super) struct ClientCredentials {
    token_url: Url,
    id: String,
    secret: String,
    scope: Option<String>,
    token: Mutex<Option<(String, Instant)>>,
}

impl std::fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientCredentials")
            .field("token_url", &self.token_url.as_str())
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
    expires_in: Option<serde_json::Value>,
}

impl Auth {
    /// Reads the options; `service` is the address that the tokens are for.
    pub(super) fn new(options: &Options, service: &Url) -> Result<Self> {
        let text = |name: &str| options.text(name).map(str::to_owned);
        let given: Vec<&str> =
            ["user", "bearer", "client_id"].into_iter().filter(|name| text(name).is_some()).collect();
        if let [first, second, ..] = given.as_slice() {
            return Err(Error::new(format!("{first} and {second} are both given"))
                .hint("choose one: user and password, bearer, or client_id and client_secret"));
        }
        let missing = |name: &str, with: &str| {
            Error::new(format!("the option {name} is missing")).hint(format!("it goes with {with}"))
        };
        if let Some(user) = text("user") {
            return Ok(Self::Basic { user, password: text("password").unwrap_or_default() });
        }
        if let Some(token) = text("bearer") {
            return Ok(Self::Bearer(token));
        }
        let Some(id) = text("client_id") else { return Ok(Self::Nothing) };
        let secret = text("client_secret").ok_or_else(|| missing("client_secret", "client_id"))?;
        let (token_url, scope) = match (text("token_url"), text("tenant")) {
            (Some(url), _) => (url, text("scope")),
            (None, Some(tenant)) => {
                let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
                let all = format!("{}/.default", service.origin().ascii_serialization());
                (url, Some(text("scope").unwrap_or(all)))
            }
            (None, None) => return Err(missing("token_url or tenant", "client_id")),
        };
        let token_url = Url::parse(&token_url)
            .map_err(|e| Error::new(format!("it is not a URL: {e}")).on("option token_url"))?;
        let token = Mutex::default();
        Ok(Self::Client(Box::new(ClientCredentials { token_url, id, secret, scope, token })))
    }

    /// The request with what says who asks.
    pub(super) async fn sign(
        &self,
        client: &reqwest::Client,
        request: RequestBuilder,
    ) -> Result<RequestBuilder> {
        Ok(match self {
            Self::Nothing => request,
            Self::Basic { user, password } => request.basic_auth(user, Some(password)),
            Self::Bearer(token) => request.bearer_auth(token),
            Self::Client(credentials) => request.bearer_auth(credentials.token(client).await?),
        })
    }

    /// Forgets the token that was refused; whether another one can be had.
    pub(super) async fn renew(&self) -> bool {
        match self {
            Self::Client(credentials) => {
                *credentials.token.lock().await = None;
                true
            }
            _ => false,
        }
    }
}

impl ClientCredentials {
    async fn token(&self, client: &reqwest::Client) -> Result<String> {
        let mut known = self.token.lock().await;
        if let Some((token, _)) = known.as_ref().filter(|(_, until)| Instant::now() < *until) {
            return Ok(token.clone());
        }
        let host = self.token_url.host_str().unwrap_or_default();
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("client_id", self.id.as_str()),
            ("client_secret", self.secret.as_str()),
        ];
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        let refused = |why: String| {
            Error::new(format!("no token was given by {host}: {why}"))
                .hint("check client_id, client_secret, scope, and tenant or token_url")
        };
        let mut pause = FIRST_PAUSE;
        let text = loop {
            let answer = client.post(self.token_url.clone()).form(&form).send().await;
            let answer = answer.map_err(|e| refused(super::client::cause(&e)))?;
            let (status, asked) = (answer.status(), retry_after(answer.headers()));
            let text = answer.text().await.map_err(|e| refused(super::client::cause(&e)))?;
            if status.is_success() {
                break text;
            }
            let error = refused(format!("{status}{}", super::client::said(&text)));
            if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
                return Err(error);
            }
            if pause > LONGEST_PAUSE {
                return Err(Error { hint: Some("try again later".to_owned()), ..error });
            }
            tokio::time::sleep(asked.unwrap_or(pause).min(LONGEST_PAUSE)).await;
            pause *= 2;
        };
        let token: Token =
            serde_json::from_str(&text).map_err(|_| refused("the answer has none".to_owned()))?;
        let seconds = match &token.expires_in {
            Some(serde_json::Value::Number(seconds)) => seconds.as_u64(),
            Some(serde_json::Value::String(seconds)) => seconds.parse().ok(),
            _ => None,
        };
        let life = Duration::from_secs(seconds.unwrap_or(300));
        let until = Instant::now() + life.saturating_sub(EARLY.min(life / 2));
        *known = Some((token.access_token.clone(), until));
        Ok(token.access_token)
    }
}
