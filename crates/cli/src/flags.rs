//! Settings as they are typed. The libraries name a setting in backticks, as in `time_column`; a person at a terminal is
//! told its flag.

use crate::args::Arguments;
use clap::{Command, CommandFactory};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The long flags of all commands, with _ for -: what is said of one command may name another's.
static SETTINGS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut all = BTreeSet::new();
    collect(&Arguments::command(), &mut all);
    all
});

fn collect(command: &Command, all: &mut BTreeSet<String>) {
    let flags = command.get_arguments().filter_map(clap::Arg::get_long);
    all.extend(flags.map(|flag| flag.replace('-', "_")));
    for command in command.get_subcommands() {
        collect(command, all);
    }
}

/// A message in which settings are flags: `time_column` becomes --time-column. Single quotes hold what users call their
/// files and columns, which stays as it is.
pub(crate) fn as_flags(text: &str) -> String {
    let (mut said, mut rest) = (String::with_capacity(text.len()), text);
    let mut is_quoted = false;
    while let Some(next) = rest.chars().next() {
        let after = &rest[next.len_utf8()..];
        if next == '\'' {
            // One within a word is an apostrophe, or a part of a name.
            let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            is_quoted = match is_quoted {
                true => is_word(after.chars().next()),
                false => !is_word(said.chars().next_back()),
            };
        }
        let named = after.split_once('`').filter(|_| next == '`' && !is_quoted);
        match named.filter(|(name, _)| SETTINGS.contains(*name)) {
            Some((name, behind)) => {
                said += "--";
                said += &name.replace('_', "-");
                rest = behind;
            }
            None => {
                said.push(next);
                rest = after;
            }
        }
    }
    said
}

/// The error of an expression, which begins with its setting: the expression itself may hold names in backticks.
pub(crate) fn in_where(error: &str) -> String {
    let setting = if error.starts_with("in `having`") {
        "having"
    } else {
        "where"
    };
    error.replacen(&format!("`{setting}`"), &format!("--{setting}"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_flags() {
        for (said, typed) in [
            ("name it with `time_column`", "name it with --time-column"),
            (
                "`device` cpu, or raise `memory`",
                "--device cpu, or raise --memory",
            ),
            (
                "`type` 'v=float' reads numbers",
                "--type 'v=float' reads numbers",
            ),
            ("Debian's, or `lon`", "Debian's, or --lon"),
            ("the files' columns (`lat`)", "the files' columns (--lat)"),
            ("`memory", "`memory"),
            ("``memory`", "`--memory"),
            ("`no_flag` and `top`", "`no_flag` and --top"),
        ] {
            assert_eq!(as_flags(said), typed);
        }
    }

    /// What users call things may look like ours.
    #[test]
    fn names_of_users_stay() {
        for said in [
            "column '`memory`' is text",
            "'a `top` of it's `by`.parquet' cannot be read",
            "column 'memory' is text",
        ] {
            assert_eq!(as_flags(said), said);
        }
        let said = "column '`by`': leave it out with `without`";
        assert_eq!(as_flags(said), "column '`by`': leave it out with --without");
    }
}
