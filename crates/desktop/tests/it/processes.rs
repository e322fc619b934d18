//! Programs that stand in for `deskhand`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use deskhand_desktop::service::Service;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// A program that runs `script` in a shell, and the folder it is in.
fn program(script: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deskhand");
    let mut file = std::fs::File::create(&path).unwrap();
    write!(file, "#!/bin/sh\ncd '{}'\n{script}\n", folder.path().display()).unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    (folder, path)
}

const LINK: &str = r#"echo '{"url":"http://127.0.0.1:4711/#token=ab","port":4711,"pid":'$$'}'"#;

fn exists(pid: u32) -> bool {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::test_kill_process(pid).is_ok()
}

#[test]
fn a_service_is_begun_and_ended_in_good_order() {
    let (folder, program) = program(&format!(
        "echo \"$@\" > arguments\ntrap 'echo asked > ending; exit 0' TERM\n{LINK}\nwhile :; do sleep 0.05; done"
    ));
    let service = Service::start(&program, PATIENCE).unwrap();
    let pid = service.link().pid();
    assert_eq!(service.link().home().as_str(), "http://127.0.0.1:4711/");
    assert!(service.is_own() && exists(pid));
    service.stop(PATIENCE);
    assert!(!exists(pid));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(
        (read("arguments").as_str(), read("ending").as_str()),
        ("serve --json\n", "asked\n")
    );
}

#[test]
fn a_service_that_does_not_listen_is_made_to_end() {
    let (_folder, program) = program(&format!("trap '' TERM\n{LINK}\nwhile :; do sleep 0.05; done"));
    let service = Service::start(&program, PATIENCE).unwrap();
    let pid = service.link().pid();
    service.stop(Duration::from_millis(100));
    assert!(!exists(pid));
}

#[test]
fn a_service_that_runs_already_is_left_alone() {
    // The process that serves is another one: here, this test.
    let link = LINK.replace("$$", &std::process::id().to_string());
    let (_folder, program) = program(&link);
    let mut service = Service::start(&program, PATIENCE).unwrap();
    assert_eq!(service.link().pid(), std::process::id());
    assert!(!service.is_own());
    assert_eq!(service.ended(), None);
    service.stop(Duration::ZERO);
}

#[test]
fn a_wrapper_around_the_service_counts_as_the_service() {
    let link = LINK.replace("$$", "1");
    let (_folder, program) = program(&format!("{link}\nexec sleep 600"));
    let service = Service::start(&program, PATIENCE).unwrap();
    assert!(service.is_own());
    service.stop(PATIENCE);
}

#[test]
fn how_a_service_died_is_told() {
    let (_folder, program) = program(&format!("{LINK}\necho 'the disk is full' >&2\nexit 3"));
    let mut service = Service::start(&program, PATIENCE).unwrap();
    let ended = (0..100).find_map(|_| service.ended());
    let ended = ended.unwrap();
    assert!(ended.starts_with("It ended with exit status: 3."), "{ended}");
}

#[test]
fn why_there_is_no_service_is_told() {
    let error = |script: &str, patience| {
        let (_folder, program) = program(script);
        Service::start(&program, patience).unwrap_err().to_string()
    };
    assert_eq!(
        error(
            "echo 'deskhand: the data folder is on a full disk' >&2\necho 'free some room' >&2\nexit 1",
            PATIENCE
        ),
        "Deskhand's service ended at once (exit status: 1).\n\ndeskhand: the data folder is on a full disk\nfree some room"
    );
    assert_eq!(
        error("exit 0", PATIENCE),
        "Deskhand's service ended at once (exit status: 0)."
    );
    assert_eq!(
        error(
            "echo '{\"url\":\"http://example.org:80/#token=ab\",\"pid\":1}'\nexec sleep 600",
            PATIENCE
        ),
        "Deskhand's service started, but its link does not lead to this computer."
    );
    let began = Instant::now();
    assert_eq!(
        error("exec sleep 600", Duration::from_secs(1)),
        "Deskhand's service did not answer within 1 seconds."
    );
    assert!(began.elapsed() < PATIENCE);
    let missing = Service::start(&PathBuf::from("/nowhere/deskhand"), PATIENCE).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("/nowhere/deskhand could not be started: "),
        "{missing}"
    );
}

#[test]
fn a_service_that_says_much_is_not_held_up() {
    let much = "i=0; while [ $i -lt 3000 ]; do echo 'a line of some forty characters, or a few more'; i=$((i+1)); done";
    let (folder, program) = program(&format!(
        "{LINK}\n{much}\n({much}) >&2\necho yes > through\nexec sleep 600"
    ));
    let service = Service::start(&program, PATIENCE).unwrap();
    let through = folder.path().join("through");
    let began = Instant::now();
    while !through.exists() && began.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(through.exists());
    service.stop(PATIENCE);
}
