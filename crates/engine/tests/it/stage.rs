//! A played sandbox: commands are lines of a little language, and the layer they leave is made from them.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deskhand_engine::{OpenRoom, Rooms, Tell};
use deskhand_sandbox::{Captured, Command, Exited, Limits, Output, Ran, RoomSetup, SandboxError, Why};
use deskhand_types::{GuestPath, LeftOut, Overlaid, OverlayEntry, Tier};
use deskhand_wire::mux::{Mux, Side};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

/// What was asked of the sandbox, over all rooms.
#[derive(Default)]
pub struct Stage {
    /// Commands that were run.
    pub runs: AtomicU32,
    /// Commands that run now.
    pub running: Arc<AtomicU32>,
    /// The folders of each room that was opened.
    pub rooms: Mutex<Vec<Vec<(String, bool)>>>,
    /// Rooms that were closed.
    pub closed: AtomicU32,
    /// Where each command started.
    pub folders: Mutex<Vec<String>>,
    /// Commands that hold a text, and what they give: code, output, errors. Others are lines of the little language.
    pub answers: Mutex<Vec<(String, i32, String, String)>>,
    /// Whether no room can be opened, as after an update of the system that broke what rooms need.
    pub broken: AtomicBool,
    /// The commands that were answered so.
    pub texts: Mutex<Vec<String>>,
    /// The conversations those of them could read that are hooks.
    pub talks: Mutex<Vec<String>>,
}

impl Stage {
    /// Whatever command holds `text` gives this.
    pub fn answer(&self, text: &str, code: i32, out: &str, err: &str) {
        let answer = (text.to_owned(), code, out.to_owned(), err.to_owned());
        self.answers.lock().unwrap().push(answer);
    }
}

pub struct Played(pub Arc<Stage>);

#[async_trait]
impl Rooms for Played {
    fn limits(&self) -> Limits {
        Limits {
            memory: 1,
            processes: 1,
            cpu_percent: 1,
            disk: 1,
        }
    }

    async fn open(&self, tier: Tier, setup: RoomSetup) -> Result<Box<dyn OpenRoom>, SandboxError> {
        if self.0.broken.load(Ordering::SeqCst) {
            return Err(SandboxError::Unavailable {
                why: "the driver does not load".to_owned(),
                hint: "Wait for the next update.".to_owned(),
            });
        }
        self.0.rooms.lock().unwrap().push(setup.folders.clone());
        Ok(Box::new(PlayedRoom {
            stage: self.0.clone(),
            tier,
            setup,
        }))
    }
}

struct PlayedRoom {
    stage: Arc<Stage>,
    tier: Tier,
    setup: RoomSetup,
}

#[async_trait]
impl OpenRoom for PlayedRoom {
    async fn run(
        &self,
        command: Command,
        output: &mut Tell<'_>,
        cancel: CancellationToken,
    ) -> Result<Ran, SandboxError> {
        self.stage.runs.fetch_add(1, Ordering::SeqCst);
        let _running = Running::new(&self.stage.running);
        self.stage.folders.lock().unwrap().push(command.cwd.clone());
        let mut play = Play {
            room: self,
            said: Vec::new(),
            changes: Vec::new(),
            left_out: Vec::new(),
            anew: None,
            exited: Exited {
                code: 0,
                why: Why::Finished,
                cpu_ms: 1,
                peak_memory: 2,
            },
        };
        let answers = self.stage.answers.lock().unwrap().clone();
        let answer = answers
            .into_iter()
            .find(|(text, ..)| command.text.contains(text.as_str()));
        if let Some((_, code, out, err)) = answer {
            self.stage.texts.lock().unwrap().push(command.text.clone());
            let talk = command.text.split("\"transcript_path\":\"").nth(1);
            // Empty: the room has none.
            if let Some((path, _)) = talk
                .and_then(|rest| rest.split_once('"'))
                .filter(|(path, _)| !path.is_empty())
            {
                let file = self.setup.shared.open(&GuestPath::new(path)).unwrap();
                let mut bytes = vec![0; usize::try_from(file.shared().unwrap().size).unwrap()];
                assert_eq!(file.read_at(0, &mut bytes).unwrap(), bytes.len());
                let talk = String::from_utf8(bytes).unwrap();
                self.stage.talks.lock().unwrap().push(talk);
            }
            play.exited.code = code;
            play.said = format!("{out}{err}").into_bytes();
            output(Output::Stdout, out.as_bytes());
            output(Output::Stderr, err.as_bytes());
            return Ok(play.ran());
        }
        for line in command.text.lines() {
            let before = play.said.len();
            play.line(line, &cancel).await?;
            output(Output::Stdout, &play.said[before..]);
            if play.exited.why != Why::Finished {
                break;
            }
        }
        Ok(play.ran())
    }

    async fn close(&self) {
        self.stage.closed.fetch_add(1, Ordering::SeqCst);
    }
}

/// Counts a command as long as it runs.
struct Running(Arc<AtomicU32>);

impl Running {
    fn new(count: &Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Play<'a> {
    room: &'a PlayedRoom,
    said: Vec<u8>,
    changes: Vec<OverlayEntry>,
    left_out: Vec<LeftOut>,
    anew: Option<String>,
    exited: Exited,
}

impl Play<'_> {
    fn ran(self) -> Ran {
        let bytes = self.said.len() as u64;
        Ran {
            exited: self.exited,
            tier: self.room.tier,
            output: Captured {
                head: self.said,
                tail: Vec::new(),
                bytes,
                full: None,
            },
            changes: self.changes,
            left_out: self.left_out,
            refused: None,
            anew: self.anew,
        }
    }

    async fn line(&mut self, line: &str, cancel: &CancellationToken) -> Result<(), SandboxError> {
        let mut words = line.splitn(3, ' ');
        let (verb, first, rest) = (
            words.next().unwrap(),
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        match verb {
            "say" => self.said.extend_from_slice(format!("{first} {rest}").trim().as_bytes()),
            "fill" => self.said.extend(std::iter::repeat_n(b'x', first.parse().unwrap())),
            "write" => {
                let hash = self.room.setup.blobs.put(rest.as_bytes()).unwrap();
                self.leave(
                    first,
                    Overlaid::File {
                        hash,
                        size: rest.len() as u64,
                        mode: 0o644,
                    },
                );
            }
            // Written without anybody knowing what was seen before.
            "blind" => {
                let hash = self.room.setup.blobs.put(rest.as_bytes()).unwrap();
                let what = Overlaid::File {
                    hash,
                    size: rest.len() as u64,
                    mode: 0o644,
                };
                self.changes.push(OverlayEntry {
                    path: GuestPath::new(first),
                    what,
                    seen: None,
                });
            }
            "mkdir" => self.leave(
                first,
                Overlaid::Folder {
                    mode: 0o755,
                    opaque: false,
                },
            ),
            "rm" => self.leave(first, Overlaid::Removed),
            "pipe" => self.left_out.push(LeftOut {
                path: first.to_owned(),
                why: "a named pipe".to_owned(),
            }),
            "exit" => self.exited.code = first.parse().unwrap(),
            "end" => {
                self.exited = Exited {
                    code: 137,
                    why: match first {
                        "memory" => Why::OutOfMemory,
                        "time" => Why::TimedOut,
                        _ => Why::TooMuchOutput,
                    },
                    ..self.exited
                }
            }
            // Somebody on the host changes a file meanwhile.
            "host" => std::fs::write(first, rest).unwrap(),
            "sleep" => {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(first.parse().unwrap())) => {}
                    () = cancel.cancelled() => self.exited.why = Why::Cancelled,
                }
            }
            "get" => self.get(first).await,
            // The machine before it is gone, and with it what was in the room.
            "anew" => self.anew = Some(format!("{first} {rest}").trim().to_owned()),
            // A machine that hears nothing any more.
            "deaf" => std::future::pending().await,
            "misbehaved" => {
                return Err(SandboxError::Misbehaved {
                    why: "it lied".to_owned(),
                });
            }
            "interrupted" => {
                return Err(SandboxError::Interrupted {
                    why: "it said nothing".to_owned(),
                });
            }
            "lost" => {
                return Err(SandboxError::Lost {
                    why: "it was pulled".to_owned(),
                });
            }
            other => panic!("{other}?"),
        }
        Ok(())
    }

    fn leave(&mut self, path: &str, what: Overlaid) {
        let path = GuestPath::new(path);
        let seen = self.room.setup.shared.look(&path).ok().map(|shared| shared.stamp);
        self.changes.push(OverlayEntry {
            path,
            what,
            seen: Some(seen),
        });
    }

    /// Asks the outlet for something, as a program in the room would.
    async fn get(&mut self, url: &str) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (inside, mut outside) = (Mux::new(ours, Side::Host), Mux::new(theirs, Side::Guest));
        let host = url.split('/').nth(2).unwrap_or_default();
        let mut client = inside.open().await.unwrap();
        client
            .write_all(format!("GET {url} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
            .await
            .unwrap();
        client.flush().await.unwrap();
        let (outlet, task) = (self.room.setup.outlet.clone(), self.room.setup.task.clone());
        let server = outside.accept().await.unwrap();
        let serving = tokio::spawn(async move { outlet.serve(&task, server).await });
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        serving.await.unwrap();
        self.said.extend(answer);
    }
}
