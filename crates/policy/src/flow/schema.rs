//! Roles of parameters for tools nobody described, from JSON Schema and annotations (`injection.md` 4.3). Hints only
//! tighten; destructive beats read-only; an unknown string on a tool that writes is a target.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::EffectClass;
use serde::Deserialize;
use serde_json::Value;

use super::{
    intent::Intent,
    kind::Kind,
    lexicon::LexiconError,
    roles::{ParamWords, Role, name_words, role},
    sink::{Sink, Target},
};

/// A tool as its server describes it. The description in prose is left out: it is text a third party writes.
#[derive(Clone, Copy, Debug)]
pub struct Described<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its parameters, as JSON Schema: an object with `properties` and `required`.
    pub schema: &'t Value,
    /// Its annotations.
    pub hints: Hints,
    /// Whether its hints may relax: only for servers the person trusts, or a curated description.
    pub trusted: bool,
    /// Whether somebody who is trusted has seen that it changes nothing.
    pub observed_read_only: bool,
}

/// MCP annotations. Absent ones count as the worst: not read-only, destructive, open world.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Hints {
    /// `readOnlyHint`
    pub read_only: Option<bool>,
    /// `destructiveHint`
    pub destructive: Option<bool>,
    /// `openWorldHint`
    pub open_world: Option<bool>,
}

impl Hints {
    /// From a tool's `annotations`.
    pub fn from_value(annotations: &Value) -> Self {
        let hint = |name: &str| annotations.get(name).and_then(Value::as_bool);
        Self {
            read_only: hint("readOnlyHint"),
            destructive: hint("destructiveHint"),
            open_world: hint("openWorldHint"),
        }
    }
}

/// What words in names tell: data, in `lexicons/tools.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolWords {
    words: Vec<NameWords>,
    params: Vec<ParamWords>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NameWords {
    words: BTreeSet<String>,
    effect: EffectClass,
    /// What the word asks for when it stands alone.
    intents: BTreeSet<String>,
    /// What else goes with it when other words stand beside it.
    #[serde(default)]
    fits: BTreeSet<String>,
    /// Words beside which these tell nothing.
    #[serde(default)]
    unless: BTreeSet<String>,
}

impl ToolWords {
    /// The shipped words.
    ///
    /// # Errors
    /// Never in a released build: a test loads them.
    pub fn shipped() -> Result<Self, LexiconError> {
        toml::from_str(include_str!("../../lexicons/tools.toml")).map_err(|error| LexiconError::new("tools", &error))
    }

    /// What a tool does, as far as its schema, its hints and the words in its names tell. `None` when it only reads.
    pub fn sink(&self, tool: &Described<'_>) -> Option<Sink> {
        let properties = properties(tool.schema);
        let roles: BTreeMap<&str, Role> = properties
            .iter()
            .map(|(name, property)| (name.as_str(), role(&self.params, name, property)))
            .collect();
        if only_reads(tool) {
            // A request to a chosen address leaves the machine, also when it changes nothing there.
            let addressed = roles.values().any(|role| matches!(role, Role::Target(Kind::Url)));
            let open = !tool.observed_read_only && tool.hints.open_world != Some(false);
            return (addressed || open).then(|| self.assemble(tool, roles, EffectClass::Fetch));
        }
        let effect = self.effect(tool, &roles);
        Some(self.assemble(tool, roles, effect))
    }

    /// The heaviest of what roles, name and hints tell.
    fn effect(&self, tool: &Described<'_>, roles: &BTreeMap<&str, Role>) -> EffectClass {
        let by_role = roles.values().map(|role| match role {
            Role::Target(Kind::Quoted) => EffectClass::Credential,
            Role::Target(Kind::Number) => EffectClass::Spend,
            Role::Target(Kind::Recipient | Kind::Email | Kind::Url | Kind::Permission) => EffectClass::Outward,
            _ => EffectClass::Create,
        });
        let by_name = self.rows(tool.name).map(|row| row.effect);
        // What runs or lasts is asked in every case. A number or a key among its parameters may not make money of it, which
        // goes unasked where the person named it.
        let in_every_case = |effect: &EffectClass| matches!(effect, EffectClass::Exec | EffectClass::Persist);
        if let Some(effect) = self.rows(tool.name).map(|row| row.effect).filter(in_every_case).max() {
            return effect;
        }
        let harmless = tool.trusted && tool.hints.destructive == Some(false);
        let default = if harmless {
            EffectClass::Modify
        } else {
            EffectClass::Irreversible
        };
        by_role.chain(by_name).chain([default]).max().unwrap_or(default)
    }

    fn assemble(&self, tool: &Described<'_>, roles: BTreeMap<&str, Role>, effect: EffectClass) -> Sink {
        let required: BTreeSet<&str> = tool
            .schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut targets = Vec::new();
        let mut payload = Vec::new();
        for (name, role) in roles {
            match role {
                Role::Target(kind) => targets.push(Target {
                    param: name.to_owned(),
                    kind,
                    required: required.contains(name),
                }),
                Role::Payload => payload.push(name.to_owned()),
            }
        }
        // With nobody to hit, content itself is what is decided about: `publish(text)`.
        if targets.is_empty() {
            targets = payload
                .drain(..)
                .map(|param| Target {
                    required: required.contains(param.as_str()),
                    kind: Kind::Text,
                    param,
                })
                .collect();
        }
        Sink {
            effect,
            targets,
            payload,
            intent: Intent::Lexicon(self.intents(tool.name)),
            journalled: false,
        }
    }

    /// The intents that all words of a name agree on and one asks for by itself. When there is none, no words of the
    /// person ask for it.
    fn intents(&self, name: &str) -> Vec<String> {
        let rows: Vec<&NameWords> = self.rows(name).collect();
        match rows.as_slice() {
            [] => Vec::new(),
            [one] => one.intents.iter().cloned().collect(),
            [first, ..] => {
                let fits = |row: &NameWords, intent: &String| row.intents.contains(intent) || row.fits.contains(intent);
                let candidates = first.intents.union(&first.fits);
                candidates
                    .filter(|intent| rows.iter().all(|row| fits(row, intent)))
                    .filter(|intent| rows.iter().any(|row| row.intents.contains(*intent)))
                    .cloned()
                    .collect()
            }
        }
    }

    fn rows(&self, name: &str) -> impl Iterator<Item = &NameWords> {
        let words = name_words(name);
        self.words.iter().filter(move |row| {
            let has = |among: &BTreeSet<String>| words.iter().any(|word| among.contains(word));
            has(&row.words) && !has(&row.unless)
        })
    }
}

/// Whether a tool changes nothing, by hints that may be believed or by what was observed.
fn only_reads(tool: &Described<'_>) -> bool {
    let destructive = tool.hints.destructive == Some(true);
    let read_only = tool.observed_read_only || tool.trusted && tool.hints.read_only == Some(true);
    read_only && !destructive && tool.hints.read_only != Some(false)
}

fn properties(schema: &Value) -> Vec<(&String, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::kind::RecordKind, *};

    fn sink(name: &str, properties: &Value, hints: Hints, trusted: bool) -> Option<Sink> {
        let schema = json!({"type": "object", "properties": properties});
        ToolWords::shipped().unwrap().sink(&Described {
            name,
            schema: &schema,
            hints,
            trusted,
            observed_read_only: false,
        })
    }

    fn kinds(sink: &Sink) -> Vec<(&str, &Kind)> {
        sink.targets
            .iter()
            .map(|target| (target.param.as_str(), &target.kind))
            .collect()
    }

    #[test]
    fn hints_only_tighten() {
        let properties = json!({"query": {"type": "string"}});
        let read_only = Hints {
            read_only: Some(true),
            destructive: Some(false),
            open_world: Some(false),
        };
        let worst = Hints::default();
        // A stranger that says it reads is taken for one that destroys.
        let stranger = sink("lookup", &properties, read_only, false).unwrap();
        assert_eq!(stranger.effect, EffectClass::Irreversible);
        assert_eq!(kinds(&stranger), [("query", &Kind::Text)]);
        assert!(sink("lookup", &properties, read_only, true).is_none());
        // Destructive beats read-only, trusted or not.
        let both = Hints {
            destructive: Some(true),
            ..read_only
        };
        assert_eq!(
            sink("lookup", &properties, both, true).unwrap().effect,
            EffectClass::Irreversible
        );
        assert_eq!(
            sink("lookup", &properties, worst, true).unwrap().effect,
            EffectClass::Irreversible
        );
        // Reading in the open world is a request that leaves.
        let open = Hints {
            open_world: None,
            ..read_only
        };
        assert_eq!(
            sink("lookup", &properties, open, true).unwrap().effect,
            EffectClass::Fetch
        );
    }

    #[test]
    fn roles_by_schema_and_name() {
        let properties = json!({
            "userEmail": {"type": "string"}, "reply_to": {"type": "string", "format": "email"},
            "body": {"type": "string"}, "colour": {"type": "string"}, "file_id": {"type": "string"},
            "blob": {"type": "object"}, "silent": {"type": "boolean"}, "amount": {"type": ["number", "null"]},
        });
        let sink = sink("x", &properties, Hints::default(), false).unwrap();
        assert_eq!(
            kinds(&sink),
            [
                ("amount", &Kind::Number),
                ("blob", &Kind::Opaque),
                ("colour", &Kind::Text),
                ("file_id", &Kind::Id(RecordKind::File)),
                ("reply_to", &Kind::Email),
                ("silent", &Kind::Flag),
                ("userEmail", &Kind::Recipient),
            ]
        );
        assert_eq!(
            (sink.payload, sink.effect),
            (vec!["body".to_owned()], EffectClass::Spend)
        );
    }

    #[test]
    fn what_lasts_and_what_runs_are_told_by_name() {
        let properties = json!({"text": {"type": "string"}, "key": {"type": "string"}, "every": {"type": "integer"}});
        let effect = |name: &str| sink(name, &properties, Hints::default(), false).map(|sink| sink.effect);
        for (class, names) in [
            (
                EffectClass::Persist,
                &[
                    "create_scheduled_task",
                    "scheduleTask",
                    "add_memory",
                    "memory-store",
                    "remember",
                    "save_skill",
                    "update_instructions",
                    "install_plugin",
                    "add-cron-job",
                    "create_automation",
                    "register_webhook",
                    "create_inbox_rule",
                    "add_scheduled_command",
                ][..],
            ),
            (
                EffectClass::Exec,
                &[
                    "execute_command",
                    "run_shell",
                    "exec",
                    "terminal_send",
                    "pythonRepl",
                    "browser_evaluate",
                    "run-payment",
                ],
            ),
            // Weighed as ever: here a key makes it the heaviest.
            (
                EffectClass::Credential,
                &[
                    "schedule_meeting",
                    "reschedule_call",
                    "schedule_transaction",
                    "list_rules",
                    "search_memories",
                    "run_query",
                    "execute_sql",
                    "frobnicate",
                    "shelve",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(effect(name), Some(class), "{name}");
            }
        }
        // What is known to read stays a reading.
        let reads = Hints {
            read_only: Some(true),
            destructive: Some(false),
            open_world: Some(false),
        };
        assert!(sink("get_memory", &properties, reads, true).is_none());
        assert!(sink("run_checks", &properties, reads, true).is_none());
    }

    #[test]
    fn the_words_of_a_name_must_agree() {
        let words = ToolWords::shipped().unwrap();
        let cases: [(&str, &[&str]); 8] = [
            ("delete_email", &["delete_mail"]),
            ("sendMoney", &["pay"]),
            ("send", &["mail", "message"]),
            ("create-calendar-event", &["create_event"]),
            ("add_event_participants", &["invite"]),
            ("update_password", &["password"]),
            ("delete_and_invite", &[]),
            ("frobnicate", &[]),
        ];
        for (name, intents) in cases {
            assert_eq!(words.intents(name), intents, "{name}");
        }
    }
}
