use crate::args;
use crate::output::say;
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
    say(&format!(
        "{} files, {} rows: {known} known, {added} new, {changed} changed, {removed} removed; \
         {bytes} bytes of footers in {requests} requests\n",
        dataset.metadata().files.len(),
        dataset.metadata().rows(),
    ));
    Ok(())
}
