//! The system's keychain, read only. Windows Credential Manager and macOS Keychain through `keyring`; on Linux the
//! `secret-tool` program of libsecret, since a D-Bus client would be by far the largest dependency of this crate.

/// Reads a password. The error says why not, and how one is stored.
#[cfg(any(windows, target_os = "macos"))]
pub(crate) async fn read(service: &str, account: &str) -> Result<crate::Secret, String> {
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
#[cfg(not(any(windows, target_os = "macos")))]
pub(crate) async fn read(service: &str, account: &str) -> Result<crate::Secret, String> {
    let command = ["secret-tool", "lookup", "service", service, "account", account].map(str::to_owned);
    crate::credentials::run_helper(&command).await.map_err(|reason| {
        format!(
            "{reason}; store it with `secret-tool store --label=Deskhand service {service} account {account}` \
             (package libsecret-tools)"
        )
    })
}
