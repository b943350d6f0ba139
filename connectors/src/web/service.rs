//! The address of a service.

use url::Url;

use crate::{Error, Options, Result};

/// The option `url`; `example` is how one looks.
///
/// # Errors
/// It is no address of the web.
pub(crate) fn service(options: &Options, example: &str) -> Result<Url> {
    let wrong = |why: String| Error::new(why).on("option url").hint(format!("write it as '{example}'"));
    let url = Url::parse(options.text("url").unwrap_or_default())
        .map_err(|e| wrong(format!("it is not a URL: {e}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(wrong(format!("it begins with {other}://, not https://"))),
    }
}
