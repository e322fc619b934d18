//! Places of secrets by their names: the one list, which the policy refuses by and `workspace` masks by.

/// Names that mean the same kind of secret.
#[derive(Clone, Copy, Debug)]
pub struct SecretPlaces {
    /// What is there, as a reason says it: "… is in a key store".
    pub what: &'static str,
    /// Sequences of components of a path, in lower case. Each counts wherever it occurs, on every platform: a Windows profile
    /// copied to Linux is as private as on Windows.
    pub names: &'static [&'static [&'static str]],
}

/// Key stores, credentials, wallets, profiles of browsers and of mail programs.
pub const SECRET_PLACES: &[SecretPlaces] = &[
    SecretPlaces {
        what: "in a key store",
        names: &[
            &[".ssh"],
            &[".gnupg"],
            &[".aws"],
            &[".azure"],
            &[".kube"],
            &[".docker"],
            &[".oci"],
            &[".pki"],
            &[".config", "gcloud"],
            &[".config", "gh"],
            &[".config", "op"],
            &[".config", "rclone"],
            &[".config", "sops"],
            &["library", "keychains"],
            &[".local", "share", "keyrings"],
            &[".local", "share", "kwalletd"],
            &["appdata", "roaming", "microsoft", "credentials"],
            &["appdata", "local", "microsoft", "credentials"],
            &["appdata", "roaming", "microsoft", "crypto"],
            &["appdata", "roaming", "microsoft", "protect"],
            &["appdata", "roaming", "microsoft", "systemcertificates"],
            &["appdata", "local", "microsoft", "vault"],
            &["appdata", "roaming", "gnupg"],
            &["appdata", "roaming", "gcloud"],
        ],
    },
    SecretPlaces {
        what: "in a password store",
        names: &[
            &[".password-store"],
            &[".config", "1password"],
            &[".config", "bitwarden"],
            &[".config", "keepassxc"],
            &["application support", "1password"],
            &["application support", "bitwarden"],
            &["application support", "keepassxc"],
            &["appdata", "local", "1password"],
            &["appdata", "roaming", "bitwarden"],
            &["appdata", "roaming", "keepassxc"],
        ],
    },
    // Cookies, saved passwords, history.
    SecretPlaces {
        what: "in a browser's profile",
        names: &[
            &[".mozilla"],
            &["mozilla", "firefox"],
            &["google", "chrome"],
            &[".config", "google-chrome"],
            &[".config", "google-chrome-beta"],
            &[".config", "chromium"],
            &[".config", "bravesoftware"],
            &[".config", "microsoft-edge"],
            &[".config", "vivaldi"],
            &[".config", "opera"],
            &["snap", "firefox"],
            &["snap", "chromium"],
            &["application support", "google", "chrome"],
            &["application support", "chromium"],
            &["application support", "bravesoftware"],
            &["application support", "microsoft edge"],
            &["application support", "firefox"],
            &["application support", "arc"],
            &["library", "safari"],
            &["library", "cookies"],
            &["library", "containers", "com.apple.safari"],
            &["appdata", "local", "google", "chrome"],
            &["appdata", "local", "chromium"],
            &["appdata", "local", "bravesoftware"],
            &["appdata", "local", "microsoft", "edge"],
            &["appdata", "roaming", "mozilla"],
            &["appdata", "roaming", "opera software"],
        ],
    },
    SecretPlaces {
        what: "in the store of a program for messages",
        names: &[
            &[".thunderbird"],
            &["library", "mail"],
            &["library", "messages"],
            &["appdata", "roaming", "thunderbird"],
        ],
    },
    SecretPlaces {
        what: "in the private folder of another program",
        names: &[&[".var", "app"]],
    },
    SecretPlaces {
        what: "in a wallet",
        names: &[&[".electrum"], &[".bitcoin"], &[".ethereum"], &[".monero"]],
    },
    SecretPlaces {
        what: "a file of secrets",
        names: &[&[".env"]],
    },
    SecretPlaces {
        what: "a file of credentials",
        names: &[
            &["id_rsa"],
            &["id_ed25519"],
            &["id_ecdsa"],
            &["id_dsa"],
            &["wallet.dat"],
            &[".netrc"],
            &["_netrc"],
            &[".pgpass"],
            &[".git-credentials"],
            &[".config", "git", "credentials"],
            &[".npmrc"],
            &[".pypirc"],
            &[".cargo", "credentials"],
            &[".cargo", "credentials.toml"],
            &[".terraform.d", "credentials.tfrc.json"],
            &["gcloud", "credentials.db"],
            &["logins.json"],
            &["key4.db"],
            // Of other agents.
            &[".claude", ".credentials.json"],
            &[".codex", "auth.json"],
        ],
    },
];

/// Extensions of key and password stores, in lower case.
pub const SECRET_EXTENSIONS: &[&str] = &[
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

/// Beginnings of names of files with secrets, in lower case: settings of programs for one machine or another.
pub const SECRET_BEGINNINGS: &[&str] = &[".env."];
