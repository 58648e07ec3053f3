use crate::args::{self, FileLayout};
use crate::output::note;
use crate::progress::bar;
use crate::stop;
use graticule::{counted, shown_bytes};
use graticule_generate::{FileLayout as Folders, Nation};
use std::ops::ControlFlow;

/// `graticule generate`.
pub(crate) fn generate(options: &args::Generate) -> anyhow::Result<()> {
    let nation = Nation {
        points: options.points,
        days: options.days,
        seed: options.seed,
        layout: match options.layout {
            FileLayout::DayFolders => Folders::DayFolders,
            FileLayout::Single => Folders::Single,
        },
        ..Nation::default()
    };
    let progress = bar(Some(options.points), "points");
    let _pressed = stop::on_interrupt();
    let written = nation.write_until(&options.dir, |done| {
        progress.set_position(done);
        if stop::is_stopped() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    progress.finish_and_clear();
    note(&format!(
        "{}{} in {}, {}: {}",
        counted(written.points, "point"),
        super::of_them_invalid(written.invalid),
        counted(written.files as u64, "file"),
        shown_bytes(written.bytes),
        options.dir.display()
    ));
    Ok(())
}
