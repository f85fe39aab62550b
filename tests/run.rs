//! Runs a command line in this process and keeps what it wrote.

use authopsy::cli::{Exit, Io, Terminal};
use std::ffi::OsString;
use std::io::Read as _;

/// What a command left behind.
pub struct Outcome {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Outcome {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// `authopsy ARGS`, no terminal, 80 columns, nothing on standard input.
pub fn authopsy<S: AsRef<str>>(args: &[S]) -> Outcome {
    authopsy_with(args, &[])
}

/// The same with bytes on standard input.
pub fn authopsy_with<S: AsRef<str>>(args: &[S], stdin: &[u8]) -> Outcome {
    run(args, stdin, Terminal { width: 80, ..Terminal::default() })
}

/// The same with `SOURCE_DATE_EPOCH` set or not.
pub fn authopsy_at<S: AsRef<str>>(args: &[S], epoch: Option<i64>) -> Outcome {
    run(args, &[], Terminal { width: 80, source_date_epoch: epoch.map(Ok), ..Terminal::default() })
}

fn run<S: AsRef<str>>(args: &[S], stdin: &[u8], terminal: Terminal) -> Outcome {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let line = std::iter::once(OsString::from("authopsy")).chain(args.iter().map(|a| OsString::from(a.as_ref())));
    let exit =
        authopsy::cli::run(line, &mut Io { stdin: &mut { stdin }, stdout: &mut stdout, stderr: &mut stderr, terminal });
    Outcome { exit, stdout, stderr }
}

/// The lines of a compressed dump.
pub fn lines(path: &str) -> Vec<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path).expect(path);
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).expect(path);
    text.lines().map(str::to_owned).collect()
}
