//! Protected and system places, as data.

/// Key stores, credentials and browser profiles: folded component sequences that are masked wherever they occur in a
/// granted folder, on every platform (a Windows profile copied to Linux is as private as on Windows).
pub(super) const MASKED: &[&[&str]] = &[
    // Keys and credentials.
    &[".ssh"],
    &[".gnupg"],
    &[".aws"],
    &[".azure"],
    &[".kube"],
    &[".docker", "config.json"],
    &[".config", "gcloud"],
    &["gcloud", "credentials.db"],
    &[".config", "gh"],
    &[".config", "op"],
    &[".config", "rclone"],
    &[".config", "sops"],
    &[".oci"],
    &[".terraform.d", "credentials.tfrc.json"],
    &[".netrc"],
    &["_netrc"],
    &[".pgpass"],
    &[".git-credentials"],
    &[".config", "git", "credentials"],
    &[".npmrc"],
    &[".pypirc"],
    &[".cargo", "credentials"],
    &[".cargo", "credentials.toml"],
    &[".env"],
    &["id_rsa"],
    &["id_ed25519"],
    &["id_ecdsa"],
    &["id_dsa"],
    &["logins.json"],
    &["key4.db"],
    // Wallets.
    &["wallet.dat"],
    &[".electrum"],
    &[".bitcoin"],
    &[".ethereum"],
    &[".monero"],
    // Password stores and key rings.
    &[".password-store"],
    &[".local", "share", "keyrings"],
    &[".local", "share", "kwalletd"],
    &[".pki"],
    &["library", "keychains"],
    &["appdata", "roaming", "microsoft", "credentials"],
    &["appdata", "local", "microsoft", "credentials"],
    &["appdata", "roaming", "microsoft", "crypto"],
    &["appdata", "roaming", "microsoft", "protect"],
    &["appdata", "roaming", "microsoft", "systemcertificates"],
    &["appdata", "local", "microsoft", "vault"],
    &["appdata", "roaming", "gnupg"],
    &["appdata", "roaming", "gcloud"],
    &[".config", "1password"],
    &[".config", "bitwarden"],
    &[".config", "keepassxc"],
    &["application support", "1password"],
    &["application support", "bitwarden"],
    &["application support", "keepassxc"],
    &["appdata", "local", "1password"],
    &["appdata", "roaming", "bitwarden"],
    &["appdata", "roaming", "keepassxc"],
    // Browser profiles: cookies, saved passwords, history.
    &[".mozilla"],
    &[".thunderbird"],
    &[".config", "google-chrome"],
    &[".config", "google-chrome-beta"],
    &[".config", "chromium"],
    &[".config", "bravesoftware"],
    &[".config", "microsoft-edge"],
    &[".config", "vivaldi"],
    &[".config", "opera"],
    &["snap", "firefox"],
    &["snap", "chromium"],
    &[".var", "app"],
    &["application support", "google", "chrome"],
    &["application support", "chromium"],
    &["application support", "bravesoftware"],
    &["application support", "microsoft edge"],
    &["application support", "firefox"],
    &["application support", "arc"],
    &["library", "safari"],
    &["library", "cookies"],
    &["library", "mail"],
    &["library", "messages"],
    &["library", "containers", "com.apple.safari"],
    &["appdata", "local", "google", "chrome"],
    &["appdata", "local", "chromium"],
    &["appdata", "local", "bravesoftware"],
    &["appdata", "local", "microsoft", "edge"],
    &["appdata", "roaming", "mozilla"],
    &["appdata", "roaming", "thunderbird"],
    &["appdata", "roaming", "opera software"],
    // Configuration that other agents obey.
    &[".claude", ".credentials.json"],
    &[".codex", "auth.json"],
];

/// Folded extensions of key and password stores, masked wherever they occur.
pub(super) const MASKED_EXTENSIONS: &[&str] = &[
    "kdbx",
    "keychain",
    "keychain-db",
    "ppk",
    "p12",
    "pfx",
    "keystore",
    "jks",
    "agilekeychain",
    "opvault",
];

/// Folded beginnings of names that are masked: settings of programs for one machine or another.
pub(super) const MASKED_BEGINNINGS: &[&str] = &[".env."];

/// System folders of this platform: never granted, nor anything in them but for [`EXCEPT`].
#[cfg(target_os = "macos")]
pub(super) const SYSTEM: &[&str] = &[
    "/bin",
    "/sbin",
    "/usr",
    "/etc",
    "/var",
    "/dev",
    "/System",
    "/Library",
    "/Applications",
    "/cores",
    "/private/etc",
    "/private/var",
    "/Network",
    "/opt/homebrew",
];
/// What may be granted although it is in a system folder.
#[cfg(target_os = "macos")]
pub(super) const EXCEPT: &[&str] = &["/private/var/folders", "/private/var/tmp", "/var/folders", "/var/tmp"];

/// System folders of this platform: never granted, nor anything in them but for [`EXCEPT`].
#[cfg(windows)]
pub(super) const SYSTEM: &[&str] = &[
    "C:/Windows",
    "C:/Program Files",
    "C:/Program Files (x86)",
    "C:/ProgramData",
    "C:/Recovery",
    "C:/System Volume Information",
    "C:/$Recycle.Bin",
    "C:/Boot",
    "C:/Users/All Users",
    "C:/Users/Default",
];
/// What may be granted although it is in a system folder.
#[cfg(windows)]
pub(super) const EXCEPT: &[&str] = &[];

/// System folders of this platform: never granted, nor anything in them but for [`EXCEPT`].
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/lost+found",
    "/nix",
    "/proc",
    "/run",
    "/sbin",
    "/snap",
    "/sys",
    "/usr",
    "/var",
];
/// What may be granted although it is in a system folder.
#[cfg(not(any(windows, target_os = "macos")))]
pub(super) const EXCEPT: &[&str] = &["/run/media", "/var/tmp", "/usr/local/share"];
