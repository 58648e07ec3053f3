use crate::args;
use graticule::Opening;

/// `graticule index`.
pub(crate) fn index(options: &args::Index) -> anyhow::Result<()> {
    let dataset = super::open_with(&options.dataset, true)?;
    let Opening {
        known,
        added,
        changed,
        removed,
        bytes,
        requests,
    } = dataset.opening();
    println!(
        "{} files, {} rows: {known} known, {added} new, {changed} changed, {removed} removed; {bytes} bytes of footers in {requests} requests",
        dataset.metadata().files.len(),
        dataset.metadata().rows(),
    );
    Ok(())
}
