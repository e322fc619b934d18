//! Telling a file system that does not keep what is written from somebody's edit.
//!
//! Some mounts cut what made a file longer, fill with zeros what made it shorter, or give the old content back. A file that was
//! just put in place and reads so is ours and damaged; whatever else it holds may be somebody's work.

use std::io::{self, Read, Write};

use deskhand_types::{BlobStore, FileState, Hash};

use crate::error::WorkspaceError;
use crate::faults::FsOp;
use crate::folder::{Kind, Meta};
use crate::resolve::{Spot, io_error};
use crate::state::hash_spot;

/// Whether the file at `spot`, put there as `fresh` with the content `after` in place of `before`, is what a file system made of
/// it: the beginning of it, then nothing or zeros, or the content from before. An empty file is none: somebody may be about to
/// write it.
pub(crate) fn is_damage(
    spot: &Spot,
    fresh: &Meta,
    after: &Hash,
    before: &FileState,
    blobs: &dyn BlobStore,
) -> Result<bool, WorkspaceError> {
    let ours = |meta: &Meta| meta.kind == Kind::File && meta.id == fresh.id && meta.size > 0;
    if !spot.inspect()?.is_some_and(|meta| ours(&meta)) {
        return Ok(false);
    }
    if let FileState::File { hash, .. } = before
        && hash_spot(spot, FsOp::Read)?.0 == *hash
    {
        return Ok(true);
    }
    let failed = |source| io_error(&spot.path(), "read", source);
    let file = spot.folder.open_file(&spot.name).map_err(failed)?;
    let mut beside = Beside {
        file: io::BufReader::new(file),
        apart: false,
        strange: false,
    };
    blobs.copy_to(after, &mut beside)?;
    beside.judged().map_err(failed)
}

/// Takes the content that was meant and reads what is there beside it.
struct Beside<R> {
    file: R,
    /// What is there has ended, or differs from here on.
    apart: bool,
    /// It differs by something else than zeros.
    strange: bool,
}

impl<R: Read> Beside<R> {
    /// When all was taken in: whether nothing but zeros follows.
    fn judged(mut self) -> io::Result<bool> {
        let mut buffer = [0_u8; 8 * 1024];
        while !self.strange {
            let got = self.file.read(&mut buffer)?;
            if got == 0 {
                break;
            }
            self.strange = !is_zero(buffer.get(..got).unwrap_or_default());
        }
        Ok(!self.strange)
    }
}

impl<R: Read> Write for Beside<R> {
    fn write(&mut self, meant: &[u8]) -> io::Result<usize> {
        if self.apart {
            return Ok(meant.len());
        }
        let mut found = Vec::with_capacity(meant.len());
        self.file.by_ref().take(meant.len() as u64).read_to_end(&mut found)?;
        let same = meant.iter().zip(&found).take_while(|(a, b)| a == b).count();
        self.apart = same < meant.len();
        self.strange = !is_zero(found.get(same..).unwrap_or_default());
        Ok(meant.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn damaged(meant: &[u8], found: &[u8]) -> bool {
        let mut beside = Beside {
            file: found,
            apart: false,
            strange: false,
        };
        for piece in meant.chunks(3) {
            beside.write_all(piece).unwrap();
        }
        beside.judged().unwrap()
    }

    #[test]
    fn what_a_mount_makes_of_a_file_is_told_from_an_edit() {
        for (found, expected) in [
            (&b"a good"[..], true),
            (b"a good dea", true),
            (b"a good deal\0\0\0\0\0", true),
            (b"a go\0\0\0\0\0\0\0", true),
            (b"\0\0\0\0", true),
            (b"a good deal more", false),
            (b"a good idea", false),
            (b"theirs", false),
            (b"a go\0\0x", false),
            (b"a good deal\0\0\0\0\0x", false),
        ] {
            assert_eq!(damaged(b"a good deal", found), expected, "{found:?}");
        }
    }
}
