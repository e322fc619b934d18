//! Where sign-ins and secret variables of connectors are kept: one encrypted file in the data folder, readable by the
//! person alone, its key in the system's keychain or, where there is none, beside it.
//!
//! The encryption keeps secrets out of backups, searches and screenshots of the file. Where the key lies beside it, whoever
//! can read both files as the person has what the person has. Only the key is in the keychain, since some keychains take no
//! more than 2,560 bytes and ask for every entry; see `docs/connectors.md`.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Error, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use chacha20poly1305::{
    ChaCha20Poly1305, Nonce,
    aead::{Aead, AeadCore, KeyInit, OsRng},
};
use deskhand_mcp::{Secret, Tokens, TokensError};

/// Bytes of a nonce.
const NONCE: usize = 12;

/// What the keychain's entries are of.
const SERVICE: &str = "deskhand";
/// The file that says that the key is in the keychain.
const ELSEWHERE: &str = "secrets.keychain";

/// The file.
pub(crate) struct TokenFile {
    home: PathBuf,
    /// Whether a new key goes to the system's keychain.
    chain: bool,
    key: tokio::sync::OnceCell<[u8; 32]>,
    /// One change at a time in this process; other processes are kept out by a lock on a file.
    one: Mutex<()>,
    renewing: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl TokenFile {
    /// In the data folder `home`; with `chain`, a key that is made goes to the system's keychain if there is one. Nothing is
    /// read or made yet.
    pub fn new(home: &Path, chain: bool) -> Self {
        Self {
            home: home.to_owned(),
            chain,
            key: tokio::sync::OnceCell::new(),
            one: Mutex::default(),
            renewing: Mutex::default(),
        }
    }

    async fn change<T>(
        &self,
        what: impl FnOnce(&mut BTreeMap<String, String>) -> (T, bool) + Send,
    ) -> Result<T, TokensError> {
        let failed = |error: Error| TokensError(format!("the store of sign-ins could not be used: {error}"));
        let key = self.key.get_or_try_init(|| self.key()).await.map_err(failed)?;
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        self.locked(key, what).map_err(failed)
    }

    #[expect(clippy::disallowed_methods, reason = "Deskhand's own secrets, not a granted folder")]
    fn locked<T>(
        &self,
        key: &[u8; 32],
        what: impl FnOnce(&mut BTreeMap<String, String>) -> (T, bool),
    ) -> std::io::Result<T> {
        std::fs::create_dir_all(&self.home)?;
        let lock = private(&self.home.join("secrets.lock"), true)?;
        lock.lock()?;
        let file = self.home.join("secrets");
        let cipher = ChaCha20Poly1305::new(key.into());
        let mut kept = match std::fs::read(&file) {
            Ok(bytes) => open(&cipher, &bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        let (told, changed) = what(&mut kept);
        if changed {
            let fresh = self.home.join(".secrets.new");
            let mut out = private(&fresh, false)?;
            out.write_all(&seal(&cipher, &kept)?)?;
            out.sync_all()?;
            std::fs::rename(&fresh, &file)?;
        }
        Ok(told)
    }

    /// The key, made when there is none.
    #[expect(clippy::disallowed_methods, reason = "Deskhand's own secrets, not a granted folder")]
    async fn key(&self) -> std::io::Result<[u8; 32]> {
        std::fs::create_dir_all(&self.home)?;
        // Two processes make one key.
        let lock = private(&self.home.join("secrets.key.lock"), true)?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _lock = lock.map_err(Error::other)??;
        let file = self.home.join("secrets.key");
        match std::fs::read(&file) {
            Ok(bytes) => {
                return bytes.try_into().map_err(|_| {
                    Error::new(
                        ErrorKind::InvalidData,
                        "its key is damaged; remove `secrets` and `secrets.key` and sign in anew",
                    )
                });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let account = self.account();
        if self.home.join(ELSEWHERE).exists() {
            let kept = deskhand_models::read_key(SERVICE, &account).await;
            let kept = kept.map_err(|why| {
                Error::other(format!(
                    "its key is in this computer's keychain, which does not give it: {why}. Unlock it and try again; \
                     or remove `secrets` and `{ELSEWHERE}` in the data folder and sign in anew"
                ))
            })?;
            return unhex(kept.expose()).ok_or_else(damaged);
        }
        let key: [u8; 32] = ChaCha20Poly1305::generate_key(&mut OsRng).into();
        if self.chain && self.is_kept(&account, &key).await {
            private(&self.home.join(ELSEWHERE), false)?.sync_all()?;
            return Ok(key);
        }
        let mut out = private(&file, false)?;
        out.write_all(&key)?;
        out.sync_all()?;
        Ok(key)
    }

    /// Whether the keychain took the key, and gives it back.
    async fn is_kept(&self, account: &str, key: &[u8; 32]) -> bool {
        let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let stored = deskhand_models::store_key(SERVICE, account, &deskhand_models::Secret::new(&text)).await;
        let read = deskhand_models::read_key(SERVICE, account).await;
        stored.is_ok() && read.is_ok_and(|read| unhex(read.expose()).as_ref() == Some(key))
    }

    /// One entry for each data folder.
    fn account(&self) -> String {
        let folder = deskhand_types::Hash::of(self.home.to_string_lossy().as_bytes()).to_string();
        format!("connectors-{}", folder.get(..16).unwrap_or_default())
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    let mut key = [0; 32];
    for (place, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    (text.len() == 64).then_some(key)
}

/// A file only the person can read.
#[expect(clippy::disallowed_methods, reason = "Deskhand's own secrets, not a granted folder")]
fn private(file: &Path, keep: bool) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(!keep);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

fn damaged() -> Error {
    Error::new(
        ErrorKind::InvalidData,
        "it is damaged, or its key is another one; remove `secrets` in the data folder and sign in anew",
    )
}

fn open(cipher: &ChaCha20Poly1305, bytes: &[u8]) -> std::io::Result<BTreeMap<String, String>> {
    let (nonce, sealed) = bytes.split_at_checked(NONCE).ok_or_else(damaged)?;
    let text = cipher
        .decrypt(Nonce::from_slice(nonce), sealed)
        .map_err(|_| damaged())?;
    serde_json::from_slice(&text).map_err(|_| damaged())
}

fn seal(cipher: &ChaCha20Poly1305, kept: &BTreeMap<String, String>) -> std::io::Result<Vec<u8>> {
    let nonce = ChaCha20Poly1305::generate_nonce(&mut OsRng);
    let text = serde_json::to_vec(kept).map_err(Error::other)?;
    let sealed = cipher.encrypt(&nonce, text.as_slice()).map_err(|_| damaged())?;
    Ok([nonce.as_slice(), &sealed].concat())
}

#[async_trait]
impl Tokens for TokenFile {
    async fn load(&self, key: &str) -> Result<Option<Secret>, TokensError> {
        self.change(|kept| (kept.get(key).cloned().map(Secret::new), false))
            .await
    }

    async fn save(&self, key: &str, secret: Secret) -> Result<(), TokensError> {
        self.change(|kept| (drop(kept.insert(key.to_owned(), secret.reveal().to_owned())), true))
            .await
    }

    async fn clear(&self, key: &str) -> Result<(), TokensError> {
        self.change(|kept| {
            let was = kept.remove(key).is_some();
            ((), was)
        })
        .await
    }

    async fn lock(&self, key: &str) -> Result<Box<dyn Send>, TokensError> {
        let here = {
            let mut renewing = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
            renewing.entry(key.to_owned()).or_default().clone()
        };
        let here = here.lock_owned().await;
        // Another process, too: on a thread of its own, since it may wait.
        let name = deskhand_mcp::name::sanitize(key);
        let file = self.home.join(format!(
            "secrets.{}.lock",
            name.get(..name.len().min(80)).unwrap_or_default()
        ));
        let locked = tokio::task::spawn_blocking(move || {
            let file = private(&file, true)?;
            file.lock()?;
            Ok::<_, Error>(file)
        });
        let file = locked
            .await
            .map_err(|error| TokensError(error.to_string()))?
            .map_err(|error| TokensError(error.to_string()))?;
        Ok(Box::new((here, file)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use std::io::Read as _;

    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_found_again_and_is_not_readable_in_the_file() {
        let home = tempfile::tempdir().unwrap();
        let tokens = TokenFile::new(home.path(), false);
        assert_eq!(tokens.load("a").await.unwrap(), None);
        tokens.save("a", Secret::new("canary-token")).await.unwrap();
        let again = TokenFile::new(home.path(), false);
        assert_eq!(again.load("a").await.unwrap(), Some(Secret::new("canary-token")));
        let mut bytes = Vec::new();
        File::open(home.path().join("secrets"))
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
        #[cfg(unix)]
        for name in ["secrets", "secrets.key"] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(home.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        again.clear("a").await.unwrap();
        assert_eq!(tokens.load("a").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_damaged_file_is_told_and_left() {
        let home = tempfile::tempdir().unwrap();
        let tokens = TokenFile::new(home.path(), false);
        tokens.save("a", Secret::new("x")).await.unwrap();
        let file = home.path().join("secrets");
        let mut bytes = std::fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        let error = tokens.save("b", Secret::new("y")).await.unwrap_err();
        assert!(error.to_string().contains("sign in anew"), "{error}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes);
    }

    #[tokio::test]
    async fn renewing_is_one_at_a_time() {
        let home = tempfile::tempdir().unwrap();
        let tokens = TokenFile::new(home.path(), false);
        let first = tokens.lock("a").await.unwrap();
        let second = tokio::time::timeout(std::time::Duration::from_millis(50), tokens.lock("a")).await;
        assert!(second.is_err());
        drop(first);
        tokens.lock("a").await.unwrap();
    }
}
