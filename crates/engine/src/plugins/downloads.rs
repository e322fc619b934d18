//! What the library of plugins downloads: through the door that connectors use, each request in their ledger before it is
//! made, without a credential. Redirects are followed one by one, each judged like the first.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io::Write;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use bytes::Bytes;
use deskhand_egress::Loopback;
use deskhand_plugins::library::source::loopback;
use deskhand_plugins::library::{Download, LibraryError};
use deskhand_types::Outbound as _;
use tokio::time::{Instant, timeout_at};

use crate::connectors::WayOut;

/// Redirects of one download.
const MAX_REDIRECTS: usize = 5;

/// How long one download may take, with its redirects.
const TIME: Duration = Duration::from_secs(10 * 60);

/// Is told how many bytes came so far.
type Told = Box<dyn Fn(u64) + Send>;

/// Who is told how many bytes came. The library blocks, so the thread it is called on is the one that downloads.
#[derive(Default)]
pub(crate) struct Watchers(Mutex<HashMap<ThreadId, (u64, Told)>>);

impl Watchers {
    /// Does `work` on this thread, telling `told` how many bytes it downloaded so far.
    pub fn watch<T>(&self, told: Told, work: impl FnOnce() -> T) -> T {
        let here = thread::current().id();
        self.lock().insert(here, (0, told));
        let done = work();
        self.lock().remove(&here);
        done
    }

    fn came(&self, bytes: u64) {
        if let Some((all, told)) = self.lock().get_mut(&thread::current().id()) {
            *all += bytes;
            told(*all);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ThreadId, (u64, Told)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Downloads by the way out of connectors.
pub(super) struct Downloads {
    pub out: Arc<WayOut>,
    pub watchers: Arc<Watchers>,
}

impl Downloads {
    /// One request. Gives where it is redirected to, or sends the body on. `url` was judged before.
    async fn hop(&self, url: &str, until: Instant, body: SyncSender<Bytes>) -> Result<Option<String>, String> {
        // Only an address that the person wrote themselves passes the judgement with a host of this computer.
        let here = loopback(url).map_or(Loopback::Refused, |(_, _, port)| Loopback::Port(port));
        let out = self.out.of("plugins", here)?;
        let request = http::Request::get(url)
            .body(Bytes::new())
            .map_err(|error| error.to_string())?;
        let late = |_| "it took too long".to_owned();
        let answer = timeout_at(until, out.send(request)).await.map_err(late)?;
        let (head, mut stream) = answer.map_err(|error| error.to_string())?.into_parts();
        if head.status.is_redirection() {
            let to = head.headers.get(http::header::LOCATION);
            let to = to.and_then(|to| to.to_str().ok());
            return to
                .map(|to| Some(to.to_owned()))
                .ok_or_else(|| "it is redirected to nowhere".to_owned());
        }
        if head.status != http::StatusCode::OK {
            return Err(format!("the server answered {}", head.status));
        }
        loop {
            let next = poll_fn(|context| stream.as_mut().poll_next(context));
            match timeout_at(until, next).await.map_err(late)? {
                None => return Ok(None),
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(data)) => {
                    if body.send(data).is_err() {
                        // Whoever reads has enough: the answer is dropped, and that is in the ledger.
                        return Ok(None);
                    }
                }
            }
        }
    }
}

impl Download for Downloads {
    fn get(
        &self,
        url: &str,
        limit: u64,
        check: &dyn Fn(&str) -> Result<(), LibraryError>,
        into: &mut dyn Write,
    ) -> Result<(), String> {
        let mut url = url.to_owned();
        let until = Instant::now() + TIME;
        for _ in 0..=MAX_REDIRECTS {
            check(&url).map_err(|error| error.to_string())?;
            // A thread of its own: the library is blocking, and may be called from where nothing may block.
            let next = thread::scope(|scope| {
                let (body, chunks) = sync_channel(4);
                let asked = &url;
                let hop = scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    let runtime = runtime.map_err(|error| error.to_string())?;
                    runtime.block_on(self.hop(asked, until, body))
                });
                let mut left = limit;
                let mut written = Ok(());
                for chunk in &chunks {
                    let Some(rest) = left.checked_sub(chunk.len() as u64) else {
                        written = Err(format!("it is longer than {limit} bytes"));
                        break;
                    };
                    left = rest;
                    if let Err(error) = into.write_all(&chunk) {
                        written = Err(error.to_string());
                        break;
                    }
                    self.watchers.came(chunk.len() as u64);
                }
                drop(chunks);
                let next = hop.join().unwrap_or_else(|_| Err("the download failed".to_owned()));
                written.and(next)
            })?;
            let Some(to) = next else { return Ok(()) };
            let base = url::Url::parse(&url).map_err(|error| error.to_string())?;
            url = base.join(&to).map_err(|error| error.to_string())?.into();
        }
        Err(format!("it is redirected more than {MAX_REDIRECTS} times"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Read as _;
    use std::net::TcpListener;
    use std::sync::Mutex;

    use deskhand_egress::{EgressError, Ledger};
    use deskhand_plugins::library::source::may_fetch;
    use deskhand_types::{NetworkRequest, NetworkResult};

    use super::*;

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

    /// Answers one connection for each of `answers`, with them. Gives its address.
    fn serve(answers: Vec<String>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).unwrap();
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        address
    }

    fn ok(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    fn redirect(to: &str) -> String {
        format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
    }

    fn get(answers: Vec<String>, limit: u64) -> (Result<String, String>, Vec<NetworkRequest>) {
        let kept = Arc::new(Kept::default());
        let address = serve(answers);
        let mut into = Vec::new();
        let check = |url: &str| may_fetch(url, Some(&address));
        let downloads = Downloads {
            out: Arc::new(WayOut::new(kept.clone())),
            watchers: Arc::default(),
        };
        let told = Arc::new(Mutex::new(0));
        let tell = Box::new({
            let told = told.clone();
            move |bytes| *told.lock().unwrap() = bytes
        });
        let watchers = downloads.watchers.clone();
        let got = watchers.watch(tell, || {
            downloads.get(&format!("{address}/a"), limit, &check, &mut into)
        });
        assert_eq!(*told.lock().unwrap(), into.len() as u64, "what came is told");
        assert!(watchers.lock().is_empty());
        let asked = kept.0.lock().unwrap().clone();
        (got.map(|()| String::from_utf8(into).unwrap()), asked)
    }

    #[test]
    fn redirects_are_followed_and_each_request_is_in_the_ledger() {
        let (got, asked) = get(vec![redirect("/b"), ok("content")], 100);
        assert_eq!(got.unwrap(), "content");
        let paths: Vec<_> = asked.iter().map(|request| request.path.as_str()).collect();
        assert_eq!(paths, ["/a", "/b"]);
        assert!(
            asked
                .iter()
                .all(|request| request.allowed && request.credential.is_none())
        );
    }

    #[tokio::test]
    async fn it_may_be_called_from_within_the_runtime() {
        assert_eq!(get(vec![ok("content")], 100).0.unwrap(), "content");
    }

    #[test]
    fn what_a_redirect_may_not_lead_to_is_never_asked() {
        for to in [
            "https://10.0.0.1/b",
            "http://127.0.0.1:1/b",
            "http://example.com/b",
            "file:///etc/passwd",
        ] {
            let (got, asked) = get(vec![redirect(to)], 100);
            assert!(got.is_err(), "{to}");
            assert_eq!(asked.len(), 1, "{to}");
        }
    }

    #[test]
    fn too_much_an_error_and_endless_redirects_are_refused() {
        assert!(
            get(vec![ok("content")], 6)
                .0
                .unwrap_err()
                .contains("longer than 6 bytes")
        );
        let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned();
        assert!(get(vec![gone], 6).0.unwrap_err().contains("404"));
        let (got, asked) = get(vec![redirect("/a"); 6], 6);
        assert!(got.unwrap_err().contains("redirected more than"));
        assert_eq!(asked.len(), 6);
    }
}
