//! The content-addressed blob store, as a trait: `store` implements it, `workspace` and `engine` take it.

use crate::Hash;

/// A blob could not be kept or fetched.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// No blob with that hash.
    #[error("the stored copy {0} is missing")]
    Missing(Hash),
    /// The bytes no longer have the hash they are stored under.
    #[error("the stored copy {0} is damaged")]
    Damaged(Hash),
    /// The store itself failed.
    #[error("the store failed: {0}")]
    Store(String),
}

/// Content-addressed storage of bytes. Putting is idempotent and durable on return.
pub trait BlobStore: Send + Sync {
    /// Keeps `bytes`, returns their hash.
    ///
    /// # Errors
    /// When the store cannot write.
    fn put(&self, bytes: &[u8]) -> Result<Hash, BlobError>;

    /// Keeps everything `reader` gives, without holding it in memory at once; returns hash and length in bytes.
    ///
    /// # Errors
    /// When the reader fails or the store cannot write.
    fn put_reader(&self, reader: &mut dyn std::io::Read) -> Result<(Hash, u64), BlobError>;

    /// The bytes with that hash, checked.
    ///
    /// # Errors
    /// [`BlobError::Missing`], [`BlobError::Damaged`], or the store failed.
    fn get(&self, hash: &Hash) -> Result<Vec<u8>, BlobError>;

    /// Writes the bytes with that hash into `out`, without holding them in memory at once; returns the length in
    /// bytes. The hash is checked; on a mismatch `out` has received bytes that must not be used.
    ///
    /// # Errors
    /// As [`BlobStore::get`], or `out` failed.
    fn copy_to(&self, hash: &Hash, out: &mut dyn std::io::Write) -> Result<u64, BlobError>;

    /// Whether a blob with that hash is there (not whether it is intact).
    ///
    /// # Errors
    /// When the store cannot be asked.
    fn contains(&self, hash: &Hash) -> Result<bool, BlobError>;
}
