//! What a server answers, on its way to the program.

use http::header::{ALT_SVC, CONNECTION, CONTENT_LENGTH, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode};
use http_body::Body as _;
use http_body_util::Either;
use hyper::body::Incoming;
use tokio::time::{Instant, sleep_until};

use crate::answer::{self, Body};
use crate::body::{Download, Driver};
use crate::echo::Echo;
use crate::entry::Entry;
use crate::header;
use crate::judge::Permitted;

/// Passes an answer on, without what is the connection's, cookies, or the credential.
pub(crate) fn pass_on(
    response: Response<Incoming>,
    driver: Option<Driver>,
    mut entry: Entry,
    permitted: &Permitted,
    echo: Option<Echo>,
    deadline: Instant,
) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    entry.answered(parts.status);
    let fail = |why: String| {
        entry.progress().early(why.clone());
        answer::failed(&why)
    };
    if parts.status == StatusCode::SWITCHING_PROTOCOLS {
        return fail("the server changed the protocol, which was not asked for".into());
    }
    let limit = permitted.rule.max_received;
    if body.size_hint().lower() > limit {
        return fail(format!("the answer is longer than the {limit} bytes the rule allows"));
    }
    if let Some(echo) = &echo {
        let told = |(name, value): (&http::HeaderName, &HeaderValue)| {
            echo.is_in(value.as_bytes()) || echo.is_in(name.as_str().as_bytes())
        };
        let encoded = parts.headers.get(http::header::CONTENT_ENCODING);
        if parts.headers.iter().any(told) {
            return fail(Echo::FOUND.into());
        }
        if encoded.is_some_and(|encoding| encoding != "identity") {
            return fail("the server compressed the answer, so that it cannot be searched for the credential".into());
        }
    }
    if body.is_end_stream() {
        entry.progress().whole();
    }
    let nominated = header::nominated(&parts.headers);
    for name in [
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "set-cookie2",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
    .into_iter()
    .chain(nominated.iter().map(String::as_str))
    {
        // A server that names the length among what ends here would have it sent in another way, not left out.
        if name != CONTENT_LENGTH.as_str() {
            parts.headers.remove(name);
        }
    }
    for name in [CONNECTION, SET_COOKIE, ALT_SVC, answer::MARK] {
        parts.headers.remove(name);
    }
    parts.extensions.clear();
    let download = Download {
        driver,
        body,
        limit,
        deadline: Box::pin(sleep_until(deadline)),
        echo,
        entry,
    };
    Response::from_parts(parts, Either::Right(download))
}
