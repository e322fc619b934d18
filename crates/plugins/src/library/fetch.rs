//! Getting an entry's content into a staging folder.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use serde_json::Value;
use sha2::{Digest, Sha512};

use super::error::LibraryError;
use super::home::Library;
use super::id::PluginId;
use super::ports::Git;
use super::source::git::Checkout;
use super::source::{self, Source};
use super::state::{KnownMarketplace, State};
use super::{tree, unpack};

/// Fetched content.
pub(super) struct Fetched {
    /// The plugin's folder.
    pub root: PathBuf,
    /// What its links may lead into.
    pub within: PathBuf,
    pub commit: Option<String>,
    /// SHA-256 of the package.
    pub package: Option<String>,
    pub marketplace_root: bool,
    pub by_command: bool,
}

impl Fetched {
    pub fn plain(root: PathBuf) -> Self {
        Self {
            within: root.clone(),
            root,
            commit: None,
            package: None,
            marketplace_root: false,
            by_command: false,
        }
    }
}

fn missing(what: &str) -> LibraryError {
    LibraryError::Fetch {
        what: what.to_owned(),
        why: "this Deskhand was started without what fetches it".to_owned(),
    }
}

impl Library {
    pub(super) fn git(&self) -> Result<Arc<dyn Git>, LibraryError> {
        self.ports.git.clone().ok_or_else(|| missing("a git repository"))
    }

    /// Downloads an address that [`source::may_fetch`] allows into a new file.
    pub(super) fn download(&self, url: &str, own: Option<&str>, limit: u64, to: &Path) -> Result<(), LibraryError> {
        let check = |url: &str| source::may_fetch(url, own);
        check(url)?;
        let download = self.ports.download.as_ref().ok_or_else(|| missing(url))?;
        let mut file = File::create(to).map_err(LibraryError::file(to))?;
        download
            .get(url, limit, &check, &mut file)
            .map_err(|why| LibraryError::Fetch {
                what: url.to_owned(),
                why,
            })?;
        if file.metadata().map_err(LibraryError::file(to))?.len() > limit {
            return Err(unpack::Refused::TooMuch(format!("{limit} bytes")).into());
        }
        Ok(())
    }

    /// Fetches an entry's content; `tag` overrides the commit of a git source.
    pub(super) fn fetch(
        &self,
        state: &State,
        id: &PluginId,
        source: &Source,
        known: &KnownMarketplace,
        tag: Option<&str>,
        into: &Path,
    ) -> Result<Fetched, LibraryError> {
        match source {
            Source::Relative { path } => self.fetch_relative(id, path, known, tag, into),
            Source::Git {
                url,
                path,
                reference,
                sha,
            } => {
                let request = Checkout {
                    url: url.clone(),
                    reference: tag.map(str::to_owned).or_else(|| reference.clone()),
                    sha: if tag.is_some() { None } else { sha.clone() },
                    folder: path.clone(),
                };
                let commit = self.git()?.checkout(&request, into)?;
                let root = path.as_ref().map_or_else(|| into.to_owned(), |path| into.join(path));
                Self::inside(
                    id,
                    Fetched {
                        within: into.to_owned(),
                        commit: Some(commit),
                        ..Fetched::plain(root)
                    },
                )
            }
            Source::Npm {
                package,
                version,
                registry,
            } => {
                let registry = registry.as_deref().map(|registry| (registry, known.source.own()));
                self.fetch_npm(package, version.as_deref(), registry, into)
            }
            Source::Archive { url, sha256 } => {
                let file = into.with_extension("package");
                self.download(url, known.source.own(), unpack::Limits::default().package, &file)?;
                let found = tree::hex(&tree::file_digest(&file)?);
                if let Some(expected) = sha256
                    && *expected != found
                {
                    return Err(LibraryError::Digest {
                        what: url.clone(),
                        expected: expected.clone(),
                        found,
                    });
                }
                Ok(Fetched {
                    package: Some(found),
                    ..self.unpacked(&file, into)?
                })
            }
            Source::Command { command, timeout } => {
                if !state.commands.contains(command) {
                    return Err(LibraryError::CommandNotAccepted {
                        id: id.clone(),
                        command: command.clone(),
                    });
                }
                let programs = self.ports.programs.as_ref().ok_or_else(|| missing("a command"))?;
                let fail = |why: String| LibraryError::Fetch {
                    what: format!("the output of `{command}`"),
                    why,
                };
                let printed = programs.run(command, *timeout).map_err(fail)?;
                let printed = printed.trim();
                if printed.lines().count() != 1 || !Path::new(printed).is_absolute() || !Path::new(printed).is_dir() {
                    return Err(fail("it did not print the absolute path of one folder".to_owned()));
                }
                Ok(Fetched {
                    by_command: true,
                    ..Fetched::plain(PathBuf::from(printed))
                })
            }
        }
    }

    fn fetch_relative(
        &self,
        id: &PluginId,
        path: &Path,
        known: &KnownMarketplace,
        tag: Option<&str>,
        into: &Path,
    ) -> Result<Fetched, LibraryError> {
        if let source::MarketplaceSource::Url { url } = &known.source {
            return Err(LibraryError::Disabled {
                id: id.clone(),
                why: format!("its source is a folder of its marketplace, and of that only {url} is known"),
            });
        }
        let (within, commit) = match (tag, git_of(&known.source)) {
            (Some(tag), Some(url)) => {
                let request = Checkout {
                    url,
                    reference: Some(tag.to_owned()),
                    sha: None,
                    folder: None,
                };
                (into.to_owned(), Some(self.git()?.checkout(&request, into)?))
            }
            _ => (self.root.join(&known.folder), known.commit.clone()),
        };
        let root = within.join(path);
        let marketplace_root = path.as_os_str().is_empty();
        Self::inside(
            id,
            Fetched {
                within,
                commit,
                marketplace_root,
                ..Fetched::plain(root)
            },
        )
    }

    /// Refuses a folder that is missing or that a link leads out of where it was fetched to.
    fn inside(id: &PluginId, fetched: Fetched) -> Result<Fetched, LibraryError> {
        let real = fs::canonicalize(&fetched.root).ok();
        let within = fs::canonicalize(&fetched.within).map_err(LibraryError::file(&fetched.within))?;
        match real {
            Some(real) if real.starts_with(&within) && real.is_dir() => Ok(fetched),
            _ => Err(LibraryError::Disabled {
                id: id.clone(),
                why: "the folder its source names is not there, or leads out of where it comes from".to_owned(),
            }),
        }
    }

    pub(super) fn unpacked(&self, file: &Path, into: &Path) -> Result<Fetched, LibraryError> {
        unpack::unpack_on(&self.disk, file, into, &unpack::Limits::default())?;
        Ok(Fetched::plain(unpack::top(into)))
    }

    fn fetch_npm(
        &self,
        package: &str,
        version: Option<&str>,
        registry: Option<(&str, Option<&str>)>,
        into: &Path,
    ) -> Result<Fetched, LibraryError> {
        let fail = |why: &str| LibraryError::Fetch {
            what: format!("the npm package {package}"),
            why: why.to_owned(),
        };
        // The person's own registry may be one of this computer; an entry's only beside its marketplace.
        let usual = match (&registry, &self.ports.npm_registry) {
            (Some(_), _) => String::new(),
            (None, Some(usual)) => usual.address().map_err(|why| fail(&why))?,
            (None, None) => return Err(fail("its entry names no registry, and none is known here")),
        };
        let (registry, own) = registry.unwrap_or((&usual, Some(&usual)));
        let about = into.with_extension("json");
        let url = format!("{}/{}", registry.trim_end_matches('/'), package.replace('/', "%2f"));
        self.download(&url, own, 64 << 20, &about)?;
        let bytes = fs::read(&about).map_err(LibraryError::file(&about))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| fail("the registry's answer is not JSON"))?;
        let chosen = npm_version(&value, version).ok_or_else(|| fail("no such version is published"))?;
        let dist = value
            .get("versions")
            .and_then(|versions| versions.get(&chosen))
            .and_then(|version| version.get("dist"))
            .ok_or_else(|| fail("the registry does not say where the package is"))?;
        let text = |key: &str| dist.get(key).and_then(Value::as_str);
        let tarball = text("tarball").ok_or_else(|| fail("the registry does not say where the package is"))?;
        let expected = text("integrity")
            .and_then(|integrity| integrity.split_whitespace().find_map(|one| one.strip_prefix("sha512-")))
            .ok_or_else(|| fail("the registry gives no SHA-512 to check the package by"))?;
        let file = into.with_extension("package");
        self.download(tarball, own, unpack::Limits::default().package, &file)?;
        let found = sha512(&file)?;
        if expected != found {
            return Err(LibraryError::Digest {
                what: tarball.to_owned(),
                expected: expected.to_owned(),
                found,
            });
        }
        let package = tree::hex(&tree::file_digest(&file)?);
        Ok(Fetched {
            package: Some(package),
            ..self.unpacked(&file, into)?
        })
    }
}

/// The repository a marketplace is from.
pub(super) fn git_of(source: &source::MarketplaceSource) -> Option<String> {
    match source {
        source::MarketplaceSource::Git { url, .. } => Some(url.clone()),
        source::MarketplaceSource::Github { repo, .. } => source::shorthand(repo),
        _ => None,
    }
}

fn npm_version(about: &Value, wanted: Option<&str>) -> Option<String> {
    let versions = about.get("versions")?.as_object()?;
    let wanted = wanted.unwrap_or("latest");
    if versions.contains_key(wanted) {
        return Some(wanted.to_owned());
    }
    let tagged = about
        .get("dist-tags")
        .and_then(|tags| tags.get(wanted))
        .and_then(Value::as_str);
    if let Some(tagged) = tagged {
        return Some(tagged.to_owned());
    }
    let range = semver::VersionReq::parse(wanted).ok()?;
    let fits = versions
        .keys()
        .filter_map(|version| semver::Version::parse(version).ok())
        .filter(|version| range.matches(version));
    fits.max().map(|version| version.to_string())
}

fn sha512(path: &Path) -> Result<String, LibraryError> {
    let mut file = File::open(path).map_err(LibraryError::file(path))?;
    let mut hash = Sha512::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let read = file.read(&mut buffer).map_err(LibraryError::file(path))?;
        if read == 0 {
            return Ok(base64::engine::general_purpose::STANDARD.encode(hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}
