//! Where the shell remembers what was typed.

use std::fs;
use std::path::PathBuf;

/// `$ONEFOLD_HISTORY`, or `onefold/history` in the user's data folder, which is made where need be.
pub(super) fn path() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ONEFOLD_HISTORY") {
        return (!path.is_empty()).then(|| PathBuf::from(path));
    }
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    let data = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(home()?.join(".local/share")))?;
    let folder = data.join("onefold");
    fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}
