//! A reply as it goes down the stream: header first, then what was asked for, in a buffer that is used again.

use fuse_abi::linux::fuse_out_header;
use zerocopy::{Immutable, IntoBytes};

use super::number::Errno;

/// Length of the header of a reply.
const HEADER: usize = size_of::<fuse_out_header>();

/// A reply that is being made. Its buffer stays initialised, so that using it again costs no clearing.
pub(crate) struct Reply {
    bytes: Vec<u8>,
    used: usize,
}

impl Reply {
    /// An empty reply in `buffer`, whose content does not matter.
    pub fn new(buffer: Vec<u8>) -> Self {
        let mut reply = Self { bytes: buffer, used: 0 };
        reply.clear();
        reply
    }

    /// Takes back everything but the header's room.
    pub fn clear(&mut self) {
        self.used = 0;
        self.room(HEADER);
    }

    /// Length so far without the header.
    pub const fn length(&self) -> usize {
        self.used - HEADER
    }

    /// Appends a structure of the protocol.
    pub fn push<T: IntoBytes + Immutable>(&mut self, what: &T) {
        self.push_bytes(what.as_bytes());
    }

    /// Appends bytes.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        self.room(bytes.len()).copy_from_slice(bytes);
    }

    /// Appends `length` bytes of whatever was in the buffer, to be overwritten, and gives them.
    pub fn room(&mut self, length: usize) -> &mut [u8] {
        let start = self.used;
        self.used += length;
        if self.bytes.len() < self.used {
            self.bytes.resize(self.used, 0);
        }
        self.bytes.get_mut(start..self.used).unwrap_or_default()
    }

    /// Cuts it to `length` bytes without the header.
    pub fn cut(&mut self, length: usize) {
        self.used = self.used.min(HEADER + length);
    }

    /// Writes the header: this answers request `unique`.
    pub fn answer(&mut self, unique: u64, result: Result<(), Errno>) {
        let error = match result {
            Ok(()) => 0,
            Err(errno) => {
                self.cut(0);
                -errno.0
            }
        };
        self.head(error, unique);
    }

    /// Writes the header of a notification.
    pub fn notify(&mut self, code: i32) {
        self.head(code, 0);
    }

    fn head(&mut self, error: i32, unique: u64) {
        let header = fuse_out_header {
            len: u32::try_from(self.used).unwrap_or(u32::MAX),
            error,
            unique,
        };
        if let Some(room) = self.bytes.get_mut(..HEADER) {
            room.copy_from_slice(header.as_bytes());
        }
    }

    /// What goes down the stream.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }

    /// The buffer, for another reply.
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}
