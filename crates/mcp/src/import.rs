//! Servers that the person has set up in other programs. Bytes in, servers out: nothing is opened, run or changed.

use serde_json::{Map, Value};

use crate::config::{self, Configuration, Server, Transport, parse_object, read_map};
use crate::diagnostic::{Diagnostic, Findings};
use crate::resolve::Scope;

/// Most projects of one file.
const PROJECT_LIMIT: usize = 2_000;

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `claude_desktop_config.json` of Claude Desktop.
    ClaudeDesktop,
    /// `~/.claude.json` of Claude Code: the person's servers, and those of the person within single projects.
    ClaudeCode,
    /// `.mcp.json` of a project.
    Project,
}

/// One server found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it belongs.
    pub scope: Scope,
    /// The project's folder as the file writes it, for [`Scope::Local`].
    pub project: Option<String>,
    /// What it is.
    pub server: Server,
}

/// What a file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Import {
    /// Servers that can be taken over, each after the person has seen it.
    pub servers: Vec<Found>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the servers of another program's file. `lookup` gives the values of variables.
pub fn read(source: Source, bytes: &[u8], lookup: &dyn Fn(&str) -> Option<String>) -> Import {
    let mut import = Import::default();
    match source {
        Source::Project => {
            let found = config::parse(bytes, lookup);
            import.add(found, Scope::Project, None);
        }
        Source::ClaudeDesktop => {
            if let Some(root) = parse_object(bytes, "the file", &mut import.diagnostics) {
                import.map(&root, Scope::User, None, lookup);
                for found in &import.servers {
                    if !matches!(found.server.transport, Transport::Stdio(_)) {
                        Findings::about(Some(&found.server.key), &mut import.diagnostics).note(
                            "mcp.import.remote",
                            "Claude Desktop itself does not read this entry: it runs programs only.",
                        );
                    }
                }
            }
        }
        Source::ClaudeCode => {
            if let Some(root) = parse_object(bytes, "the file", &mut import.diagnostics) {
                import.map(&root, Scope::User, None, lookup);
                if let Some(Value::Object(projects)) = root.get("projects") {
                    if projects.len() > PROJECT_LIMIT {
                        Findings::about(None, &mut import.diagnostics).error(
                            "mcp.config.limit",
                            format!("Only the first {PROJECT_LIMIT} projects were read."),
                        );
                    }
                    for (project, settings) in projects.iter().take(PROJECT_LIMIT) {
                        if let Value::Object(settings) = settings {
                            import.map(settings, Scope::Local, Some(project), lookup);
                        }
                    }
                }
            }
        }
    }
    import
}

impl Import {
    /// Takes up `mcpServers` of an object. That there is none is nothing to speak of: other settings stand there, too.
    fn map(
        &mut self,
        root: &Map<String, Value>,
        scope: Scope,
        project: Option<&str>,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) {
        let mut found = Configuration::default();
        match root.get("mcpServers") {
            Some(Value::Object(servers)) => read_map(servers, lookup, &mut found),
            None | Some(Value::Null) => {}
            Some(_) => Findings::about(None, &mut found.diagnostics).error(
                "mcp.config.shape",
                "`mcpServers` is not an object: no server was read from it.",
            ),
        }
        self.add(found, scope, project);
    }

    fn add(&mut self, found: Configuration, scope: Scope, project: Option<&str>) {
        self.diagnostics.extend(found.diagnostics);
        self.servers.extend(found.servers.into_iter().map(|server| Found {
            scope,
            project: project.map(str::to_owned),
            server,
        }));
    }
}
