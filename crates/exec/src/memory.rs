//! How much memory there is: the machine's, or what the process's control group may use of it.

use std::path::{Path, PathBuf};

/// What is taken where nothing is known.
const UNKNOWN: u64 = 8 << 30;

/// Bytes of memory that the process may use, all in all.
pub(crate) fn total() -> u64 {
    let read = |path: &Path| std::fs::read_to_string(path).ok();
    of_machine(&read)
        .into_iter()
        .chain(of_group(&read))
        .min()
        .unwrap_or(UNKNOWN)
}

fn of_machine(read: &impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let text = read(Path::new("/proc/meminfo"))?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The least limit of the process's control group and of those that it lies in; groups of both versions.
fn of_group(read: &impl Fn(&Path) -> Option<String>) -> Option<u64> {
    let groups = read(Path::new("/proc/self/cgroup"))?;
    let limits = groups.lines().flat_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, parts.next()?);
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => return None,
        };
        // Within a container the path may be the host's, of which only the root is seen here.
        let mut folder = PathBuf::from(root);
        folder.push(path.trim_start_matches('/'));
        let of = |folder: &Path| read(&folder.join(file))?.trim().parse::<u64>().ok();
        let above = folder.ancestors().take_while(|at| at.starts_with(root));
        above.filter_map(of).min()
    });
    limits.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read of these files.
    fn reader<'a>(files: &'a [(&str, &str)]) -> impl Fn(&Path) -> Option<String> + 'a {
        |path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path)?;
            Some(found.1.to_owned())
        }
    }

    #[test]
    fn the_machine_tells_kilobytes() {
        let files = [("/proc/meminfo", "MemTotal:       2048 kB\nMemFree: 1 kB\n")];
        assert_eq!(of_machine(&reader(&files)), Some(2 << 20));
        assert_eq!(of_group(&reader(&files)), None);
    }

    #[test]
    fn the_least_limit_of_groups_above_counts() {
        let files = [
            ("/proc/self/cgroup", "0::/jobs/one\n"),
            ("/sys/fs/cgroup/jobs/one/memory.max", "max\n"),
            ("/sys/fs/cgroup/jobs/memory.max", "3000\n"),
            ("/sys/fs/cgroup/memory.max", "4000\n"),
        ];
        assert_eq!(of_group(&reader(&files)), Some(3000));
    }

    #[test]
    fn groups_of_the_first_version_have_a_folder_of_their_own() {
        let files = [
            (
                "/proc/self/cgroup",
                "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n",
            ),
            ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "5000\n"),
            ("/sys/fs/cgroup/x/memory.max", "1\n"),
        ];
        assert_eq!(of_group(&reader(&files)), Some(5000));
    }

    #[test]
    fn there_is_some() {
        assert!(total() > 1 << 20);
    }
}
