//! The `tessera` command.

use std::io::Write;
use std::process::ExitCode;

use tessera::cli::{self, CliError};
use tessera_engine::with_causes;

fn main() -> ExitCode {
    match cli::run(std::env::args_os(), std::env::vars_os()) {
        Ok(()) => ExitCode::SUCCESS,
        // Prints itself in colour; `--help` and `--version` end here too, with success.
        Err(CliError::Usage(usage)) => usage.exit(),
        Err(error) => {
            // Without standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "tessera: {}", with_causes(&error));
            ExitCode::from(error.exit_code())
        }
    }
}
