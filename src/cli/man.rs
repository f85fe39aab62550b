//! `authopsy man`: write the manual pages.

use super::{CliError, Exit, Io, command};
use std::path::PathBuf;

/// Arguments of `authopsy man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Directory to write the pages into; made if it is not there
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Runs the command: one page for the program and one per command, written anew.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, CliError> {
    std::fs::create_dir_all(&args.dir).map_err(|e| CliError::unwritten(&args.dir, &e))?;
    let mut whole = command();
    let mut pages = vec![("authopsy".to_owned(), whole.clone())];
    // A command takes the options that hold for all of them, and not the one that prints the version.
    whole.build();
    for sub in whole.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = format!("authopsy-{}", sub.get_name());
        let page = sub.clone().name(name.clone()).version(env!("CARGO_PKG_VERSION")).disable_version_flag(true);
        pages.push((name, page));
    }
    for (name, command) in &pages {
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).date("").render(&mut page)?;
        let page = with_examples(&String::from_utf8_lossy(&page));
        let path = args.dir.join(format!("{name}.1"));
        std::fs::write(&path, page).map_err(|e| CliError::unwritten(&path, &e))?;
    }
    writeln!(io.stdout, "{} pages written", pages.len())?;
    Ok(Exit::Done)
}

/// The page with the foot of the help under a heading of its own.
fn with_examples(page: &str) -> String {
    page.replacen(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n", 1).replacen(".SH EXTRA\n", ".SH NOTES\n", 1)
}
