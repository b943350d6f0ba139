//! The command `onefold`.

use std::process::ExitCode;

fn main() -> ExitCode {
    onefold::cli::main()
}
