//! What a task sees and uses.

use deskhand_types::{Grant, GrantMode, SourceKind, TodoStatus};

use super::Thread;
use crate::api::{Context, ContextFolder, ContextInstruction, ContextSkill, Cost, Count, Permission, PlanStep};

impl Thread {
    pub(super) fn context(&self) -> Context {
        let start = self.task.start();
        let taint = self.task.taint();
        let outside = |kind| matches!(kind, SourceKind::File | SourceKind::Connector | SourceKind::Web);
        let sources = taint.sources.iter().filter(|source| outside(source.kind));
        Context {
            // What a task brought along is no folder of the person's.
            folders: self
                .task
                .grants()
                .iter()
                .filter(|grant| !grant.name.starts_with('.'))
                .map(folder)
                .collect(),
            instructions: start
                .instructions
                .iter()
                .map(|instruction| ContextInstruction {
                    from: instruction.from.clone(),
                    trusted: instruction.trusted,
                })
                .collect(),
            tier: start.sandbox.as_str().to_owned(),
            ran: self.ran.iter().map(|(tier, count)| counted(tier, *count)).collect(),
            network: self.hosts.iter().map(|(host, count)| counted(host, *count)).collect(),
            connectors: self
                .connectors
                .iter()
                .map(|(connector, count)| counted(connector, *count))
                .collect(),
            skills: self
                .skills
                .iter()
                .map(|((name, plugin), count)| ContextSkill {
                    name: name.clone(),
                    plugin: plugin.clone(),
                    count: *count,
                })
                .collect(),
            sources: sources
                .map(|source| source.detail.strip_prefix("/mnt/").unwrap_or(&source.detail))
                // A label names only so many.
                .chain(taint.sources_cut.then_some("…"))
                .map(str::to_owned)
                .collect(),
            tainted: taint.is_tainted(),
        }
    }

    pub(super) fn cost(&self) -> Cost {
        let totals = self.task.totals();
        Cost {
            turns: totals.turns,
            input_tokens: totals.usage.input_tokens + totals.usage.cache_write_tokens,
            cached_tokens: totals.usage.cache_read_tokens,
            output_tokens: totals.usage.output_tokens,
            usd: totals.cost_usd,
            incomplete: totals.cost_incomplete,
            worked_ms: self.worked_ms,
            budget: self.task.start().budget.clone().into(),
        }
    }

    pub(super) fn plan(&self) -> Vec<PlanStep> {
        let step = |todo: &deskhand_types::Todo| {
            let doing = todo
                .active_form
                .as_ref()
                .filter(|_| todo.status == TodoStatus::InProgress);
            PlanStep {
                text: doing.unwrap_or(&todo.content).clone(),
                status: match todo.status {
                    TodoStatus::Pending => "pending",
                    TodoStatus::InProgress => "in_progress",
                    TodoStatus::Completed => "completed",
                }
                .to_owned(),
            }
        };
        self.task.plan().iter().map(step).collect()
    }
}

fn folder(grant: &Grant) -> ContextFolder {
    ContextFolder {
        name: grant.name.clone(),
        place: grant.folder.clone(),
        mode: match grant.mode {
            GrantMode::ReadOnly => Permission::ReadOnly,
            GrantMode::ReadWriteNoDelete => Permission::ReadWriteNoDelete,
            GrantMode::ReadWrite => Permission::ReadWrite,
        },
    }
}

fn counted(name: &str, count: u64) -> Count {
    Count {
        name: name.to_owned(),
        count,
    }
}
