//! Where content is fetched from. Source: issue 5, A4.

pub mod git;

use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::LibraryError;

/// Where a marketplace comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "source")]
pub enum MarketplaceSource {
    /// A folder of this computer that holds `.claude-plugin/marketplace.json`; read where it is.
    Directory {
        /// Absolute.
        path: PathBuf,
    },
    /// A git repository.
    Git {
        /// https, ssh or file.
        url: String,
        /// Branch or tag.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// `owner/repo` at GitHub.
    Github {
        /// `owner/repo`.
        repo: String,
        /// Branch or tag.
        #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
    },
    /// The `marketplace.json` itself; relative sources in it cannot be installed.
    Url {
        /// https.
        url: String,
    },
}

impl MarketplaceSource {
    /// The address the person wrote, of a list that is fetched alone: see [`may_fetch`].
    pub(super) fn own(&self) -> Option<&str> {
        match self {
            Self::Url { url } => Some(url),
            Self::Directory { .. } | Self::Git { .. } | Self::Github { .. } => None,
        }
    }
}

/// Where a plugin of an entry comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "source")]
pub enum Source {
    /// A folder of the marketplace; empty: its root.
    Relative {
        /// Below the marketplace's root.
        path: PathBuf,
    },
    /// A git repository or a folder of one.
    Git {
        /// https, ssh or file.
        url: String,
        /// The folder in it.
        path: Option<String>,
        /// Branch or tag.
        #[serde(rename = "ref")]
        reference: Option<String>,
        /// A commit; wins over `ref`.
        sha: Option<String>,
    },
    /// An npm package.
    Npm {
        /// Its name.
        package: String,
        /// A version, tag or range.
        version: Option<String>,
        /// https.
        registry: Option<String>,
    },
    /// A zip or tar.gz.
    Archive {
        /// https.
        url: String,
        /// Of the package, hexadecimal.
        sha256: Option<String>,
    },
    /// A command that prints an absolute path.
    Command {
        /// Printable ASCII, at most 500 characters.
        command: String,
        /// At most ten minutes.
        timeout: Duration,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relative { path } => write!(f, "./{}", path.display()),
            Self::Git {
                url, path: Some(path), ..
            } => write!(f, "{url} ({path})"),
            Self::Git { url, .. } | Self::Archive { url, .. } => f.write_str(url),
            Self::Npm { package, .. } => write!(f, "the npm package {package}"),
            Self::Command { command, .. } => write!(f, "the command `{command}`"),
        }
    }
}

/// Reads an entry's `source`. The error is a sentence.
pub fn read(value: &Value, plugin_root: Option<&str>) -> Result<Source, String> {
    read_of(value, plugin_root, None)
}

/// Like [`read`], of a marketplace that is itself at the loopback address `own` (see [`may_fetch`]).
pub fn read_of(value: &Value, plugin_root: Option<&str>, own: Option<&str>) -> Result<Source, String> {
    if let Some(text) = value.as_str() {
        return relative(text, plugin_root).map(|path| Source::Relative { path });
    }
    let kind = value
        .get("source")
        .and_then(Value::as_str)
        .ok_or("its source says no kind")?;
    let optional = |key: &str| match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` of its source must be text")),
    };
    let needed = |key: &str| {
        optional(key)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("its source needs `{key}`"))
    };
    let git = |url: String, path: Option<String>| {
        let reference = optional("ref")?;
        let sha = optional("sha")?.map(|sha| sha.to_ascii_lowercase());
        if reference.as_deref().is_some_and(|name| !git::is_reference(name)) {
            return Err("`ref` of its source is not the name of a branch or tag".to_owned());
        }
        if sha.as_deref().is_some_and(|sha| !is_hex(sha, &[40, 64])) {
            return Err("`sha` of its source is not a commit".to_owned());
        }
        let path = path.map(|path| inner(&path)).transpose()?;
        let path = path.filter(|path| !path.as_os_str().is_empty());
        Ok(Source::Git {
            url: git::address(&url).map_err(|why| why.to_string())?,
            path: path.map(|path| path.to_string_lossy().into_owned()),
            reference,
            sha,
        })
    };
    match kind {
        "github" => git(
            shorthand(&needed("repo")?).ok_or("`repo` of its source is not owner/name")?,
            optional("path")?,
        ),
        "url" | "git" => git(needed("url")?, optional("path")?),
        "git-subdir" => git(needed("url")?, Some(needed("path")?)),
        "npm" => Ok(Source::Npm {
            package: needed("package").and_then(|name| {
                is_package(&name)
                    .then_some(name)
                    .ok_or_else(|| "`package` of its source is not an npm name".to_owned())
            })?,
            version: optional("version")?,
            registry: optional("registry")?
                .map(|url| may_fetch(&url, own).map(|()| url).map_err(|why| why.to_string()))
                .transpose()?,
        }),
        "archive" => {
            let url = needed("url")?;
            may_fetch(&url, own).map_err(|why| why.to_string())?;
            let sha256 = optional("sha256")?.map(|sha| sha.to_ascii_lowercase());
            if sha256.as_deref().is_some_and(|sha| !is_hex(sha, &[64])) {
                return Err("`sha256` of its source is not a SHA-256".to_owned());
            }
            Ok(Source::Archive { url, sha256 })
        }
        "command" => {
            let command = needed("command")?;
            if command.len() > 500 || !command.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
                return Err("`command` of its source must be printable ASCII of at most 500 characters".to_owned());
            }
            let timeout = match value.get("timeout") {
                None => 60.0,
                Some(seconds) => seconds.as_f64().ok_or("`timeout` of its source must be a number")?,
            };
            if !(timeout > 0.0 && timeout <= 600.0) {
                return Err("`timeout` of its source must be above 0 and at most 600 seconds".to_owned());
            }
            match optional("mode")?.as_deref() {
                None | Some("copy" | "link") => {}
                Some(_) => return Err("`mode` of its source must be copy or link".to_owned()),
            }
            Ok(Source::Command {
                command,
                timeout: Duration::from_secs_f64(timeout),
            })
        }
        other => Err(format!(
            "its source is of the kind `{}`, which is not known here",
            other.chars().take(40).collect::<String>()
        )),
    }
}

/// Reads what a person typed to add a marketplace: a folder, `owner/repo[@ref]`, a git address `[#ref]`, or the https
/// address of a `.json` (http only at this computer).
pub fn marketplace(given: &str) -> Result<MarketplaceSource, LibraryError> {
    let given = given.trim();
    let bad = |why: &str| LibraryError::Source {
        given: given.to_owned(),
        why: why.to_owned(),
    };
    if Path::new(given).is_absolute() || given.starts_with("./") || given.starts_with("../") {
        let path = std::path::absolute(given).map_err(|why| bad(&why.to_string()))?;
        return Ok(MarketplaceSource::Directory { path });
    }
    let is_git_ssh = given.starts_with("git@");
    if given.contains("://") || is_git_ssh {
        let (url, reference) = given
            .split_once('#')
            .map_or((given, None), |(url, name)| (url, Some(name.to_owned())));
        if reference.as_deref().is_some_and(|name| !git::is_reference(name)) {
            return Err(bad("what follows `#` is not the name of a branch or tag"));
        }
        let is_json = Path::new(url.split('?').next().unwrap_or(url))
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("json"));
        if is_json && reference.is_none() {
            may_fetch(url, Some(url))?;
            return Ok(MarketplaceSource::Url { url: url.to_owned() });
        }
        return Ok(MarketplaceSource::Git {
            url: git::address(url)?,
            reference,
        });
    }
    let (repo, reference) = given
        .split_once('@')
        .map_or((given, None), |(repo, name)| (repo, Some(name.to_owned())));
    if reference.as_deref().is_some_and(|name| !git::is_reference(name)) {
        return Err(bad("what follows `@` is not the name of a branch or tag"));
    }
    match shorthand(repo) {
        Some(_) => Ok(MarketplaceSource::Github {
            repo: repo.to_owned(),
            reference,
        }),
        None => Err(bad(
            "write a folder, owner/repo, a git address, or the https address of a marketplace.json",
        )),
    }
}

/// A path below a marketplace or repository: relative, without `..`.
fn inner(text: &str) -> Result<PathBuf, String> {
    let refused = || {
        format!(
            "`{}` is not a path below its marketplace: no `..`, nothing absolute",
            text.chars().take(200).collect::<String>()
        )
    };
    if text.contains(['\\', '\0', ':']) || text.starts_with('-') {
        return Err(refused());
    }
    let mut path = PathBuf::new();
    for part in Path::new(text).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            _ => return Err(refused()),
        }
    }
    if path
        .components()
        .any(|part| part.as_os_str().eq_ignore_ascii_case(".git"))
    {
        return Err(refused());
    }
    Ok(path)
}

/// `./…`, `.`, or a bare name below `metadata.pluginRoot`.
fn relative(text: &str, plugin_root: Option<&str>) -> Result<PathBuf, String> {
    let is_bare = !text.is_empty() && !text.contains('/') && !text.starts_with('.');
    match plugin_root {
        Some(root) if is_bare => Ok(inner(root)?.join(inner(text)?)),
        _ if text == "." || text.starts_with("./") || is_bare => inner(text),
        _ => Err(format!(
            "`{}` is not a path below its marketplace: it must begin with `./`",
            text.chars().take(200).collect::<String>()
        )),
    }
}

/// The https address of `owner/repo`.
pub(super) fn shorthand(repo: &str) -> Option<String> {
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    let (owner, name) = repo.split_once('/')?;
    let fits = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && !part.starts_with(['-', '.'])
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (fits(owner) && fits(name)).then(|| format!("https://github.com/{owner}/{name}.git"))
}

fn is_package(name: &str) -> bool {
    let fits = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match name.strip_prefix('@') {
        Some(scoped) => scoped
            .split_once('/')
            .is_some_and(|(scope, name)| fits(scope) && fits(name)),
        None => fits(name),
    }
}

fn is_hex(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an address may be fetched from: as [`public_https`] says, or at the loopback address and port of `own`, which
/// a person wrote themselves (a marketplace or registry of this computer).
pub fn may_fetch(address: &str, own: Option<&str>) -> Result<(), LibraryError> {
    let refused = match public_https(address) {
        Ok(()) => return Ok(()),
        Err(refused) => refused,
    };
    match (loopback(address), own.and_then(loopback)) {
        (Some(there), Some(own)) if there == own => Ok(()),
        _ => Err(refused),
    }
}

/// Scheme, host and port of an address at this computer, without a user's name.
pub fn loopback(address: &str) -> Option<(String, String, u16)> {
    let url = url::Url::parse(address).ok()?;
    let is_here = match url.host()? {
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
        url::Host::Domain(name) => name == "localhost",
    };
    let is_plain = matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none();
    let place = (
        url.scheme().to_owned(),
        url.host_str()?.to_owned(),
        url.port_or_known_default()?,
    );
    (is_here && is_plain).then_some(place)
}

/// Whether packages may be fetched from an address: https, and not by its very words a machine of this network. What the
/// name resolves to is for whoever connects to check. Source: issue 5, A4.
pub fn public_https(address: &str) -> Result<(), LibraryError> {
    let bad = |why| LibraryError::Address {
        url: address.chars().take(200).collect(),
        why,
    };
    let url = url::Url::parse(address).map_err(|_| bad("it is not an address"))?;
    if url.scheme() != "https" {
        return Err(bad("only https is fetched from"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it holds a user's name or password"));
    }
    let private = match url.host() {
        None => return Err(bad("it names no host")),
        Some(url::Host::Ipv4(ip)) => is_private_v4(ip),
        Some(url::Host::Ipv6(ip)) => {
            let bits = ip.to_bits();
            let first = ip.segments().first().copied().unwrap_or(0);
            // The 32 bits that end `above` bits over the lowest.
            let v4 = |above: u32| u32::try_from((bits >> above) & 0xffff_ffff).is_ok_and(|ip| is_private_v4(ip.into()));
            // Mapped, or reached through a translator: 64:ff9b::/96 (RFC 6052), 64:ff9b:1::/48 (RFC 8215, local by its
            // meaning) and 2002::/16 (RFC 3056).
            let embedded = ip.to_ipv4().is_some_and(is_private_v4)
                || (bits >> 32 == 0x64_ff9b_u128 << 64 && v4(0))
                || bits >> 80 == 0x64_ff9b_0001
                || (first == 0x2002 && v4(80));
            embedded
                || ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfe80
        }
        Some(url::Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            !name.contains('.')
                || ["localhost", "local", "internal", "home.arpa", "lan"]
                    .iter()
                    .any(|end| name == *end || name.ends_with(&format!(".{end}")))
        }
    };
    if private {
        return Err(bad("it is a machine of this computer or its network"));
    }
    Ok(())
}

fn is_private_v4(ip: std::net::Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_unspecified()
        || ip.is_broadcast()
        || ip.is_multicast()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240
}
