use super::counted;
use crate::args;
use crate::output::say;
use graticule::{OpenOptions, Opening};

/// `graticule index`.
pub(crate) fn index(options: &args::Index) -> anyhow::Result<()> {
    let dataset = super::open_with(
        &options.dataset,
        OpenOptions {
            index: true,
            ..super::found(&options.dataset.found)
        },
    )?;
    let Opening {
        known,
        added,
        changed,
        removed,
        bytes,
        requests,
    } = dataset.opening();
    say(&format!(
        "{}, {}: {known} known, {added} new, {changed} changed, {removed} removed; \
         {} of footers in {}\n",
        counted(dataset.metadata().files.len() as u64, "file"),
        counted(dataset.metadata().rows(), "row"),
        counted(bytes, "byte"),
        counted(requests, "request"),
    ));
    Ok(())
}
