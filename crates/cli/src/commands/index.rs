use crate::args;
use crate::output::say;
use graticule::{OpenOptions, Opening, counted, shown_bytes, thousands};

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
        "{}, {}: {} known, {} new, {} changed, {} removed; \
         {} of footers in {}\n",
        counted(dataset.metadata().files.len() as u64, "file"),
        counted(dataset.metadata().rows(), "row"),
        thousands(known),
        thousands(added),
        thousands(changed),
        thousands(removed),
        shown_bytes(bytes),
        counted(requests, "request"),
    ));
    Ok(())
}
