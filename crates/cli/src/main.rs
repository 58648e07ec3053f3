//! The command line: flags to a query, an answer to bytes. All the work is in the library.

mod args;
mod closed;
mod commands;
mod flags;
#[cfg(feature = "manual")]
mod manual;
mod output;
mod progress;
mod quiet;
mod size;
mod stop;

use args::{Arguments, Command};
use clap::Parser;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// Decoding allocates and frees columns of half a megabyte all the time, which the system's
/// allocator takes from the kernel anew and gives back, page fault by page fault.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    quiet::layers();
    #[cfg(feature = "manual")]
    if let Some(folder) = manual::folder() {
        return ended(manual::write(&folder));
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(wrong) if wrong.use_stderr() => wrong.exit(),
        Err(help) => return ended(output::print(&help)),
    };
    // Within a guard a panic becomes an error, which says which file it was and what to do; the panic's own
    // words, and they may be a library's over a damaged file, would only be noise.
    std::panic::set_hook(Box::new(|panic| {
        if !graticule::is_guarded(panic) {
            commands::complain(&format!(
                "this is a bug in graticule: {panic}; please report it with the command"
            ));
        }
    }));
    // What panics outside of all guards was told by the hook.
    let done = catch_unwind(AssertUnwindSafe(|| run(arguments.command)));
    // Threads that were told to stop may not have come to it.
    graticule::remove_unfinished();
    done.unwrap_or(ExitCode::FAILURE)
}

fn run(command: Command) -> ExitCode {
    let done = match command {
        Command::Generate(options) => commands::generate(&options),
        Command::Import(options) => commands::import(&options),
        Command::Index(options) => commands::index(&options),
        Command::Info(options) => commands::info(&options),
        Command::Devices(options) => commands::devices(&options),
        Command::Query(options) => commands::query(*options),
        Command::Optimize(options) => commands::optimize(&options),
        Command::Compare(options) => commands::compare(&options),
        Command::Advise(options) => commands::advise(&options),
    };
    ended(done.and_then(|()| output::said()))
}

fn ended(done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => commands::fail(&error),
    }
}
