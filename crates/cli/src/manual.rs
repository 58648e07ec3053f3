//! Completions of the shells and manual pages, as packages hold them. No subcommand of clap's, for they would know of it.

use crate::args::Arguments;
use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;
use std::ffi::OsStr;
use std::fs::create_dir_all;
use std::path::{Path, PathBuf};

/// The folder of `graticule manual FOLDER`, if that was typed.
pub(crate) fn folder() -> Option<PathBuf> {
    let mut typed = std::env::args_os().skip(1);
    (typed.next().as_deref() == Some(OsStr::new("manual"))).then_some(())?;
    typed.next().map(PathBuf::from)
}

/// Writes the folders completions and man.
pub(crate) fn write(folder: &Path) -> anyhow::Result<()> {
    let [completions, pages] = ["completions", "man"].map(|name| folder.join(name));
    for folder in [&completions, &pages] {
        create_dir_all(folder).with_context(|| format!("'{}' cannot be made", folder.display()))?;
    }
    let mut command = Arguments::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command, "graticule", &completions)
            .with_context(|| format!("the completions of {shell} cannot be written"))?;
    }
    clap_mangen::generate_to(Arguments::command().disable_help_subcommand(true), &pages)
        .context("the manual pages cannot be written")
}
