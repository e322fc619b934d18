//! What Deskhand answers itself.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::ext::ReasonPhrase;

use crate::body::Download;
use crate::refusal::Refusal;

/// Says that an answer is Deskhand's: `refused` or `failed`. Servers' own headers of this name are taken away.
pub(crate) const MARK: HeaderName = HeaderName::from_static("x-deskhand");

/// The body of an answer: ours, or a server's as it comes.
pub(crate) type Body = Either<Full<Bytes>, Download>;

/// 403: the request is not made.
pub(crate) fn refused(refusal: &Refusal) -> Response<Body> {
    let mut response = plain(StatusCode::FORBIDDEN, "refused", refusal.text());
    // Where a tunnel is refused, most programs show nothing but this.
    response
        .extensions_mut()
        .insert(ReasonPhrase::from_static(b"Forbidden by Deskhand (network.toml)"));
    response
}

/// 502: the request was made, and came to nothing.
pub(crate) fn failed(why: &str) -> Response<Body> {
    let text = format!("Deskhand allowed this, but it failed: {why}.\nNothing more was sent.\n");
    plain(StatusCode::BAD_GATEWAY, "failed", text)
}

fn plain(status: StatusCode, mark: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::new(Bytes::from(text))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(MARK, HeaderValue::from_static(mark));
    // What is left of the request's body is not read.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
