//! A guest's kernel, as far as it talks.

use std::collections::VecDeque;
use std::sync::Arc;

use deskhand_sandbox::share::ShareServer;
use fuse_abi::linux::{
    fuse_attr, fuse_attr_out, fuse_entry_out, fuse_in_header, fuse_init_in, fuse_init_out, fuse_opcode, fuse_open_in,
    fuse_open_out, fuse_out_header, fuse_read_in,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use zerocopy::{FromBytes, IntoBytes as _};

pub const ROOT: u64 = 1;
pub const ENOENT: i32 = 2;
pub const EROFS: i32 = 30;
pub const ENOSYS: i32 = 38;

pub struct Client {
    stream: DuplexStream,
    unique: u64,
    /// Notices that came, as code and body.
    pub notices: VecDeque<(i32, Vec<u8>)>,
}

impl Client {
    pub async fn new(server: &Arc<ShareServer>) -> Self {
        let mut client = Self::unheard(server);
        let asked = fuse_init_in {
            major: 7,
            minor: 36,
            flags: u32::MAX,
            max_readahead: 128 << 10,
            ..fuse_init_in::default()
        };
        let answer = client
            .ask(fuse_opcode::FUSE_INIT as u32, 0, asked.as_bytes())
            .await
            .unwrap();
        let answer = fuse_init_out::read_from_bytes(&answer).unwrap();
        assert_eq!(
            (answer.major, answer.minor, answer.max_write, answer.max_pages),
            (7, 31, 1 << 20, 256)
        );
        client
    }

    /// One that has not begun.
    pub fn unheard(server: &Arc<ShareServer>) -> Self {
        let (stream, theirs) = tokio::io::duplex(1 << 16);
        let server = server.clone();
        tokio::spawn(async move { server.serve(theirs).await });
        Self {
            stream,
            unique: 0,
            notices: VecDeque::new(),
        }
    }

    pub async fn send(&mut self, opcode: u32, nodeid: u64, body: &[u8]) -> u64 {
        self.unique += 2;
        let header = fuse_in_header {
            len: (size_of::<fuse_in_header>() + body.len()) as u32,
            opcode,
            unique: self.unique,
            nodeid,
            ..fuse_in_header::default()
        };
        self.stream
            .write_all(&[header.as_bytes(), body].concat())
            .await
            .unwrap();
        self.unique
    }

    /// The next answer: to what, and what.
    pub async fn answer(&mut self) -> (u64, Result<Vec<u8>, i32>) {
        loop {
            let mut header = [0; size_of::<fuse_out_header>()];
            self.stream.read_exact(&mut header).await.unwrap();
            let header = fuse_out_header::read_from_bytes(&header).unwrap();
            let mut body = vec![0; header.len as usize - size_of::<fuse_out_header>()];
            self.stream.read_exact(&mut body).await.unwrap();
            match (header.unique, header.error) {
                (0, code) => self.notices.push_back((code, body)),
                (unique, 0) => return (unique, Ok(body)),
                (unique, error) => return (unique, Err(-error)),
            }
        }
    }

    pub async fn ask(&mut self, opcode: u32, nodeid: u64, body: &[u8]) -> Result<Vec<u8>, i32> {
        let asked = self.send(opcode, nodeid, body).await;
        let (unique, answer) = self.answer().await;
        assert_eq!(unique, asked);
        answer
    }

    pub async fn lookup(&mut self, folder: u64, name: &str) -> Result<(u64, fuse_attr), i32> {
        let body = [name.as_bytes(), &[0]].concat();
        let answer = self.ask(fuse_opcode::FUSE_LOOKUP as u32, folder, &body).await?;
        let entry = fuse_entry_out::read_from_bytes(&answer).unwrap();
        Ok((entry.nodeid, entry.attr))
    }

    /// Looks up one name after the other, from the root.
    pub async fn walk(&mut self, path: &str) -> Result<(u64, fuse_attr), i32> {
        let mut at = (ROOT, fuse_attr::default());
        for name in path.split('/') {
            at = self.lookup(at.0, name).await?;
        }
        Ok(at)
    }

    pub async fn attributes(&mut self, number: u64) -> Result<fuse_attr, i32> {
        let answer = self.ask(fuse_opcode::FUSE_GETATTR as u32, number, &[0; 16]).await?;
        Ok(fuse_attr_out::read_from_bytes(&answer).unwrap().attr)
    }

    pub async fn open(&mut self, number: u64, flags: u32) -> Result<fuse_open_out, i32> {
        let body = fuse_open_in { flags, open_flags: 0 };
        let answer = self.ask(fuse_opcode::FUSE_OPEN as u32, number, body.as_bytes()).await?;
        Ok(fuse_open_out::read_from_bytes(&answer).unwrap())
    }

    pub async fn read(
        &mut self,
        opcode: fuse_opcode,
        number: u64,
        fh: u64,
        offset: u64,
        size: u32,
    ) -> Result<Vec<u8>, i32> {
        let body = fuse_read_in {
            fh,
            offset,
            size,
            ..fuse_read_in::default()
        };
        self.ask(opcode as u32, number, body.as_bytes()).await
    }

    /// The whole content of a file.
    pub async fn content(&mut self, number: u64) -> Vec<u8> {
        let fh = self.open(number, 0).await.unwrap().fh;
        let mut content = Vec::new();
        loop {
            let part = self
                .read(fuse_opcode::FUSE_READ, number, fh, content.len() as u64, 128 << 10)
                .await
                .unwrap();
            if part.is_empty() {
                break;
            }
            content.extend(part);
        }
        let body = [&fh.to_le_bytes()[..], &[0; 16]].concat();
        self.ask(fuse_opcode::FUSE_RELEASE as u32, number, &body).await.unwrap();
        content
    }

    /// The entries of a folder with their kinds and, with `plus`, their numbers; "." and ".." left out.
    pub async fn entries(&mut self, number: u64, plus: bool) -> Vec<(String, u32, u64)> {
        let answer = self
            .ask(fuse_opcode::FUSE_OPENDIR as u32, number, &[0; 8])
            .await
            .unwrap();
        let fh = fuse_open_out::read_from_bytes(&answer).unwrap().fh;
        let opcode = if plus {
            fuse_opcode::FUSE_READDIRPLUS
        } else {
            fuse_opcode::FUSE_READDIR
        };
        let (mut entries, mut offset) = (Vec::new(), 0);
        loop {
            let page = self.read(opcode, number, fh, offset, 4096).await.unwrap();
            if page.is_empty() {
                break;
            }
            assert!(page.len() <= 4096);
            let mut rest = &page[..];
            while !rest.is_empty() {
                let mut entry = fuse_entry_out::default();
                if plus {
                    (entry, rest) = fuse_entry_out::read_from_prefix(rest).unwrap();
                }
                let number = |at: usize, size: usize| {
                    rest[at..at + size]
                        .iter()
                        .rev()
                        .fold(0_u64, |n, b| n << 8 | u64::from(*b))
                };
                let length = number(16, 4) as usize;
                offset = number(8, 8);
                let kind = number(20, 4) as u32;
                let name = String::from_utf8(rest[24..24 + length].to_vec()).unwrap();
                rest = &rest[(24 + length).next_multiple_of(8)..];
                if name != "." && name != ".." {
                    assert!(!plus || entry.attr.mode >> 12 == kind, "{name}");
                    entries.push((name, kind, entry.nodeid));
                }
            }
        }
        let body = [&fh.to_le_bytes()[..], &[0; 16]].concat();
        self.ask(fuse_opcode::FUSE_RELEASEDIR as u32, number, &body)
            .await
            .unwrap();
        entries
    }
}
