//! The system's keychain. Windows Credential Manager and macOS Keychain through `keyring`; on Linux the
//! `secret-tool` program of libsecret, since a D-Bus client would be by far the largest dependency of this crate.

/// Reads a password. The error says why not, and how one is stored.
///
/// # Errors
/// In words, when there is no keychain, or none of that name in it.
#[cfg(any(windows, target_os = "macos"))]
pub async fn read_key(service: &str, account: &str) -> Result<crate::Secret, String> {
    let (service, account) = (service.to_owned(), account.to_owned());
    let task = tokio::task::spawn_blocking(move || {
        let entry = keyring::Entry::new(&service, &account).map_err(|error| error.to_string())?;
        let password = entry
            .get_password()
            .map_err(|error| format!("no entry {service}/{account}: {error}"))?;
        Ok(crate::Secret::new(&password))
    });
    task.await.map_err(|_| "the keychain did not answer".to_owned())?
}

/// Reads a password. The error says why not, and how one is stored.
///
/// # Errors
/// In words, when there is no keychain, or none of that name in it.
#[cfg(not(any(windows, target_os = "macos")))]
pub async fn read_key(service: &str, account: &str) -> Result<crate::Secret, String> {
    let command = ["secret-tool", "lookup", "service", service, "account", account].map(str::to_owned);
    crate::credentials::run_helper(&command).await.map_err(|reason| {
        format!(
            "{reason}; store it with `secret-tool store --label=Deskhand service {service} account {account}` \
             (package libsecret-tools)"
        )
    })
}

/// Keeps a password, replacing an older one; an empty one removes it. The error says why not.
///
/// # Errors
/// In words, when there is no keychain or it refuses.
#[cfg(any(windows, target_os = "macos"))]
pub async fn store_key(service: &str, account: &str, key: &crate::Secret) -> Result<(), String> {
    let (service, account, key) = (service.to_owned(), account.to_owned(), key.clone());
    let task = tokio::task::spawn_blocking(move || {
        let entry = keyring::Entry::new(&service, &account).map_err(|error| error.to_string())?;
        if key.is_empty() {
            return match entry.delete_credential() {
                Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
                Err(error) => Err(error.to_string()),
            };
        }
        entry.set_password(key.expose()).map_err(|error| error.to_string())
    });
    task.await.map_err(|_| "the keychain did not answer".to_owned())?
}

/// Keeps a password, replacing an older one; an empty one removes it. The error says why not.
///
/// # Errors
/// In words, when there is no keychain or it refuses.
#[cfg(not(any(windows, target_os = "macos")))]
pub async fn store_key(service: &str, account: &str, key: &crate::Secret) -> Result<(), String> {
    use std::process::Stdio;
    use tokio::io::AsyncWriteExt as _;

    let mut command = tokio::process::Command::new("secret-tool");
    if key.is_empty() {
        command.args(["clear", "service", service, "account", account]);
    } else {
        command.args(["store", "--label=Deskhand", "service", service, "account", account]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            format!("this computer's keychain cannot be used: `secret-tool` cannot be started ({error}); it is in the package libsecret-tools")
        })?;
    // The key goes over a pipe: arguments can be seen by every process.
    if let Some(mut input) = child.stdin.take() {
        input
            .write_all(key.expose().as_bytes())
            .await
            .map_err(|error| format!("the keychain did not take the key: {error}"))?;
    }
    match tokio::time::timeout(std::time::Duration::from_mins(1), child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!(
            "the keychain refused ({status}); is it unlocked, and is a secret service running?"
        )),
        Ok(Err(error)) => Err(format!("the keychain did not answer: {error}")),
        Err(_) => Err("the keychain did not answer within a minute".to_owned()),
    }
}
