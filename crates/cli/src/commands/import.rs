use crate::args;
use crate::commands::Usage;
use crate::output::{line, note};
use crate::progress::bar;
use crate::stop;
use graticule::printable;
use graticule_layout::import::Import;
use std::ops::ControlFlow;

/// `graticule import`.
pub(crate) fn import(options: &args::Import) -> anyhow::Result<()> {
    let Some((dir, sources @ [_, ..])) = options.paths.split_last() else {
        let message = "give what to import and then the directory to make of it: SRC... DIR";
        return Err(Usage(message.to_owned()).into());
    };
    let mut import = Import::new(sources);
    import.format = options.format;
    import.lon.clone_from(&options.lon);
    import.lat.clone_from(&options.lat);
    import.geometry.clone_from(&options.geometry);
    import.coordinate_unit = options.coordinate_unit;
    import.time.clone_from(&options.time_column);
    import.time_unit = options.time_unit;
    import.time_format.clone_from(&options.time_format);
    import.timezone.clone_from(&options.timezone);
    import.text.clone_from(&options.text);
    import.types.clone_from(&options.types);
    import.nulls.clone_from(&options.nulls);
    import.decimal = options.decimal;
    import.path.clone_from(&options.path);
    import.columns.clone_from(&options.columns);
    import.delimiter = options.delimiter;
    import.escape = options.escape;
    import.skip_lines = options.skip_lines;
    import.polyline.clone_from(&options.polyline);
    import.step = options.step;
    import.rejects.clone_from(&options.rejects);
    import.max_rejects = options.max_rejects;
    let progress = bar(None, "bytes");
    let _pressed = stop::on_interrupt();
    let report = import.run_until(dir, &mut |done, total| {
        progress.set_length(total);
        progress.set_position(done);
        match stop::is_stopped() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    });
    progress.finish_and_clear();
    let report = report?;
    let columns = report
        .columns
        .iter()
        .map(|(name, kind)| printable(&format!("{name} {kind}")).into_owned());
    line(&format!(
        "columns: {}",
        columns.collect::<Vec<_>>().join(", ")
    ));
    note(&report.to_string());
    Ok(())
}
