//! Reading another program's settings: which marketplaces it knows and which plugins are on. Nothing is installed by
//! reading; each plugin still goes through its review. Source: issue 5, A4.

use serde_json::Value;

use super::id::PluginId;
use super::source::{self, MarketplaceSource};

/// What settings say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Imported {
    /// `extraKnownMarketplaces`.
    pub marketplaces: Vec<(String, MarketplaceSource)>,
    /// `enabledPlugins`.
    pub plugins: Vec<(PluginId, bool)>,
    /// What was left out, as sentences.
    pub left_out: Vec<String>,
}

/// Reads the bytes of a `settings.json`. The error is a sentence.
pub fn read(bytes: &[u8]) -> Result<Imported, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes).map_err(|why| format!("the settings cannot be read: {why}"))?;
    let mut imported = Imported::default();
    let map = |key: &str| value.get(key).and_then(Value::as_object).into_iter().flatten();
    for (name, known) in map("extraKnownMarketplaces") {
        match marketplace(known.get("source").unwrap_or(known)) {
            Some(source) => imported.marketplaces.push((name.clone(), source)),
            None => imported
                .left_out
                .push(format!("the marketplace `{name}` has a source that is not known here")),
        }
    }
    for (id, on) in map("enabledPlugins") {
        match (id.parse(), on) {
            (Ok(id), Value::Bool(on)) => imported.plugins.push((id, *on)),
            // A list of versions in older settings: on.
            (Ok(id), Value::Array(_)) => imported.plugins.push((id, true)),
            _ => imported
                .left_out
                .push(format!("`{id}` does not say which plugin is on")),
        }
    }
    Ok(imported)
}

fn marketplace(value: &Value) -> Option<MarketplaceSource> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let reference = text("ref")
        .filter(|name| source::git::is_reference(name))
        .map(str::to_owned);
    match text("source")? {
        "github" => {
            let repo = text("repo")?;
            source::shorthand(repo)?;
            Some(MarketplaceSource::Github {
                repo: repo.to_owned(),
                reference,
            })
        }
        "git" => Some(MarketplaceSource::Git {
            url: source::git::address(text("url")?).ok()?,
            reference,
        }),
        "url" => {
            source::public_https(text("url")?).ok()?;
            Some(MarketplaceSource::Url {
                url: text("url")?.to_owned(),
            })
        }
        "directory" => {
            let path = std::path::PathBuf::from(text("path")?);
            path.is_absolute().then_some(MarketplaceSource::Directory { path })
        }
        _ => None,
    }
}
