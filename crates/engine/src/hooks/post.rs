//! Hooks that send what they are told to an address. It goes by the one door of connectors, each request in their ledger, to
//! public addresses only. It is an outward effect to a host that nobody named in the task: once text of others or a secret
//! was read, policy would ask about it, and then it is not done. The intent is in the log before.

use std::future::poll_fn;

use bytes::Bytes;
use deskhand_egress::{Connector, Loopback};
use deskhand_plugins::format::hooks::{Action as Does, select::header};
use deskhand_policy::Permit;
use deskhand_types::{
    Action, CallId, Confidentiality, EffectClass, EventBody, Hash, HookStart, Integrity, Label, Outbound as _,
    SourceKind, ToolCall, whose_hook,
};
use http::{HeaderName, HeaderValue, Request, Uri, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    Moment,
    model::read,
    run::{Due, Ended, Running},
    tool::not_done,
};
use crate::{EngineError, models::Environment, perform::Hands, session::Session};

/// The tool that policy knows it by.
pub(super) const TOOL: &str = "HookPost";
/// Bytes of an answer that are taken.
const MAX_ANSWER: usize = 64 << 10;
/// Headers that are the connection's own.
const NOT_ITS: [&str; 5] = ["host", "content-length", "transfer-encoding", "connection", "upgrade"];

impl Hands<'_> {
    /// Begins a hook that sends what it is told, or says why it is not run.
    pub(super) fn start_post(
        &mut self,
        session: &mut Session<'_>,
        moment: &Moment,
        due: &Due,
        told: &Value,
    ) -> Result<Result<Running, String>, EngineError> {
        let Does::Http {
            url,
            headers,
            allowed_env,
        } = &due.handler.action
        else {
            return Ok(Err("it names no address".to_owned()));
        };
        let body = told.to_string();
        let request = match request(url, headers, allowed_env, &self.hub.config.env, body.clone()) {
            Ok(request) => request,
            Err(why) => return Ok(Err(format!("{why}; nothing was sent"))),
        };
        if let Some(why) = self.carries_canary(session, due, &body) {
            return Ok(Err(why));
        }
        let call = ToolCall {
            id: CallId::new(format!("hook.{}", session.state.next_seq())),
            name: TOOL.to_owned(),
            input: json!({"url": url, "body": told}),
        };
        let action = Action {
            call: call.id.clone(),
            tool: call.name.clone(),
            effect: EffectClass::Outward,
            paths: Vec::new(),
            summary: format!("Send what a hook of {} is told to {url}", whose_hook(&due.plugin.id)),
            tier: None,
            hash: Hash::of(format!("{} {url} {body}", due.plugin.id).as_bytes()),
        };
        let decision = self.judge(session, &call, &action);
        let Some(permit) = Permit::from_decision(&action, &decision) else {
            return Ok(Err(not_done(decision.verdict, &decision.reason)));
        };
        let out = match self
            .hub
            .config
            .out
            .of(&format!("hook of {}", due.plugin.id), Loopback::Refused)
        {
            Ok(out) => out,
            Err(why) => return Ok(Err(format!("{why}; nothing was sent"))),
        };
        session.tell(EventBody::HookStarted(Box::new(HookStart {
            event: moment.event.name().to_owned(),
            plugin: due.plugin.id.clone(),
            action: permit.action().clone(),
        })))?;
        let origin = origin(request.uri());
        let answered = Label::from_source(Integrity::Web, Confidentiality::Private, SourceKind::Web, &origin);
        let (limit, label) = (due.limit(moment), read(session, due).join(&answered));
        Ok(Ok(Running::bound(async move {
            let answer = tokio::time::timeout(limit, send(&out, request)).await;
            Ended::Posted {
                answer: answer.unwrap_or_else(|_| Err("its server did not answer in time".to_owned())),
                label,
            }
        })))
    }
}

/// The request of a hook. Variables of this computer stand in headers only, and only those the hook names for it.
fn request(
    url: &str,
    headers: &[(String, String)],
    allowed: &[String],
    env: &Environment,
    body: String,
) -> Result<Request<Bytes>, String> {
    let uri: Uri = url.parse().map_err(|_| format!("`{url}` is no address"))?;
    if uri.scheme_str() != Some("https") || uri.host().is_none() {
        return Err(format!("`{url}` is not an https address"));
    }
    let mut request = Request::post(uri)
        .header(CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .map_err(|error| error.to_string())?;
    for (name, value) in headers {
        let is_its = !NOT_ITS.contains(&name.to_ascii_lowercase().as_str());
        let value = header(value, allowed, |name| env(name));
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(mut value)) if is_its => {
                value.set_sensitive(true);
                request.headers_mut().insert(name, value);
            }
            _ => return Err(format!("its header `{name}` cannot be sent")),
        }
    }
    Ok(request)
}

fn origin(uri: &Uri) -> String {
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    format!("{}://{authority}", uri.scheme_str().unwrap_or("https"))
}

/// Sends a request. Gives the status and what came of the body, cut where it is too long; redirects are not followed.
async fn send(out: &Connector, request: Request<Bytes>) -> Result<(u16, String), String> {
    let answer = out.send(request).await.map_err(|error| error.to_string())?;
    let (head, mut stream) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        let chunk = chunk.map_err(|error| error.to_string())?;
        let room = MAX_ANSWER.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..chunk.len().min(room)).unwrap_or_default());
        if body.len() >= MAX_ANSWER {
            break;
        }
    }
    Ok((head.status.as_u16(), String::from_utf8_lossy(&body).into_owned()))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::{Arc, Mutex};

    use deskhand_egress::{EgressError, Ledger};
    use deskhand_types::{NetworkRequest, NetworkResult};

    use super::*;
    use crate::connectors::WayOut;

    #[derive(Default)]
    struct Kept(Mutex<Vec<NetworkRequest>>);

    #[async_trait::async_trait]
    impl Ledger for Kept {
        async fn requested(&self, request: NetworkRequest) -> Result<u64, EgressError> {
            let mut kept = self.0.lock().unwrap();
            kept.push(request);
            Ok(kept.len() as u64)
        }
        fn finished(&self, _: NetworkResult) {}
    }

    fn env() -> Environment {
        Arc::new(|name| match name {
            "TOKEN" => Some("t0ken".to_owned()),
            "OTHER" => Some("s3cret".to_owned()),
            _ => None,
        })
    }

    fn headers() -> Vec<(String, String)> {
        vec![("X-Token".to_owned(), "Bearer $TOKEN/${OTHER}".to_owned())]
    }

    #[test]
    fn only_https_and_only_named_variables() {
        let made = |url: &str, headers: &[(String, String)]| {
            request(url, headers, &["TOKEN".to_owned()], &env(), "{}".to_owned())
        };
        let request = made("https://hooks.example.com/a", &headers()).unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.headers()["x-token"], "Bearer t0ken/");
        assert_eq!(request.headers()["content-type"], "application/json");
        assert_eq!(origin(request.uri()), "https://hooks.example.com");
        for url in ["http://hooks.example.com/a", "file:///etc/passwd", "/a", "", "https://"] {
            assert!(made(url, &[]).is_err(), "{url}");
        }
        let host = [("Host".to_owned(), "elsewhere".to_owned())];
        assert!(made("https://hooks.example.com/a", &host).is_err());
    }

    #[tokio::test]
    async fn what_is_sent_is_in_the_ledger_and_the_answer_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = Vec::new();
            let mut chunk = [0; 4096];
            while !heard.ends_with(b"{\"told\":1}") {
                let got = stream.read(&mut chunk).unwrap();
                assert_ne!(got, 0, "{}", String::from_utf8_lossy(&heard));
                heard.extend_from_slice(&chunk[..got]);
            }
            let body = "x".repeat(MAX_ANSWER + 9);
            let _ = write!(
                stream,
                "HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            String::from_utf8(heard).unwrap()
        });
        let kept = Arc::new(Kept::default());
        let out = WayOut::new(kept.clone())
            .of("hook of guard@house", Loopback::All)
            .unwrap();
        let mut request = request(
            &format!("https://{address}/a"),
            &headers(),
            &["TOKEN".to_owned()],
            &env(),
            json!({"told": 1}).to_string(),
        )
        .unwrap();
        *request.uri_mut() = format!("http://{address}/a").parse().unwrap();
        let (status, body) = send(&out, request).await.unwrap();
        assert_eq!((status, body.len()), (201, MAX_ANSWER));
        let heard = server.join().unwrap().to_lowercase();
        assert!(
            heard.starts_with("post /a http/1.1") && heard.contains("x-token: bearer t0ken/"),
            "{heard}"
        );
        let asked = kept.0.lock().unwrap();
        assert_eq!((asked.len(), asked[0].allowed, asked[0].path.as_str()), (1, true, "/a"));
    }
}
