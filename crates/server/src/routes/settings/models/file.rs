//! Changing `settings.toml` so that everything else in it, comments too, stays as it is.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

/// What is to be set of a provider.
pub(super) struct Change<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub base_url: &'a str,
    pub model: &'a str,
    pub service: &'a str,
    /// Whether there is a key in the keychain now; `None` = what the file says stays.
    pub has_key: Option<bool>,
    pub default: bool,
}

fn parse(text: &str) -> Result<DocumentMut, String> {
    text.parse()
        .map_err(|error| format!("settings.toml is not right, so nothing was changed: {error}"))
}

/// The table `models`, made when it is not there.
fn models(document: &mut DocumentMut) -> Result<&mut Table, String> {
    let item = document.entry("models").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    item.as_table_mut()
        .ok_or_else(|| "`models` in settings.toml is no table, so nothing was changed".to_owned())
}

fn providers(models: &mut Table) -> Result<&mut ArrayOfTables, String> {
    models
        .entry("providers")
        .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()))
        .as_array_of_tables_mut()
        .ok_or_else(|| {
            "`models.providers` in settings.toml is written in another form; please change it there".to_owned()
        })
}

fn is(table: &Table, id: &str) -> bool {
    let text = |key| table.get(key).and_then(Item::as_str);
    text("id").or_else(|| text("kind")) == Some(id)
}

/// The settings with a provider set up or changed.
pub(super) fn set(text: &str, change: &Change<'_>) -> Result<String, String> {
    let mut document = parse(text)?;
    let models = models(&mut document)?;
    let list = providers(models)?;
    if !list.iter().any(|table| is(table, change.id)) {
        let mut table = Table::new();
        table.insert("kind", value(change.kind));
        if change.id != change.kind {
            table.insert("id", value(change.id));
        }
        list.push(table);
    }
    for table in list.iter_mut().filter(|table| is(table, change.id)) {
        table.insert("kind", value(change.kind));
        for (key, text) in [("base_url", change.base_url), ("model", change.model)] {
            if text.trim().is_empty() {
                table.remove(key);
            } else {
                table.insert(key, value(text.trim()));
            }
        }
        match change.has_key {
            Some(true) => {
                let mut key = InlineTable::new();
                key.insert("from", "keychain".into());
                key.insert("service", change.service.into());
                key.insert("account", change.id.into());
                table.insert("key", Item::Value(Value::InlineTable(key)));
            }
            Some(false) => {
                table.remove("key");
            }
            None => {}
        }
    }
    if change.default {
        models.insert("default", value(change.id));
    } else if models.get("default").and_then(Item::as_str) == Some(change.id) {
        models.remove("default");
    }
    Ok(document.to_string())
}

/// The settings without a provider.
pub(super) fn remove(text: &str, id: &str) -> Result<String, String> {
    let mut document = parse(text)?;
    let models = models(&mut document)?;
    providers(models)?.retain(|table| !is(table, id));
    let default = models.get("default").and_then(Item::as_str);
    if default.is_some_and(|default| default == id || default.starts_with(&format!("{id}/"))) {
        models.remove("default");
    }
    if models
        .get("providers")
        .and_then(Item::as_array_of_tables)
        .is_some_and(ArrayOfTables::is_empty)
    {
        models.remove("providers");
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# mine\n[retention]\nkeep_days = 3 # short\n\n[[models.providers]]\nkind = \"openai\"\nid = \"ollama\"\nbase_url = \"http://127.0.0.1:11434/v1\"\n";

    fn change(id: &'static str, kind: &'static str) -> Change<'static> {
        Change {
            id,
            kind,
            base_url: "",
            model: "m",
            service: "deskhand",
            has_key: None,
            default: false,
        }
    }

    #[test]
    fn a_provider_is_added_and_everything_else_stays() {
        let key = Change {
            has_key: Some(true),
            default: true,
            ..change("anthropic", "anthropic")
        };
        let after = set(BEFORE, &key).unwrap();
        assert!(
            after.contains("# mine\n[retention]\nkeep_days = 3 # short\n"),
            "{after}"
        );
        assert!(
            after.contains("id = \"ollama\"\nbase_url = \"http://127.0.0.1:11434/v1\"\n"),
            "{after}"
        );
        let added = "[[models.providers]]\nkind = \"anthropic\"\nmodel = \"m\"\nkey = { from = \"keychain\", service = \"deskhand\", account = \"anthropic\" }\n";
        assert!(after.contains(added), "{after}");
        assert!(after.contains("default = \"anthropic\""), "{after}");
        let removed = remove(&after, "anthropic").unwrap();
        assert!(
            !removed.contains("anthropic") && removed.contains("ollama"),
            "{removed}"
        );
    }

    #[test]
    fn a_provider_is_changed_where_it_stands() {
        let after = set(BEFORE, &change("ollama", "openai")).unwrap();
        assert_eq!(after.matches("[[models.providers]]").count(), 1);
        assert!(
            !after.contains("base_url") && after.contains("model = \"m\""),
            "{after}"
        );
    }

    #[test]
    fn a_file_that_is_not_right_is_left_alone() {
        assert!(set("[models\n", &change("a", "openai")).is_err());
        assert!(set("models = 3\n", &change("a", "openai")).is_err());
        assert!(remove("[models]\nproviders = 1\n", "a").is_err());
    }

    #[test]
    fn an_empty_file_becomes_one_that_can_be_read() {
        let after = set("", &change("anthropic", "anthropic")).unwrap();
        assert_eq!(after, "[[models.providers]]\nkind = \"anthropic\"\nmodel = \"m\"\n");
        assert_eq!(remove(&after, "anthropic").unwrap().trim(), "");
    }
}
