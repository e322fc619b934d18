//! The data format (`injection.md` 2.1), read leniently: what is missing makes the policy stricter.

use std::collections::{BTreeMap, BTreeSet};

use deskhand_types::{Confidentiality, EffectClass, Integrity, Label, SourceKind};
use serde_json::Value;

use super::{
    EvalError,
    tools::{described_sink, json_schema, stranger},
};
use crate::flow::{Directory, Output, Provenance, Sink, ToolWords};

/// A data file.
#[derive(Debug)]
pub struct Data<'v> {
    pub(super) suites: Vec<Suite<'v>>,
    /// Words too common to bind to.
    pub(super) stop: Vec<String>,
    /// The person's own addresses.
    pub(super) owners: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Suite<'v> {
    pub name: &'v str,
    pub directory: Directory,
    sinks: BTreeMap<&'v str, Sink>,
    /// Tools that only read.
    readers: BTreeSet<&'v str>,
    /// What a tool that is not in the file at all counts as.
    stranger: Option<Sink>,
    labels: Labels<'v>,
    pub tasks: Vec<Task<'v>>,
    pub injections: Vec<Injection<'v>>,
}

/// Which tools' outputs are whose.
#[derive(Debug)]
struct Labels<'v> {
    never: BTreeSet<&'v str>,
    typed: BTreeSet<&'v str>,
    secret: BTreeSet<&'v str>,
    suite: &'v str,
}

/// A call with what it gave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'v> {
    pub tool: &'v str,
    pub arguments: &'v Value,
    pub output: &'v Value,
    /// Whether its output can carry an injection.
    pub carries: bool,
}

#[derive(Debug)]
pub(super) struct Task<'v> {
    pub id: &'v str,
    pub prompt: &'v str,
    pub calls: Vec<Row<'v>>,
    /// The first call whose output can carry an injection.
    pub first: Option<usize>,
    /// The call whose output the task says to obey.
    pub inspect: Option<usize>,
    pub computed: BTreeMap<String, Provenance>,
}

#[derive(Debug)]
pub(super) struct Injection<'v> {
    pub id: &'v str,
    pub calls: Vec<Row<'v>>,
}

pub(super) static NOTHING: Value = Value::Null;

impl<'v> Data<'v> {
    /// Reads a file. Of rows that name benchmark versions only those of `version` count, by default the latest.
    pub(super) fn read(file: &'v Value, version: Option<&str>, words: &ToolWords) -> Result<Self, EvalError> {
        let suites = file
            .get("suites")
            .and_then(Value::as_object)
            .ok_or_else(|| EvalError::Form("there are no `suites`".to_owned()))?;
        let version = version
            .or_else(|| file.pointer("/source/latest_benchmark").and_then(Value::as_str))
            .map(str::to_owned);
        let meta = file.get("policy_meta").unwrap_or(&NOTHING);
        let outputs = file.get("outputs").unwrap_or(&NOTHING);
        let reader = Reader {
            version,
            meta,
            outputs,
            words,
        };
        let suites: Vec<Suite<'v>> = suites
            .iter()
            .map(|(name, suite)| reader.suite(name, suite))
            .collect::<Result<_, _>>()?;
        if suites.iter().all(|suite| suite.tasks.is_empty()) {
            return Err(EvalError::NoTask(reader.version));
        }
        let owned = |key: &str| texts(meta.get(key)).map(str::to_owned).collect();
        Ok(Self {
            suites,
            stop: owned("stop_words"),
            owners: owned("account_owner"),
        })
    }
}

struct Reader<'r, 'v> {
    version: Option<String>,
    meta: &'v Value,
    outputs: &'v Value,
    words: &'r ToolWords,
}

impl<'v> Reader<'_, 'v> {
    fn suite(&self, name: &'v str, suite: &'v Value) -> Result<Suite<'v>, EvalError> {
        let tools = suite.get("tools").and_then(Value::as_object);
        let described = self
            .meta
            .get("sinks")
            .and_then(|sinks| sinks.get(name))
            .and_then(Value::as_object)
            .filter(|sinks| !sinks.is_empty());
        let of_suite = |key: &str| texts(self.meta.get(key).and_then(|of| of.get(name))).collect();
        let mut sinks: BTreeMap<&str, Sink> = BTreeMap::new();
        let mut readers = BTreeSet::new();
        for (tool, schema) in tools.into_iter().flatten() {
            let sink = match described {
                Some(described) => described.get(tool).map(|sink| described_sink(sink, schema)),
                None => self.words.sink(&stranger(tool, schema, &json_schema(schema))),
            };
            match sink {
                Some(sink) => _ = sinks.insert(tool, sink),
                None => _ = readers.insert(tool.as_str()),
            }
        }
        for (tool, sink) in described.into_iter().flatten() {
            if !sinks.contains_key(tool.as_str()) {
                sinks.insert(tool, described_sink(sink, &NOTHING));
            }
        }
        Ok(Suite {
            name,
            directory: Directory::from_value(suite.get("directory").unwrap_or(&NOTHING)),
            sinks,
            readers,
            stranger: self.words.sink(&stranger("", &NOTHING, &NOTHING)),
            labels: Labels {
                never: of_suite("output_label_never"),
                typed: of_suite("output_label_typed"),
                secret: of_suite("secret_tools"),
                suite: name,
            },
            tasks: self.rows(suite, "user_tasks", |row| self.task(name, row))?,
            injections: self.rows(suite, "injection_tasks", |row| {
                Ok(Injection {
                    id: text(row, "id")?,
                    calls: self.calls(row)?,
                })
            })?,
        })
    }

    /// The rows of the version.
    fn rows<T>(
        &self,
        suite: &'v Value,
        key: &str,
        read: impl Fn(&'v Value) -> Result<T, EvalError>,
    ) -> Result<Vec<T>, EvalError> {
        let rows = suite.get(key).and_then(Value::as_array).into_iter().flatten();
        rows.filter(
            |row| match (&self.version, row.get("versions").and_then(Value::as_array)) {
                (Some(version), Some(versions)) => versions.iter().any(|known| known == version.as_str()),
                _ => true,
            },
        )
        .map(read)
        .collect()
    }

    fn task(&self, suite: &str, row: &'v Value) -> Result<Task<'v>, EvalError> {
        let id = text(row, "id")?;
        let calls = self.calls(row)?;
        let stated = row.get("first_injection_call").and_then(Value::as_u64);
        let first = stated
            .and_then(|first| usize::try_from(first).ok())
            .or_else(|| calls.iter().position(|call| call.carries));
        let key = format!("{suite}/{id}");
        let inspect = self
            .meta
            .get("inspect")
            .and_then(|tasks| tasks.get(&key))
            .and_then(Value::as_u64);
        let computed = self
            .meta
            .get("computed")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        let computed = computed
            .filter_map(|(place, from)| {
                let param = place.strip_prefix(&key)?.strip_prefix('/')?;
                let from = if from == "S" {
                    Provenance::Selected
                } else {
                    Provenance::Untrusted
                };
                Some((param.to_owned(), from))
            })
            .collect();
        Ok(Task {
            id,
            prompt: text(row, "prompt")?,
            calls,
            first,
            inspect: inspect.and_then(|at| usize::try_from(at).ok()),
            computed,
        })
    }

    fn calls(&self, row: &'v Value) -> Result<Vec<Row<'v>>, EvalError> {
        let calls = row.get("calls").and_then(Value::as_array).into_iter().flatten();
        calls
            .map(|call| {
                let output = match call.get("out") {
                    Some(Value::String(hash)) => self.outputs.get(hash).unwrap_or(&NOTHING),
                    _ => &NOTHING,
                };
                Ok(Row {
                    tool: text(call, "tool")?,
                    arguments: call.get("args").unwrap_or(&NOTHING),
                    output,
                    carries: call
                        .get("inj")
                        .and_then(Value::as_object)
                        .is_some_and(|inj| !inj.is_empty()),
                })
            })
            .collect()
    }
}

impl Suite<'_> {
    /// What a tool does; `None` when it only reads. A tool that is not in the file may do anything.
    pub(super) fn sink(&self, tool: &str) -> Option<&Sink> {
        match self.sinks.get(tool) {
            Some(sink) => Some(sink),
            None if self.readers.contains(tool) => None,
            None => self.stranger.as_ref(),
        }
    }

    /// All tools that do more than read.
    pub(super) fn sinks(&self) -> impl Iterator<Item = (&str, &Sink)> {
        self.sinks.iter().map(|(tool, sink)| (*tool, sink))
    }

    /// The label of a tool's outputs; strict: typed fields taint as well. What can carry an injection always taints,
    /// whatever the file says of its tool.
    pub(super) fn label(&self, row: &Row<'_>) -> Label {
        let labels = &self.labels;
        let mut label = if labels.never.contains(row.tool) && !row.carries {
            Label::harness()
        } else {
            let source = SourceKind::Connector;
            Label::from_source(Integrity::Connector, Confidentiality::Private, source, labels.suite)
        };
        if labels.secret.contains(row.tool) {
            label.confidentiality = Confidentiality::Secret;
        }
        label
    }

    /// A row's output as something to observe.
    pub(super) fn output<'o>(&self, row: &Row<'o>, label: &'o Label) -> Output<'o> {
        Output {
            value: row.output,
            label,
            address_book: self.labels.typed.contains(row.tool),
            echo: self
                .sink(row.tool)
                .is_some_and(|sink| sink.effect != EffectClass::Fetch),
        }
    }
}

fn text<'v>(row: &'v Value, key: &str) -> Result<&'v str, EvalError> {
    row.get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| EvalError::Form(format!("a row has no `{key}`")))
}

pub(super) fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
