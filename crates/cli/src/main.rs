//! The command line: flags to a query, an answer to bytes. All the work is in the library.

mod args;
mod commands;
mod output;
mod progress;
mod size;
mod stop;

use args::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

/// Decoding allocates and frees columns of half a megabyte all the time, which the system's
/// allocator takes from the kernel anew and gives back, page fault by page fault.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Decoders panic on some damaged files; the library turns that into an error that says which
    // file, so the panic's own words would only be noise.
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        if !thread
            .name()
            .is_some_and(|name| name.starts_with("graticule"))
        {
            commands::complain(&format!("this is a bug in graticule: {panic}"));
        }
    }));
    let done = match arguments.command {
        Command::Generate(options) => commands::generate(&options),
        Command::Import(options) => commands::import(&options),
        Command::Index(options) => commands::index(&options),
        Command::Info(options) => commands::info(&options),
        Command::Devices(options) => commands::devices(&options),
        Command::Query(options) => commands::query(&options),
        Command::Optimize(options) => commands::optimize(&options),
        Command::Compare(options) => commands::compare(&options),
        Command::Advise(options) => commands::advise(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => commands::fail(&error),
    }
}
