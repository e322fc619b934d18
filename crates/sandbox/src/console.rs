//! What a machine wrote to its console: the end of it, bounded, and kept where a machine was lost.
//!
//! The console belongs to the guest's kernel. One that means harm writes for as long as it runs, so what it writes goes
//! through a pipe into memory of a fixed size and never to the disk as it comes.

use std::collections::VecDeque;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::image::Places;

/// This much of the end is kept.
const KEPT: usize = 64 << 10;

/// Of one line, this many characters are shown.
const SHOWN: usize = 200;

/// Where the end of a console goes when its machine is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Console {
    /// The file; what was in it is replaced.
    pub file: PathBuf,
    /// Also when the machine was ended on purpose.
    pub always: bool,
}

impl Console {
    /// Writes the end of the console and how the machine ended. A disk that is too full for it leaves what was there.
    pub fn keep(&self, end: &[u8], how: &str) -> std::io::Result<()> {
        let mut text = end.to_vec();
        text.extend_from_slice(format!("\n{how}\n").as_bytes());
        // Whoever looks meanwhile sees the one before or this one, never a part.
        let new = self.file.with_extension("new");
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &self.file))
    }
}

/// Reads to the end and returns the last part.
pub(crate) fn last(mut from: impl Read) -> Vec<u8> {
    let mut kept = VecDeque::with_capacity(KEPT);
    let mut buffer = [0; 4 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                kept.extend(buffer.iter().take(read));
                let over = kept.len().saturating_sub(KEPT);
                kept.drain(..over);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    kept.into()
}

/// Where the console of the last machine is that was lost.
pub(crate) fn of_lost_machine(places: &Places) -> PathBuf {
    places.root().join("console-of-lost-machine.log")
}

/// Where the console of the last boot is that failed.
pub(crate) fn of_failed_boot(places: &Places) -> PathBuf {
    places.root().join("console-of-failed-boot.log")
}

/// The last machine that was lost or did not boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LostMachine {
    /// The file with the end of its console.
    pub file: PathBuf,
    /// The last lines of it, in one, without control characters: the guest's words are not to be trusted.
    pub said: String,
}

/// What the last machine said that was lost or did not boot, since the last reset.
pub fn lost_machine(places: &Places) -> Option<LostMachine> {
    let time = |file: &Path| std::fs::metadata(file).and_then(|meta| meta.modified()).ok();
    let (_, file) = [of_lost_machine(places), of_failed_boot(places)]
        .into_iter()
        .filter_map(|file| Some((time(&file)?, file)))
        .max()?;
    let text = String::from_utf8_lossy(&std::fs::read(&file).ok()?).into_owned();
    let mut lines: Vec<String> = text
        .lines()
        .rev()
        .map(|line| line.chars().filter(|c| !c.is_control()).take(SHOWN).collect::<String>())
        .filter(|line| !line.trim().is_empty())
        .take(2)
        .collect();
    lines.reverse();
    Some(LostMachine {
        file,
        said: lines.join("; "),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn of_an_endless_console_the_end_is_kept() {
        let flood = std::io::repeat(b'x').take(3 << 20).chain(&b"the last words"[..]);
        let kept = last(flood);
        assert_eq!(kept.len(), KEPT);
        assert!(kept.ends_with(b"xthe last words"));
        assert_eq!(last(&b"short"[..]), b"short");
    }

    #[test]
    fn the_last_lost_machine_is_told_without_what_could_move_a_cursor_and_a_reset_forgets_it() {
        let cache = tempfile::tempdir().unwrap();
        let places = Places::new(cache.path());
        assert_eq!(lost_machine(&places), None);
        std::fs::create_dir_all(places.root()).unwrap();
        let console = Console {
            file: of_lost_machine(&places),
            always: false,
        };
        console
            .keep(b"Linux\n\x1b[2JKernel panic\r\n", "QEMU ended with code 0")
            .unwrap();
        let lost = lost_machine(&places).unwrap();
        assert_eq!(lost.said, "[2JKernel panic; QEMU ended with code 0");
        crate::reset(&places, false).unwrap();
        assert!(!lost.file.exists());
        assert_eq!(lost_machine(&places), None);
    }
}
