use super::prices::Tariff;
use super::{compare, optimize};
use crate::args;
use crate::output::{self, say};
use crate::{progress, stop};
use graticule::Engine;
use graticule_compare::{Advise, Suite};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// `graticule advise`.
pub(crate) fn advise(options: &args::Advise) -> anyhow::Result<()> {
    super::small_pages(Some(options.memory));
    if let Some(path) = &options.output {
        let read = options.suite.iter().chain(&options.money.prices);
        output::has_folder(path)?;
        output::spares(path, &read.map(PathBuf::as_path).collect::<Vec<_>>())?;
    }
    let suite = match &options.suite {
        Some(path) => Suite::read(path, &compare::read_flags)?,
        None => Suite::standard(&compare::read_flags)?,
    };
    super::warn(suite.notes());
    let tariff = Tariff::of(&options.money, &options.dataset.dataset)?;
    let dataset = super::open(&options.dataset)?;
    if let Some(path) = &options.output {
        output::spares_dataset(path, &dataset)?;
    }
    let mut engine = Engine::cpu().memory(options.memory);
    if let Some(threads) = options.threads {
        engine = engine.threads(threads.into());
    }
    let shown = progress::spinner("looking");
    let spinner = shown.clone();
    let _pressed = stop::on_interrupt();
    let advice = Advise {
        suite,
        optimize: optimize::options(
            super::found(&options.dataset.found),
            options.partition,
            options.sort,
            options.memory,
            options.threads,
        ),
        days: options.days.into(),
        machine: tariff.machine,
        store: tariff.store,
        currency: tariff.currency,
        progress: Arc::new(move |what| {
            spinner.set_message(what.to_owned());
            match stop::is_stopped() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        }),
    }
    .run(&dataset, &engine);
    shown.finish_and_clear();
    let advice = advice?;
    if let Some(path) = &options.output {
        let text = serde_json::to_string_pretty(&advice)? + "\n";
        output::keep(path, &text)?;
    }
    say(&format!("{advice}\n"));
    Ok(())
}
