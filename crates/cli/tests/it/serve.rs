//! `deskhand serve`, as a process: its link, one for a data folder, killed in the middle of a task.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use deskhand_testkit::{ScriptedServer, Turn};
use serde_json::{Value, json};

use crate::home::Home;

/// A server in a process of its own; killed when dropped.
pub(crate) struct Served {
    child: Child,
    told: Value,
}

impl Served {
    pub fn start(home: &Home) -> Self {
        let mut child = home
            .online()
            .args(["serve", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        Self {
            child,
            told: serde_json::from_str(&line).unwrap(),
        }
    }

    /// The process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let port = u16::try_from(self.told["port"].as_u64().unwrap()).unwrap();
        let token = self.told["url"].as_str().unwrap().split("#token=").nth(1).unwrap();
        let body = body.to_string();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n\
             x-deskhand: 1\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    fn until_done(&self, task: &str) -> Value {
        let over = Instant::now() + Duration::from_secs(20);
        loop {
            let (_, page) = self.ask("GET", &format!("/tasks/{task}"), &json!({}));
            if page["head"]["status"] == "done" {
                return page;
            }
            assert!(Instant::now() < over, "{page:#}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn killed_in_mid_task_the_next_one_goes_on_and_does_nothing_twice() {
    let home = Home::with(ScriptedServer::responding(|_, number| match number {
        0 => Turn::new()
            .tool("Write", json!({"file_path": "/mnt/work/a.txt", "content": "one"}))
            .into(),
        1 => deskhand_testkit::Reply::from(Turn::new().text("never heard")).delay(Duration::from_secs(60)),
        _ => Turn::new().text("done").into(),
    }));
    let served = Served::start(&home);
    let new = json!({"prompt": "go", "folders": [{"path": home.work(), "mode": "rw"}]});
    let (status, made) = served.ask("POST", "/tasks", &new);
    assert_eq!(status, 201, "{made}");
    let task = made["id"].as_str().unwrap().to_owned();
    while home.server.requests().len() < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(served);
    assert!(home.work().join("a.txt").is_file(), "what it did stays");

    let served = Served::start(&home);
    let page = served.until_done(&task);
    assert_eq!(page["rail"]["changes"].as_array().unwrap().len(), 1);
    drop(served);
    home.run(&["log", "verify", &task]).expect(0);
}

#[test]
fn a_task_interrupted_on_the_command_line_waits_for_its_person() {
    let slow = deskhand_testkit::Reply::from(Turn::new().text("never heard")).delay(Duration::from_secs(60));
    let home = Home::new([slow]);
    let mut run = home
        .online()
        .args(["run", "-C", &home.work().display().to_string(), "go"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while home.server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    let served = Served::start(&home);
    let (_, tasks) = served.ask("GET", "/tasks", &json!({}));
    assert_eq!(tasks[0]["status"], "paused");
    assert_eq!(home.server.requests().len(), 1, "no model was asked anew");
}

#[test]
fn who_comes_second_is_told_the_first_ones_link() {
    let home = Home::new([]);
    let first = Served::start(&home);
    let second = home.run(&["serve", "--json"]).expect(0);
    assert_eq!(serde_json::from_str::<Value>(&second.stdout).unwrap(), first.told);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let told = home.data().join("serve.json");
        let mode = std::fs::metadata(told).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "the link's key is for this user only");
    }
    drop(first);
    // The lock ends with the process: another may serve now.
    let third = Served::start(&home);
    assert_ne!(third.told["pid"], json!(null));
}

/// On Linux all of 127.0.0.0/8 is this computer: whoever listens on every address answers there, too.
#[cfg(target_os = "linux")]
#[test]
fn it_listens_on_one_address_of_this_computer_and_no_other() {
    let home = Home::new([]);
    let served = Served::start(&home);
    let port = u16::try_from(served.told["port"].as_u64().unwrap()).unwrap();
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let elsewhere = TcpStream::connect(("127.0.0.2", port)).map(|_| "connected");
    assert_eq!(elsewhere.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    // Where this computer has IPv6 at all.
    assert!(TcpStream::connect(("::1", port)).is_err());
}

#[cfg(unix)]
#[test]
fn told_to_end_it_ends_well_and_leaves_no_link_behind() {
    let home = Home::new([]);
    let mut served = Served::start(&home);
    let told = home.data().join("serve.json");
    assert_eq!(
        serde_json::from_slice::<Value>(&std::fs::read(&told).unwrap()).unwrap(),
        served.told
    );
    let ended = std::process::Command::new("kill")
        .args(["-TERM", &served.child.id().to_string()])
        .status()
        .unwrap();
    assert!(ended.success());
    assert!(served.child.wait().unwrap().success());
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "");
}
