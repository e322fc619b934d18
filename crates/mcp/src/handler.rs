//! What servers send on their own: questions, notices, progress.

use std::sync::Arc;

use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, CustomNotification, CustomRequest, CustomResult, ElicitRequestParams,
    ElicitResult, ElicitationAction, ElicitationCapability, ErrorCode, ErrorData, ExtensionCapabilities,
    FormElicitationCapability, Implementation, ProgressNotificationParam, UrlElicitationCapability,
};
use rmcp::service::{NotificationContext, RequestContext, RoleClient};
use serde_json::{Map, Value, json};

use crate::connection::{Pulse, Visits};
use crate::host::{Answer, Host, Listing, Notice, Progress, Question};
use crate::sample::{NotSampled, SampleRequest};
use crate::schema::validate;

pub(crate) struct Handler {
    pub(crate) host: Arc<dyn Host>,
    /// What is known of the requests in work.
    pub(crate) pulse: Arc<Pulse>,
    /// Which visits to pages are over.
    pub(crate) visits: Visits,
}

impl Handler {
    pub(crate) fn new(host: Arc<dyn Host>) -> Self {
        Self {
            host,
            pulse: Arc::default(),
            visits: Visits::default(),
        }
    }

    /// Puts one elicitation to the person and gives the protocol's answer. Forms are read from the raw message, since
    /// `rmcp` refuses forms that servers do send.
    pub(crate) async fn elicit(&self, params: &Value) -> Value {
        let text = |key: &str| params.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let schema = params
            .get("requestedSchema")
            .cloned()
            .unwrap_or_else(|| json!({"type": "object"}));
        let is_url = text("mode") == "url";
        let question = if is_url {
            Question::Url {
                message: text("message"),
                url: text("url"),
            }
        } else {
            Question::Form {
                message: text("message"),
                schema: schema.clone(),
            }
        };
        let _open = self.pulse.question();
        match self.host.ask(question).await {
            Answer::Accept(_) if is_url => json!({"action": "accept"}),
            Answer::Accept(content) => {
                let content = content.unwrap_or_else(|| json!({}));
                let fits = schema
                    .as_object()
                    .is_some_and(|schema| validate(schema, &content).is_ok());
                // What does not fit the form never leaves; the server sees a closed question.
                if fits {
                    json!({"action": "accept", "content": content})
                } else {
                    json!({"action": "cancel"})
                }
            }
            Answer::Decline => json!({"action": "decline"}),
            Answer::Cancel => json!({"action": "cancel"}),
        }
    }

    /// Has a model asked, where the host lets this server, and gives the protocol's answer.
    pub(crate) async fn sample(&self, params: &Value) -> Result<Value, NotSampled> {
        if !self.host.samples() {
            return Err(NotSampled::NotOffered);
        }
        let request = SampleRequest::decode(params)?;
        let _open = self.pulse.question();
        let answer = self.host.sample(request.clone()).await?;
        Ok(request.answered(&answer))
    }

    pub(crate) fn roots(&self) -> Value {
        let roots: Vec<Value> = self.host.roots().into_iter().map(|uri| json!({"uri": uri})).collect();
        json!({"roots": roots})
    }
}

fn refused(why: NotSampled) -> ErrorData {
    let (code, words) = why.told();
    ErrorData::new(ErrorCode(code), words, None)
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        let mut elicitation = ElicitationCapability::new();
        elicitation.form = Some(FormElicitationCapability::new());
        elicitation.url = Some(UrlElicitationCapability::new());
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation = Some(elicitation);
        let mut extensions = ExtensionCapabilities::new();
        let ui = Map::from_iter([("mimeTypes".to_owned(), json!(["text/html;profile=mcp-app"]))]);
        extensions.insert("io.modelcontextprotocol/ui".to_owned(), ui);
        extensions.insert("io.modelcontextprotocol/tasks".to_owned(), Map::new());
        capabilities.extensions = Some(extensions);
        // Deprecated in the newest revision, needed by servers of today.
        #[allow(deprecated, reason = "servers of the legacy era ask for roots")]
        {
            capabilities.roots = Some(rmcp::model::RootsCapabilities::default());
            capabilities.sampling = self.host.samples().then(Default::default);
        }
        // The version of a handshake; where there is none, each request names what was agreed on.
        ClientConfig::new(capabilities, Implementation::new("deskhand", env!("CARGO_PKG_VERSION")))
            .with_protocol_version(rmcp::model::ProtocolVersion::V_2025_11_25)
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let params = serde_json::to_value(&request).unwrap_or_default();
        let answer = self.elicit(&params).await;
        serde_json::from_value(answer).or_else(|_| Ok(ElicitResult::new(ElicitationAction::Cancel)))
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleClient>,
    ) -> Result<CustomResult, ErrorData> {
        if request.method == "elicitation/create" {
            let params = request.params.unwrap_or_default();
            return Ok(CustomResult(self.elicit(&params).await));
        }
        // Messages of the newest shapes that `rmcp` does not read as its own.
        if request.method == "sampling/createMessage" {
            let params = request.params.unwrap_or_default();
            return self.sample(&params).await.map(CustomResult).map_err(refused);
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None))
    }

    async fn on_custom_notification(
        &self,
        notification: CustomNotification,
        _context: NotificationContext<RoleClient>,
    ) {
        if notification.method == "notifications/elicitation/complete" {
            let params = notification.params.unwrap_or_default();
            let id = params.get("elicitationId").and_then(Value::as_str);
            self.visits.complete(id.unwrap_or_default());
        }
    }

    #[allow(deprecated, reason = "servers of the legacy era ask for a model's answers")]
    async fn create_message(
        &self,
        request: rmcp::model::CreateMessageRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<rmcp::model::CreateMessageResult, ErrorData> {
        let params = serde_json::to_value(&request).unwrap_or_default();
        let answer = self.sample(&params).await.map_err(refused)?;
        serde_json::from_value(answer).map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    #[allow(deprecated, reason = "servers of the legacy era ask for roots")]
    async fn list_roots(
        &self,
        _context: RequestContext<RoleClient>,
    ) -> Result<rmcp::model::ListRootsResult, ErrorData> {
        let roots = self.host.roots().into_iter().map(rmcp::model::Root::new).collect();
        Ok(rmcp::model::ListRootsResult::new(roots))
    }

    async fn on_progress(&self, params: ProgressNotificationParam, _context: NotificationContext<RoleClient>) {
        self.pulse.sign(&params.progress_token);
        self.host.progress(Progress {
            done: params.progress,
            total: params.total,
            message: params.message,
        });
    }

    #[allow(deprecated, reason = "servers of the legacy era write to a log")]
    async fn on_logging_message(
        &self,
        params: rmcp::model::LoggingMessageNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let level = serde_json::to_value(params.level).unwrap_or_default();
        self.host.log(Notice {
            level: level.as_str().unwrap_or("info").to_owned(),
            logger: params.logger,
            data: params.data,
        });
    }

    async fn on_resource_updated(
        &self,
        params: rmcp::model::ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.host.updated(&params.uri);
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.host.changed(Listing::Tools);
    }

    async fn on_resource_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.host.changed(Listing::Resources);
    }

    async fn on_prompt_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.host.changed(Listing::Prompts);
    }
}
