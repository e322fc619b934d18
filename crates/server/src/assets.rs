//! The interface's own files, embedded in the program.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use rust_embed::{Embed, EmbeddedFile};

/// What `make ui` built; nothing of it on a machine without Node. Debug builds read it from the disk.
#[derive(Embed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Dist;

/// The blank page Word documents are laid out in. Their styles are theirs; nothing runs, and nothing is loaded.
const DOCUMENT: &str = "document.html";
const DOCUMENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src blob: data:; font-src blob: data:; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'self'";

const PLACEHOLDER: &str = include_str!("placeholder.html");

/// A file of the interface; the page itself for every place within it.
pub async fn file(request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(found) = Dist::get(path) {
        // Names under assets/ have a hash of the content in them.
        let keep = path.starts_with("assets/");
        return answer(path, &found, keep);
    }
    if path.contains('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Dist::get("index.html") {
        Some(page) => answer("index.html", &page, false),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PLACEHOLDER).into_response(),
    }
}

fn answer(path: &str, file: &EmbeddedFile, keep: bool) -> Response {
    let mut response = file.data.clone().into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    let cache = if keep {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if path == DOCUMENT {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(DOCUMENT_POLICY),
        );
    }
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
