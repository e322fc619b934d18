//! A bundle's texts in the person's language.

use serde_json::{Map, Value};

use crate::bundle::manifest::text;
use crate::bundle::{Bundle, Hint, Manifest};

/// Most bytes of the texts of one language.
const LIMIT: u64 = 1024 * 1024;

impl Bundle {
    /// The manifest with its texts in the language `locale` (such as `de-CH`) as far as the bundle has them: first that
    /// locale, then its language alone, then the manifest as it is.
    pub fn localized(&mut self, locale: &str) -> Manifest {
        let mut manifest = self.manifest.clone();
        let Some((resources, default)) = manifest.localization.clone() else {
            return manifest;
        };
        let locale = locale.replace('_', "-");
        let is_plain = locale.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !is_plain || locale.is_empty() {
            return manifest;
        }
        let language = locale.split('-').next().unwrap_or_default().to_owned();
        for candidate in [&locale, &language, &default] {
            let path = resources.replace("${locale}", candidate);
            // Texts that are missing or broken cost nothing but themselves.
            let Ok(Some(bytes)) = self.archive.read(path.trim_start_matches("./"), LIMIT) else {
                continue;
            };
            if let Ok(Value::Object(texts)) = serde_json::from_slice(&bytes) {
                overlay(&mut manifest, &texts);
                return manifest;
            }
        }
        manifest
    }
}

fn overlay(manifest: &mut Manifest, texts: &Map<String, Value>) {
    if let Some(name) = text(texts, "display_name") {
        manifest.display_name = Some(name);
    }
    if let Some(description) = text(texts, "description") {
        manifest.description = description;
    }
    if let Some(description) = text(texts, "long_description") {
        manifest.long_description = Some(description);
    }
    for (key, hints) in [("tools", &mut manifest.tools), ("prompts", &mut manifest.prompts)] {
        let translated: Vec<Hint> = texts
            .get(key)
            .cloned()
            .and_then(|list| serde_json::from_value(list).ok())
            .unwrap_or_default();
        for hint in hints {
            if let Some(other) = translated.iter().find(|other| other.name == hint.name) {
                hint.description.clone_from(&other.description);
            }
        }
    }
    if let Some(Value::Object(settings)) = texts.get("user_config") {
        for (key, setting) in &mut manifest.settings {
            let Some(Value::Object(translated)) = settings.get(key) else {
                continue;
            };
            if let Some(title) = text(translated, "title") {
                setting.title = title;
            }
            if let Some(description) = text(translated, "description") {
                setting.description = description;
            }
        }
    }
}
