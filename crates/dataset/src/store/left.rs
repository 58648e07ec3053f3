//! What lies at a place and is not read: nothing is passed over in silence.

use super::{Object, is_data_file};
use graticule_columns::Note;
use object_store::path::Path;

/// Objects that are kept of those that are left out; of others there is a number.
const KEPT: usize = 100_000;
/// Names in a sentence.
const NAMED: usize = 3;

/// Why an object is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its name, or a folder's that it lies in, begins with `.` or `_`: another program's.
    Hidden,
    /// It is not named as data files are.
    Name,
    /// It has no byte.
    Empty,
    /// It is no file but a pipe, a socket or a device.
    Stream,
}

/// An object that is left out.
#[derive(Debug, Clone)]
pub(crate) struct Left {
    pub(crate) object: Object,
    pub(crate) reason: Reason,
    /// What its first and last bytes say, where they were looked at.
    pub(crate) is_data: Option<bool>,
}

/// What a listing saw and the dataset does not read.
#[derive(Debug, Clone, Default)]
pub(crate) struct LeftOut {
    /// The first ones, hidden ones included.
    objects: Vec<Left>,
    /// How many there are beyond them.
    more: usize,
    /// Names that no request can ask for, as far as they can be printed.
    unspeakable: Vec<String>,
}

impl LeftOut {
    /// What is known of them, by path.
    pub(crate) fn objects(&self) -> &[Left] {
        &self.objects
    }

    pub(crate) fn objects_mut(&mut self) -> &mut [Left] {
        &mut self.objects
    }

    pub(super) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.unspeakable.is_empty()
    }

    pub(super) fn push(&mut self, object: Object, reason: Reason) {
        if self.objects.len() == KEPT {
            self.more += 1;
            return;
        }
        self.objects.push(Left {
            object,
            reason,
            is_data: None,
        });
    }

    /// One whose name is none to the store.
    pub(super) fn push_unspeakable(&mut self, name: String) {
        self.unspeakable.push(name);
    }

    pub(super) fn append(&mut self, other: Self) {
        for left in other.objects {
            self.push(left.object, left.reason);
        }
        self.more += other.more;
        self.unspeakable.extend(other.unspeakable);
    }

    pub(super) fn sort(&mut self) {
        let key = |left: &Left| left.object.location.clone();
        self.objects.sort_by_cached_key(key);
        self.unspeakable.sort();
        // A listing that was made again has them again.
        self.unspeakable.dedup();
    }

    /// Takes out those that are data after all.
    pub(crate) fn take_data(&mut self) -> Vec<Object> {
        let is_data = |left: &mut Left| left.is_data == Some(true);
        let taken = self.objects.extract_if(.., is_data);
        taken.map(|left| left.object).collect()
    }

    /// What there is, not hidden, that is no data file: for whoever finds no data.
    pub(super) fn strangers(&self, root: &Path) -> String {
        let named = |reason: Reason| -> Vec<String> {
            let left = self.objects.iter().filter(|left| left.reason == reason);
            left.map(|left| shown(left, root)).collect()
        };
        let names = named(Reason::Name);
        let mut strangers = match names.len() + self.more {
            0 => String::new(),
            count => format!(
                "; it holds {}: what is no Parquet or Arrow file becomes one by graticule import",
                listed(count, &names)
            ),
        };
        for (reason, what) in [
            (
                Reason::Empty,
                "of 0 bytes: copy again what is more than a folder's marker",
            ),
            (
                Reason::Stream,
                "as pipes, sockets or devices: save what comes from them as files",
            ),
        ] {
            let names = named(reason);
            if !names.is_empty() {
                let listed = listed(names.len(), &names);
                strangers.push_str(&format!("; it holds {listed}, {what}"));
            }
        }
        let unspeakable = self.unspeakable_names();
        match unspeakable.len() {
            0 => strangers,
            count => format!(
                "{strangers}; no request can hold the name{} of {}; rename {}",
                if count == 1 { "" } else { "s" },
                listed(count, &unspeakable),
                if count == 1 { "it" } else { "them" },
            ),
        }
    }

    fn unspeakable_names(&self) -> Vec<String> {
        let names = self.unspeakable.iter();
        names.map(|n| format!("'{}'", n.escape_debug())).collect()
    }

    /// What to tell of them.
    pub(crate) fn notes(&self, root: &Path) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut tell = |names: Vec<String>, why: &str, is_warning: bool| {
            if !names.is_empty() {
                let text = format!("left out, {why}: {}", listed(names.len(), &names));
                notes.push(Note { text, is_warning });
            }
        };
        let of = |is_told: &dyn Fn(&Left) -> bool| -> Vec<String> {
            let told = self.objects.iter().filter(|left| is_told(left));
            told.map(|left| shown(left, root)).collect()
        };
        let is_named = |left: &Left| left.reason == Reason::Name && left.object.size > 0;
        let is_like_data = |left: &Left| match left.is_data {
            Some(is_data) => is_data,
            None => left.looks_like_data(),
        };
        tell(
            of(&|left| is_named(left) && is_like_data(left)),
            "for their names, though they look like data (`all_files` reads what is data)",
            true,
        );
        tell(
            of(&|left| is_named(left) && !is_like_data(left) && !left.is_dark()),
            "for their names",
            false,
        );
        tell(
            of(&|left| is_named(left) && left.is_dark()),
            "for their names, and not looked into (`all_files` does)",
            false,
        );
        tell(
            of(&|left| left.reason == Reason::Hidden && left.looks_like_data()),
            "for names that begin with . or _ are other programs'",
            false,
        );
        tell(
            of(&|left| left.reason == Reason::Empty),
            "for they hold no byte",
            true,
        );
        let streams = |left: &Left| left.reason == Reason::Stream;
        tell(
            of(&streams),
            "for they are pipes, sockets or devices",
            self.objects
                .iter()
                .any(|left| streams(left) && left.looks_like_data()),
        );
        let extension = |name: &String| name.rsplit('.').next().is_some_and(is_data_file);
        let is_warning = self.unspeakable.iter().any(extension);
        tell(
            self.unspeakable_names(),
            "for no request can hold their names; rename them",
            is_warning,
        );
        if self.more > 0 {
            let text = format!("left out: {} more files that were not looked at", self.more);
            notes.push(Note {
                text,
                is_warning: false,
            });
        }
        notes
    }
}

impl Left {
    /// Whether neither the name nor a look says what it is: it was beyond the first ones.
    fn is_dark(&self) -> bool {
        let name = self.object.location.filename().unwrap_or_default();
        self.is_data.is_none() && !name.contains('.')
    }

    /// Whether the name is one that data may well have.
    pub(super) fn looks_like_data(&self) -> bool {
        let is_log = |part: &str| matches!(part, "_delta_log" | ".hoodie" | "_temporary");
        if self.object.location.parts().any(|p| is_log(p.as_ref())) {
            return false;
        }
        let name = self.object.location.filename().unwrap_or_default();
        let mut extensions = name.split('.').skip(1).map(str::to_ascii_lowercase);
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_about = matches!(
            last.to_ascii_lowercase().as_str(),
            "crc" | "md5" | "sha1" | "sha256" | "sha512" | "asc" | "sig" | "json" | "txt" | "md"
        );
        let is_data = |extension: String| is_data_file(&extension) || extension == "arrows";
        !is_about && extensions.any(is_data)
    }
}

/// The path below the root, with what is no letter escaped.
fn shown(left: &Left, root: &Path) -> String {
    let location = &left.object.location;
    let below = location.as_ref().strip_prefix(root.as_ref());
    let below = below.unwrap_or(location.as_ref()).trim_start_matches('/');
    let below = match below {
        "" => location.filename().unwrap_or_default(),
        below => below,
    };
    format!("'{}'", below.escape_debug())
}

/// How many, and the first names.
fn listed(count: usize, names: &[String]) -> String {
    let first = names[..names.len().min(NAMED)].join(", ");
    let files = if count == 1 { "file" } else { "files" };
    match count > NAMED {
        true => format!("{count} {files}, such as {first}"),
        false => format!("{count} {files}, {first}"),
    }
}
