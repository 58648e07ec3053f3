use super::*;
use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::sync::Arc;

/// How a store lists.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Order {
    /// By the bytes of names, as S3 does.
    Bytes,
    /// Folder by folder: `city/` before `city-2/`.
    Folders,
    /// By bytes, and always from the first one.
    Deaf,
}

/// A store of names alone, each of whose listings fails after so many.
#[derive(Debug)]
struct Names {
    names: Vec<String>,
    order: Order,
    fails_after: usize,
}

impl Display for Names {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "names")
    }
}

fn none() -> Error {
    Error::NotImplemented {
        operation: "this".to_owned(),
        implementer: "names".to_owned(),
    }
}

impl Names {
    fn meta(name: &str) -> ObjectMeta {
        ObjectMeta {
            location: Path::parse(name).expect("a path"),
            last_modified: std::time::UNIX_EPOCH.into(),
            size: 1,
            e_tag: None,
            version: None,
        }
    }

    fn from(&self, prefix: Option<&Path>, after: &str) -> BoxStream<'static, Result<ObjectMeta>> {
        let prefix = format!("{}/", prefix.expect("a folder"));
        let mut names: Vec<_> = self
            .names
            .iter()
            .filter(|n| n.starts_with(&prefix))
            .collect();
        match self.order {
            Order::Folders => names.sort_by_key(|n| n.split('/').collect::<Vec<_>>()),
            _ => names.sort(),
        }
        names.retain(|name| self.order == Order::Deaf || name.as_str() > after);
        let is_cut = self.fails_after < names.len();
        let found = names.into_iter().take(self.fails_after);
        let mut found: Vec<_> = found.map(|name| Ok(Self::meta(name))).collect();
        if is_cut {
            found.push(Err(Error::Generic {
                store: "names",
                source: "the connection was cut".into(),
            }));
        }
        stream::iter(found).boxed()
    }
}

#[async_trait]
impl ObjectStore for Names {
    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.from(prefix, "")
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.from(prefix, offset.as_ref())
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let prefix = format!("{}/", prefix.expect("a folder"));
        let below = self.names.iter().filter_map(|n| n.strip_prefix(&prefix));
        let folders: BTreeSet<_> = below.filter_map(|n| n.split_once('/')).collect();
        let folders: BTreeSet<_> = folders.into_iter().map(|(folder, _)| folder).collect();
        let path = |folder| Path::parse(format!("{prefix}{folder}"));
        Ok(ListResult {
            common_prefixes: folders.into_iter().map(path).collect::<Result<_, _>>()?,
            objects: Vec::new(),
        })
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(none())
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        Err(none())
    }

    async fn get_opts(&self, _: &Path, _: GetOptions) -> Result<GetResult> {
        Err(none())
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        stream::empty().boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(none())
    }
}

/// The names that are found, sorted, and the requests.
fn found(names: &[String], order: Order, fails_after: usize) -> (Vec<String>, u64) {
    let store = Names {
        names: names.to_vec(),
        order,
        fails_after,
    };
    let place = StoreRoot {
        lists_in_order: true,
        ..StoreRoot::within(Arc::new(store), Path::from("lake"), None)
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().expect("a runtime");
    let listing = runtime.block_on(place.below("names")).expect("listed");
    let mut names: Vec<String> = listing
        .objects
        .iter()
        .map(|o| o.location.to_string())
        .collect();
    names.sort();
    (names, listing.requests)
}

fn flat(files: usize) -> Vec<String> {
    (0..files).map(|i| format!("lake/{i:05}.parquet")).collect()
}

/// Names around the folders' own, folders of very different size, one within another, markers, and other files.
fn many() -> Vec<String> {
    let day = |day: usize, files: usize| {
        (0..files).map(move |i| format!("lake/a/day={day:03}/{i:05}.parquet"))
    };
    let mut names: BTreeSet<String> = (0..90).flat_map(|number| day(number, 50)).collect();
    names.extend(day(40, 3_000));
    for day in 0..90 {
        for end in [
            "-more.parquet",
            ".parquet",
            // A folder, and so perhaps a cut, of the name of a file.
            ".parquet/x.parquet",
            "/_log/x.parquet",
            "-2/x.parquet",
        ] {
            names.insert(format!("lake/a/day={day:03}{end}"));
        }
    }
    names.extend((0..500).map(|i| format!("lake/a/day=017/deep={i}/x.parquet")));
    names.insert("lakes/not.parquet".to_owned());
    names.into_iter().collect()
}

fn wanted(names: &[String]) -> Vec<String> {
    let is_wanted = |n: &&String| n.starts_with("lake/") && !n.contains('_') && !n.ends_with('/');
    names.iter().filter(is_wanted).cloned().collect()
}

#[test]
fn stretches_find_what_is_there() {
    for names in [many(), flat(9_000), flat(3_999), flat(4_000), flat(4_001)] {
        let (found, requests) = found(&names, Order::Bytes, usize::MAX);
        assert_eq!(found.len(), wanted(&names).len());
        assert!(
            found == wanted(&names) && requests <= 12 + STRETCHES as u64,
            "{requests}"
        );
    }
}

#[test]
fn a_listing_that_fails_goes_on_where_it_came_to() {
    for (names, fails_after) in [(many(), 1_700), (many(), 999), (flat(9_000), 2_500)] {
        let (found, requests) = found(&names, Order::Bytes, fails_after);
        assert!(found == wanted(&names) && requests <= 40, "{requests}");
    }
}

#[test]
fn a_store_that_lists_otherwise_is_listed_plainly() {
    for order in [Order::Folders, Order::Deaf] {
        for names in [many(), flat(9_000)] {
            let (found, _) = found(&names, order, usize::MAX);
            assert_eq!(found.len(), wanted(&names).len(), "{order:?}");
            assert!(found == wanted(&names), "{order:?}");
        }
    }
}

#[test]
fn markers_of_folders_are_no_matter() {
    let mut names = many();
    let days = (0..90).map(|day| format!("lake/a/day={day:03}/"));
    names.extend(days.chain(["lake/".to_owned(), "lake/a/".to_owned()]));
    names.sort();
    let (found, _) = found(&names, Order::Bytes, usize::MAX);
    assert!(found == wanted(&names));
}

#[test]
fn a_round_of_names_is_noticed() {
    let names = ["a", "b", "c"].map(Path::from);
    let mut round = Round::default();
    let closed = (0..100).position(|i| round.is_closed(&names[i % 3]));
    assert!(closed.is_some_and(|at| at < 20), "{closed:?}");
    // A file and a folder's marker may have one name.
    let mut round = Round::default();
    let again = (0..100).any(|i| round.is_closed(&Path::from(format!("{}", i / 2))));
    assert!(!again);
}
