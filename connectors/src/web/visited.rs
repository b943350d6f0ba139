//! Pages that lead in a circle.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use url::Url;

use crate::{Error, Result};

/// The pages that were read, by a digest of their addresses.
#[derive(Debug, Clone, Default)]
pub(crate) struct Visited(HashSet<u64>);

impl Visited {
    /// Takes down a page.
    ///
    /// # Errors
    /// It was read before.
    pub(crate) fn visit(&mut self, url: &Url) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        url.as_str().hash(&mut hasher);
        match self.0.insert(hasher.finish()) {
            true => Ok(()),
            false => Err(Error::new(format!("its pages lead in a circle, back to {}", url.path()))
                .hint("check the options of paging, or tell whoever runs the service")),
        }
    }
}
