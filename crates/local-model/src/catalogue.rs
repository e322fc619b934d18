//! The models there are and where their weights come from, as data (`sources.toml`).

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Error, Result};

/// A model the process can run.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its id.
    pub id: String,
    /// For a person.
    pub name: String,
    /// SPDX id of the weights' licence.
    pub licence: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Size of the file.
    pub bytes: u64,
    /// Whether it is the one meant when none is named.
    #[serde(default)]
    pub default: bool,
    /// Where the file comes from, in order of preference.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// One place the file comes from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Source {
    /// One file over HTTPS.
    Http {
        /// For a person.
        name: String,
        /// Where.
        url: String,
    },
    /// Slices in Python packages, each holding `data/partNN.bin` (two digits at least, from 01).
    PythonPackages {
        /// For a person.
        name: String,
        /// The packages' name with `{n}` for the number, from 1.
        package: String,
        /// The packages' version.
        version: String,
        /// How many there are.
        parts: u32,
        /// Size of every slice but the last.
        part_bytes: u64,
    },
}

impl Source {
    /// For a person.
    pub fn name(&self) -> &str {
        match self {
            Self::Http { name, .. } | Self::PythonPackages { name, .. } => name,
        }
    }
}

/// Every model.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Best first.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

impl Catalogue {
    /// The built-in one.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("../sources.toml"))
    }

    /// From TOML.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::BadRequest(format!("model catalogue: {}", error.message())))
    }

    /// The model named, or the default one.
    pub fn find(&self, id: Option<&str>) -> Result<&Model> {
        let found = match id {
            Some(id) => self.models.iter().find(|model| model.id == id),
            None => self.models.iter().find(|model| model.default),
        };
        found.ok_or_else(|| Error::UnknownModel {
            id: id.unwrap_or("(default)").to_owned(),
            known: self
                .models
                .iter()
                .map(|model| model.id.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }
}

impl Model {
    /// Where the weights are installed below the cache folder.
    pub fn path(&self, cache: &Path) -> PathBuf {
        cache.join("models").join(format!("{}.gguf", self.sha256))
    }

    /// The installed file. The hash was checked when it was installed; here its size is.
    pub fn installed(&self, cache: &Path) -> Result<PathBuf> {
        let path = self.path(cache);
        match std::fs::metadata(&path) {
            Ok(meta) if meta.len() == self.bytes => Ok(path),
            Ok(meta) => Err(Error::Weights(format!(
                "{} has {} bytes, not {}",
                path.display(),
                meta.len(),
                self.bytes
            ))),
            Err(_) => Err(Error::NotInstalled {
                id: self.id.clone(),
                path,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_is_consistent() {
        let catalogue = Catalogue::built_in().unwrap();
        assert_eq!(catalogue.models.iter().filter(|model| model.default).count(), 1);
        for model in &catalogue.models {
            assert_eq!(model.sha256.len(), 64);
            assert!(
                model
                    .sha256
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            );
            assert_eq!(model.licence, "Apache-2.0");
            assert!(matches!(&model.sources[0], Source::Http { url, .. } if url.starts_with("https://")));
            for source in &model.sources {
                if let Source::PythonPackages {
                    package,
                    parts,
                    part_bytes,
                    ..
                } = source
                {
                    assert!(package.contains("{n}"));
                    // The last slice is not empty and not larger than the others.
                    let before_last = u64::from(parts - 1) * part_bytes;
                    assert!(
                        before_last < model.bytes && model.bytes <= before_last + part_bytes,
                        "{}",
                        model.id
                    );
                }
            }
        }
    }

    #[test]
    fn an_unknown_model_names_the_known_ones() {
        let error = Catalogue::built_in().unwrap().find(Some("gpt")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no model named `gpt`; known: qwen2.5-coder-1.5b-instruct-q4_k_m, qwen2.5-coder-0.5b-instruct-q4_k_m"
        );
    }
}
