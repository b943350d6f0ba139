//! `OPTIONS` of a profile.

use onefold_connectors::{OptionSpec, OptionType, Options};

use crate::Result;
use crate::sql::CreateProfile;

/// The options, as data.
pub const OPTIONS: &[OptionSpec] = &[
    OptionSpec::new(
        "model",
        OptionType::OneOf(&["auto", "frozen", "retrain"]),
        "auto trains the model at first, on REFRESH … FULL and when the data has drifted; frozen trains it once and \
         keeps it; retrain trains it in every run",
    )
    .default("auto"),
    OptionSpec::new(
        "retrain_above",
        OptionType::Text,
        "the drift, from 0 to 1, above which auto trains the model again",
    )
    .default("0.1"),
];

/// When the model is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Training {
    /// At first, when it is asked for, and when the data has drifted.
    Auto,
    /// Only when there is no model.
    Frozen,
    /// In every run.
    Always,
}

/// The checked options.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// When the model is trained.
    pub training: Training,
    /// Above which drift [`Training::Auto`] trains again.
    pub retrain_above: f64,
}

impl Settings {
    /// The settings of a profile.
    ///
    /// # Errors
    /// An unknown option, or a value that it cannot have.
    pub fn of(create: &CreateProfile) -> Result<Self> {
        let resolve = |name: &str| std::env::var(name).ok();
        let options = Options::check(OPTIONS, &create.options, &resolve)?;
        let training = match options.text("model") {
            Some("frozen") => Training::Frozen,
            Some("retrain") => Training::Always,
            _ => Training::Auto,
        };
        let text = options.text("retrain_above").unwrap_or_default();
        let retrain_above =
            text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
                crate::Error::invalid(format!("the value '{text}' is not a number from 0 to 1"))
                    .on("option retrain_above")
            })?;
        Ok(Self { training, retrain_above })
    }
}
