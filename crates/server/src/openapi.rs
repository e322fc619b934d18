//! The OpenAPI document: `docs/openapi.json`, from which the interface's types are made.

use serde_json::Value;
use utoipa::OpenApi;

use crate::api;

/// Title, version and every type that goes over the wire; the paths come from the routes.
#[derive(OpenApi)]
#[openapi(
    info(title = "Deskhand", description = "What `deskhand serve` answers on loopback."),
    components(schemas(
        api::Problem,
        api::AppState,
        api::ModelChoice,
        api::Starter,
        api::FolderChoice,
        api::SandboxState,
        api::InboxEntry,
        api::AskShape,
        api::ActionShape,
        api::QuestionShape,
        api::ServerWantsShape,
        api::FormFieldShape,
        api::FieldInputShape,
        api::FieldOptionShape,
        api::QuestionOptionShape,
        api::AnswerShape,
        api::Asked,
        api::NewTask,
        api::EffortChoice,
        api::ReadingChoice,
        api::AppUpdate,
        api::Job,
        api::JobState,
        api::FoundEntry,
        api::Browse,
        api::BrowseEntry,
        api::Upload,
        api::Preview,
        api::PreviewBody,
        api::Slide,
        api::Sheet,
        api::Cell,
        api::FileDiff,
        api::CellDiff,
        api::ChangedCell,
        api::RowCount,
        api::OpenHow,
        api::OpenRequest,
        api::StandingFolder,
        api::GrantFolder,
        api::Instructions,
        api::InstructionFile,
        api::SetInstructions,
        api::TrustInstructions,
        api::Provider,
        api::SetProvider,
        api::ModelTest,
        api::Policy,
        api::PolicyRule,
        api::SetPolicy,
        api::PolicyTrial,
        api::PolicyDifference,
        api::SandboxPage,
        api::SandboxPart,
        api::NetworkEntry,
        api::UsageLine,
        api::Storage,
        api::Check,
        api::Permission,
        api::WorkMode,
        api::Status,
        api::TaskHead,
        api::TaskMarks,
        api::TaskPage,
        api::Rail,
        api::Item,
        api::ItemBody,
        api::Verb,
        api::ToolState,
        api::Level,
        api::PlanStep,
        api::FileRef,
        api::ChangeStep,
        api::ChangedFile,
        api::Context,
        api::ContextFolder,
        api::ContextInstruction,
        api::Count,
        api::Cost,
        api::BudgetShape,
        api::Queued,
        api::TaskUpdate,
        api::Live,
        api::Say,
        api::When,
        api::Branch,
        api::TaskMade,
        api::UndoRequest,
        api::UndoDone,
        api::CallDetail,
        api::Decision,
        api::SetEnabled,
        api::InstallPlugin,
        api::AddMarketplace,
        api::Marketplace,
        api::SkillPage,
        api::SkillLine,
        api::NamedPlace,
        api::PluginRun,
        api::PluginReview,
        api::PluginPage,
        api::RunPlace,
        api::TrustSkill,
        api::Command,
        api::DirectoryEntry,
        api::Plugin,
        api::RefusedShape,
        api::ProposedShape,
        api::LabelledShape,
        api::GroundsShape,
        api::AskedShape,
        api::TrustDecisionShape,
        api::WithheldShape,
        api::SourceLineShape,
        api::InstructionShape,
        api::SaidShape,
        api::TrustLevelShape,
        api::TrustShape,
        api::SetAddressBook,
        api::SetToolRule,
        api::KnownAddressShape,
        api::ToolRecords,
        api::AddConnector,
        api::DefinitionChange,
        api::ToolStanding,
        api::ToolRule,
        api::ConnectorTool,
        api::ConnectorPage,
        api::SignIn,
        api::ConnectorState,
        api::Connector,
    ))
)]
pub(crate) struct Document;

/// The document as it is checked in.
///
/// # Errors
/// Never in practice: the document is data.
pub fn document() -> Result<String, serde_json::Error> {
    let mut document = serde_json::to_value(crate::serve::api().into_openapi())?;
    // Handlers are named within their module; an operation is known by what is asked of which address.
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, methods) in paths.into_iter().flatten() {
        let place = path.trim_start_matches("/api/v1/").replace(['/', '{', '}', '-'], "_");
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                operation.insert("operationId".to_owned(), format!("{method}_{place}").into());
            }
        }
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}
