//! The first file system of a machine: the agent as `/init`, and the kernel modules it loads.
//!
//! Format: `newc` of cpio, as the kernel's `Documentation/driver-api/early-userspace/buffer-format.rst` says.

use std::io::{self, Write};

use cpio::newc::{Builder, trailer};

/// A regular file with its permission bits.
const EXECUTABLE: u32 = 0o100_755;
const READABLE: u32 = 0o100_644;
const FOLDER: u32 = 0o040_755;

/// Writes the archive: `agent` as `/init`, `modules` (name, bytes) into `/modules`, in their order.
pub(crate) fn write<W: Write>(mut out: W, agent: &[u8], modules: &[(String, Vec<u8>)]) -> io::Result<W> {
    for folder in ["dev", "proc", "sys", "modules", "newroot"] {
        out = entry(out, folder, FOLDER, &[])?;
    }
    out = entry(out, "init", EXECUTABLE, agent)?;
    for (name, bytes) in modules {
        out = entry(out, &format!("modules/{name}"), READABLE, bytes)?;
    }
    trailer(out)
}

fn entry<W: Write>(out: W, name: &str, mode: u32, bytes: &[u8]) -> io::Result<W> {
    let size = u32::try_from(bytes.len()).map_err(|_| io::Error::other("a file of more than 4 GiB"))?;
    let mut writer = Builder::new(name).mode(mode).nlink(1).write(out, size);
    writer.write_all(bytes)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read;

    use super::*;

    #[test]
    fn the_archive_reads_back() {
        let modules = vec![("01-a.ko".to_owned(), vec![1; 5]), ("02-b.ko".to_owned(), vec![2; 4])];
        let bytes = write(Vec::new(), b"agent", &modules).unwrap();
        let mut rest = bytes.as_slice();
        let mut found = Vec::new();
        loop {
            let mut reader = cpio::newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            let mut content = Vec::new();
            reader.read_to_end(&mut content).unwrap();
            found.push((reader.entry().name().to_owned(), reader.entry().mode(), content));
            rest = reader.finish().unwrap();
        }
        let files: Vec<_> = found.into_iter().filter(|(_, mode, _)| *mode != FOLDER).collect();
        assert_eq!(
            files,
            [
                ("init".to_owned(), EXECUTABLE, b"agent".to_vec()),
                ("modules/01-a.ko".to_owned(), READABLE, vec![1; 5]),
                ("modules/02-b.ko".to_owned(), READABLE, vec![2; 4]),
            ]
        );
    }
}
