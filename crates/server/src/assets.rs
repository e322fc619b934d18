//! The interface's own files, embedded in the program.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use deskhand_types::Appearance;
use rust_embed::{Embed, EmbeddedFile};

use crate::state::Shared;

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
pub async fn file(State(shared): State<Shared>, request: Request) -> Response {
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
    // A page whose settings cannot be read shows itself in the system's colours, and says later what is wrong.
    let appearance = shared
        .blocking(|shared| Ok(shared.engine.settings()?.appearance))
        .await
        .unwrap_or_default();
    match Dist::get("index.html") {
        Some(page) => {
            let html = String::from_utf8_lossy(&page.data);
            let page = EmbeddedFile {
                data: dressed(&html, appearance).into_bytes().into(),
                ..page
            };
            answer("index.html", &page, false)
        }
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], PLACEHOLDER).into_response(),
    }
}

/// The page in the colours the person chose, before anything of it is drawn: no script and no style is waited for.
fn dressed(html: &str, appearance: Appearance) -> String {
    let theme = match appearance {
        Appearance::System => return html.to_owned(),
        Appearance::Light => "light",
        Appearance::Dark => "dark",
    };
    html.replacen("<html ", &format!("<html data-theme=\"{theme}\" "), 1)
        .replacen(
            "name=\"color-scheme\" content=\"light dark\"",
            &format!("name=\"color-scheme\" content=\"{theme}\""),
            1,
        )
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

#[cfg(test)]
mod tests {
    use super::dressed;
    use deskhand_types::Appearance;

    /// What the interface's page is made from; the build keeps these two places as they are.
    const PAGE: &str = include_str!("../../../ui/index.html");

    #[test]
    fn the_page_comes_in_the_colours_that_were_chosen() {
        assert_eq!(dressed(PAGE, Appearance::System), PAGE);
        let dark = dressed(PAGE, Appearance::Dark);
        assert!(dark.contains("<html data-theme=\"dark\" lang=\"en\">"), "{dark}");
        assert!(dark.contains("name=\"color-scheme\" content=\"dark\""), "{dark}");
        let light = dressed(PAGE, Appearance::Light);
        assert!(
            light.contains("data-theme=\"light\"") && light.contains("content=\"light\""),
            "{light}"
        );
    }
}
