//! What a server may ask of us.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use deskhand_mcp::{
    Answer, Host, Listing, NotSampled, Overflow, Progress, Question, SampleAnswer, SampleRequest, fields,
};
use deskhand_plugins::library::source::loopback;
use deskhand_types::{BlobStore, CallProgress, ModelLine, ProgramAccess, ServerQuestion, ServerWants};
use serde_json::Value;
use url::Url;

use super::{
    book::Sampling,
    meanwhile::{Meanwhile, Reply},
};

/// Characters of a server's words that a question shows.
const MESSAGE: usize = 2_000;
/// Characters of what a server says about how far it is.
const PROGRESS: usize = 200;
/// Bytes of an address to visit.
const ADDRESS: usize = 2_000;

/// The host of one session.
pub(crate) struct Guest {
    /// The connector.
    name: String,
    /// What its program sees, told as roots.
    access: ProgramAccess,
    /// Whether it may ask for answers of a model.
    sampling: Option<Sampling>,
    /// Its list of tools is not the one we know.
    stale: Arc<AtomicBool>,
    /// The calls in work.
    calls: Mutex<Vec<Attended>>,
    /// The questions it asked that nobody heard, in its words.
    unheard: Mutex<Vec<String>>,
}

/// A call in work.
#[derive(Clone)]
struct Attended {
    number: u64,
    tool: String,
    meanwhile: Meanwhile,
}

/// As long as it lives, questions of the server reach the task that made this call.
pub(crate) struct Attending<'g> {
    guest: &'g Guest,
    number: u64,
}

impl Drop for Attending<'_> {
    fn drop(&mut self) {
        lock(&self.guest.calls).retain(|call| call.number != self.number);
    }
}

impl Guest {
    /// The host of a session with a connector's server.
    pub fn new(name: &str, access: ProgramAccess, sampling: Option<Sampling>, stale: Arc<AtomicBool>) -> Self {
        Self {
            name: name.to_owned(),
            access,
            sampling,
            stale,
            calls: Mutex::default(),
            unheard: Mutex::default(),
        }
    }

    /// A call begins.
    pub fn attend(&self, tool: &str, meanwhile: &Meanwhile) -> Attending<'_> {
        let mut calls = lock(&self.calls);
        let number = calls.iter().map(|call| call.number).max().map_or(0, |most| most + 1);
        calls.push(Attended {
            number,
            tool: tool.to_owned(),
            meanwhile: meanwhile.clone(),
        });
        drop(calls);
        Attending { guest: self, number }
    }

    /// Takes the questions that nobody heard since.
    pub fn take_unheard(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.unheard))
    }

    /// The call that what the server says belongs to. The protocol does not tell; where several calls are in work it
    /// could be any, and none is guessed.
    fn only_call(&self) -> Option<Attended> {
        match lock(&self.calls).as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    fn not_heard(&self, message: &str, what: &str) -> Answer {
        lock(&self.unheard).push(format!("“{message}” ({what})"));
        Answer::Cancel
    }
}

#[async_trait]
impl Host for Guest {
    /// A question goes to the person by way of the task whose call it belongs to, and is shown as the server's. Where nobody
    /// is there, or it cannot be shown, the model is told what was asked.
    async fn ask(&self, question: Question) -> Answer {
        let (message, wants) = match question {
            Question::Form { message, schema } => (message, form(schema)),
            Question::Url { message, url } => (message, page(&url)),
        };
        let message: String = message.chars().take(MESSAGE).collect();
        let (wants, what) = match wants {
            Ok(wants) => {
                let what = in_short(&wants);
                (wants, what)
            }
            Err(why) => return self.not_heard(&message, &why),
        };
        let Some(call) = self.only_call() else {
            return self.not_heard(&message, &what);
        };
        let question = ServerQuestion {
            connector: self.name.clone(),
            tool: call.tool,
            message: message.clone(),
            wants,
        };
        match call.meanwhile.ask(question).await {
            Reply::Filled(values) => Answer::Accept(Some(Value::Object(values))),
            Reply::Visited => Answer::Accept(None),
            Reply::Declined => Answer::Decline,
            // No answers to what is asked here.
            Reply::Sampled(_) | Reply::Failed(_) => Answer::Cancel,
            Reply::Unheard => self.not_heard(&message, &what),
        }
    }

    fn samples(&self) -> bool {
        self.sampling.is_some()
    }

    /// A model is asked by way of the task whose call it belongs to, with the person's consent; in no call there is nobody
    /// whose money it could be.
    async fn sample(&self, request: SampleRequest) -> Result<SampleAnswer, NotSampled> {
        let Some(sampling) = &self.sampling else {
            return Err(NotSampled::NotOffered);
        };
        let failed = |why: &str| Err(NotSampled::Failed(why.to_owned()));
        let Some(call) = self.only_call() else {
            return failed("models are asked only in the middle of one call at a time");
        };
        let line = |message: deskhand_mcp::SampleMessage| ModelLine {
            is_model: message.is_model,
            text: message.text,
        };
        let question = ServerQuestion {
            connector: self.name.clone(),
            tool: call.tool,
            message: String::new(),
            wants: ServerWants::Model {
                model: sampling.model.clone().unwrap_or_default(),
                system: request.system,
                messages: request.messages.into_iter().map(line).collect(),
                max_tokens: request.max_tokens,
            },
        };
        match call.meanwhile.ask(question).await {
            Reply::Sampled(answer) => Ok(answer),
            Reply::Failed(why) => Err(NotSampled::Failed(why)),
            Reply::Declined => Err(NotSampled::Declined),
            Reply::Unheard | Reply::Filled(_) | Reply::Visited => failed("nobody is there who could allow it"),
        }
    }

    fn roots(&self) -> Vec<String> {
        // As an address: a blank or a letter of another script in a path is not written as it is.
        let folders = self.access.folders.iter();
        let addresses = folders.filter_map(|folder| Url::from_file_path(&folder.path).ok());
        addresses.map(String::from).collect()
    }

    fn changed(&self, listing: Listing) {
        if listing == Listing::Tools {
            self.stale.store(true, Ordering::Relaxed);
        }
    }

    fn progress(&self, progress: Progress) {
        let Some(call) = self.only_call() else { return };
        let finite = |number: &f64| number.is_finite();
        call.meanwhile.progress(CallProgress {
            done: Some(progress.done).filter(finite).unwrap_or_default(),
            total: progress.total.filter(finite),
            message: progress.message.map(|message| message.chars().take(PROGRESS).collect()),
        });
    }
}

fn form(schema: Value) -> Result<ServerWants, String> {
    let fields = fields(&schema)?;
    Ok(ServerWants::Form { fields, schema })
}

/// A page that may be shown as one to visit: not one that a browser takes for a program or a file.
fn page(address: &str) -> Result<ServerWants, String> {
    let shown: String = address.chars().take(200).collect();
    let refused = || format!("open {shown}, which is no address of a page");
    let url = Url::parse(address)
        .ok()
        .filter(|_| address.len() <= ADDRESS)
        .ok_or_else(refused)?;
    let plain = url.scheme() == "https" || (url.scheme() == "http" && loopback(url.as_str()).is_some());
    // `https://bank.example@evil.example` shows one host and opens another.
    if !plain || !url.username().is_empty() || url.password().is_some() {
        return Err(refused());
    }
    Ok(ServerWants::Page {
        host: url.host_str().unwrap_or_default().to_owned(),
        url: url.into(),
    })
}

fn in_short(wants: &ServerWants) -> String {
    match wants {
        ServerWants::Form { fields, .. } => {
            let titles: Vec<&str> = fields.iter().map(|field| field.title.as_str()).collect();
            titles.join(", ")
        }
        ServerWants::Page { url, .. } => format!("open {url}"),
        ServerWants::Model { .. } | ServerWants::Handover { .. } => "an answer of a model".to_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps what is too large for a result among the contents of the store.
pub(crate) struct Keep(pub Arc<dyn BlobStore>);

#[async_trait]
impl Overflow for Keep {
    async fn keep(&self, bytes: Vec<u8>) -> Result<String, String> {
        let blobs = self.0.clone();
        let put = tokio::task::spawn_blocking(move || blobs.put(&bytes));
        let hash = put
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?;
        Ok(hash.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn guest() -> Guest {
        Guest::new("crm", ProgramAccess::default(), None, Arc::default())
    }

    fn form(message: &str) -> Question {
        Question::Form {
            message: message.to_owned(),
            schema: json!({"type": "object", "properties": {"name": {"type": "string", "title": "Name"}}}),
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_told_as_addresses() {
        let folder = |path: &str| deskhand_types::SharedFolder {
            path: path.to_owned(),
            writable: false,
        };
        let access = ProgramAccess {
            folders: vec![folder("/home/ada/My notes#1"), folder("/srv/büro")],
            ..ProgramAccess::default()
        };
        let guest = Guest::new("crm", access, None, Arc::default());
        assert_eq!(
            guest.roots(),
            ["file:///home/ada/My%20notes%231", "file:///srv/b%C3%BCro"]
        );
    }

    #[tokio::test]
    async fn a_question_reaches_the_only_call_and_its_answer_the_server() {
        let guest = guest();
        let (meanwhile, mut heard) = Meanwhile::line();
        let attending = guest.attend("find", &meanwhile);
        let values = json!({"name": "Ada"}).as_object().cloned().unwrap();
        let person = async {
            let Some(super::super::meanwhile::Word::Asked(question, answer)) = heard.recv().await else {
                panic!("nothing was asked")
            };
            answer.send(Reply::Filled(values.clone())).unwrap();
            question
        };
        let (answer, question) = tokio::join!(guest.ask(form("Who?")), person);
        assert_eq!(answer, Answer::Accept(Some(Value::Object(values.clone()))));
        assert_eq!(
            (
                question.connector.as_str(),
                question.tool.as_str(),
                question.message.as_str()
            ),
            ("crm", "find", "Who?")
        );
        drop(attending);
        assert_eq!(guest.ask(form("Who?")).await, Answer::Cancel);
        assert_eq!(guest.take_unheard(), ["“Who?” (Name)"]);
        assert!(guest.take_unheard().is_empty());
    }

    #[tokio::test]
    async fn with_two_calls_in_work_nobody_is_asked_and_nothing_is_told_to_the_wrong_one() {
        let guest = guest();
        let (meanwhile, mut heard) = Meanwhile::line();
        let (_one, _two) = (guest.attend("a", &meanwhile), guest.attend("b", &meanwhile));
        assert_eq!(guest.ask(form("Who?")).await, Answer::Cancel);
        guest.progress(Progress {
            done: 1.0,
            total: None,
            message: None,
        });
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn a_page_is_one_of_the_web_and_shows_the_host_it_opens() {
        let host = |address: &str| match page(address) {
            Ok(ServerWants::Page { host, .. }) => Some(host),
            _ => None,
        };
        assert_eq!(host("https://bank.example/pay?x=1").as_deref(), Some("bank.example"));
        assert_eq!(host("http://127.0.0.1:8000/x").as_deref(), Some("127.0.0.1"));
        for bad in [
            "http://bank.example/",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "https://bank.example@evil.example/",
            "https://",
            "no address",
        ] {
            assert_eq!(host(bad), None, "{bad}");
        }
        assert_eq!(host(&format!("https://a.example/{}", "x".repeat(3_000))), None);
    }

    #[test]
    fn a_flood_of_progress_is_dropped_and_not_waited_for() {
        let guest = guest();
        let (meanwhile, mut heard) = Meanwhile::line();
        let _attending = guest.attend("a", &meanwhile);
        for _ in 0..1_000 {
            guest.progress(Progress {
                done: f64::NAN,
                total: Some(f64::INFINITY),
                message: Some("x".repeat(10_000)),
            });
        }
        let mut told = 0;
        while let Ok(super::super::meanwhile::Word::Progress(progress)) = heard.try_recv() {
            assert_eq!((progress.done, progress.total), (0.0, None));
            assert_eq!(progress.message.map(|message| message.len()), Some(PROGRESS));
            told += 1;
        }
        assert!((1..100).contains(&told), "{told}");
    }
}
