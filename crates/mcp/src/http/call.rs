//! One request to a server: its headers, the sign-in, redirects.

use std::sync::Arc;

use bytes::Bytes;
use deskhand_types::{Incoming, Outbound};
use http::header::{AUTHORIZATION, LOCATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use url::Url;

use super::fault::HttpFault;
use crate::auth::Authorization;
use crate::endpoint::Endpoint;

/// Redirects within the server's own origin that are followed for one request.
const MAX_REDIRECTS: usize = 5;

/// What makes the requests of one session.
pub(crate) struct Caller {
    outbound: Arc<dyn Outbound>,
    endpoint: Endpoint,
    authorization: Option<Arc<Authorization>>,
}

impl Caller {
    pub(crate) fn new(
        endpoint: Endpoint,
        outbound: Arc<dyn Outbound>,
        authorization: Option<Arc<Authorization>>,
    ) -> Self {
        // The person's own header means that there is no sign-in.
        let authorization = authorization.filter(|_| !endpoint.brings_authorization());
        Self {
            outbound,
            endpoint,
            authorization,
        }
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Makes a request; the token of the sign-in goes to the server's own origin alone. An answer that needs a sign-in
    /// or more rights is an error, any other status is an answer.
    pub(crate) async fn call(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, HttpFault> {
        let Some(authorization) = &self.authorization else {
            let response = self.follow(method, url, headers, body, None).await?;
            // With a header of the person's own, a refusal is just that: there is nothing to sign in to.
            return if self.endpoint.brings_authorization() {
                Ok(response)
            } else {
                challenged(response)
            };
        };
        let token = authorization.token().await?;
        let had_token = token.is_some();
        let response = self
            .follow(method.clone(), url, headers.clone(), body.clone(), token.as_ref())
            .await?;
        if response.status() != StatusCode::UNAUTHORIZED || !had_token {
            return challenged(response);
        }
        // Perhaps it was only too old: once more with a new one, if there is a new one.
        match authorization.renewed(token).await? {
            None => challenged(response),
            fresh => challenged(self.follow(method, url, headers, body, fresh.as_ref()).await?),
        }
    }

    async fn follow(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        token: Option<&HeaderValue>,
    ) -> Result<Response<Incoming>, HttpFault> {
        let mut url = url.clone();
        for _hop in 0..=MAX_REDIRECTS {
            if url.origin() != self.endpoint.url().origin() {
                return Err(HttpFault::Redirect(url.origin().ascii_serialization()));
            }
            let mut request = Request::new(body.clone());
            *request.method_mut() = method.clone();
            *request.uri_mut() = url.as_str().parse().map_err(|_| HttpFault::Request)?;
            let sent = request.headers_mut();
            sent.extend(self.endpoint.headers().clone());
            sent.extend(headers.clone());
            if let Some(token) = token {
                sent.insert(AUTHORIZATION, token.clone());
            }
            let response = self.outbound.send(request).await?;
            if !response.status().is_redirection() || response.status() == StatusCode::NOT_MODIFIED {
                return Ok(response);
            }
            let target = response
                .headers()
                .get(LOCATION)
                .and_then(|value| url.join(value.to_str().ok()?).ok());
            let Some(target) = target else {
                return Err(HttpFault::Status(response.status().as_u16()));
            };
            // The others turn a POST into a GET, and so into something that was not meant.
            let keeps_method = matches!(
                response.status(),
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
            );
            if !keeps_method {
                return Err(HttpFault::Redirect(target.origin().ascii_serialization()));
            }
            url = target;
        }
        Err(HttpFault::Malformed(format!(
            "it redirects more than {MAX_REDIRECTS} times"
        )))
    }
}

/// Turns an answer that asks for a sign-in, or for more rights, into the error it is.
fn challenged(response: Response<Incoming>) -> Result<Response<Incoming>, HttpFault> {
    let challenge = response
        .headers()
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(", ");
    match response.status() {
        StatusCode::UNAUTHORIZED => Err(HttpFault::SignIn(challenge)),
        StatusCode::FORBIDDEN if !challenge.is_empty() => Err(HttpFault::Scope(challenge)),
        _ => Ok(response),
    }
}
