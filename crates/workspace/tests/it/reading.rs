//! Locating, looking, reading and listing.

use deskhand_types::{Coded, GrantMode, GuestPath};
use deskhand_workspace::{Hydration, Kind, Placeholder, WorkspaceError};

use crate::support::{Desk, at, grant};

fn code<T: std::fmt::Debug>(result: Result<T, WorkspaceError>) -> String {
    result.unwrap_err().code().to_string()
}

#[test]
fn locates_all_the_forms_models_write() {
    let desk = Desk::new();
    desk.put("a/b.csv", "1");
    let host = desk.work().join("a/b.csv");
    for text in [
        "/mnt/work/a/b.csv",
        "/mnt/work/x/../a/./b.csv",
        "work/a/b.csv",
        "a/b.csv",
        "./a/b.csv",
        host.to_str().unwrap(),
        "/mnt/work//a/b.csv/",
    ] {
        assert_eq!(desk.workspace.locate(text).unwrap(), at("a/b.csv"), "{text}");
    }
    assert_eq!(desk.workspace.locate("work").unwrap(), at(""));
    assert_eq!(desk.workspace.locate("new.csv").unwrap(), at("new.csv"));
    assert_eq!(
        code(desk.workspace.locate("/mnt/work/../../etc/passwd")),
        "workspace.outside-grant"
    );
    assert_eq!(code(desk.workspace.locate("/etc/passwd")), "workspace.outside-grant");
    assert_eq!(code(desk.workspace.locate("../x")), "workspace.outside-grant");
    assert_eq!(code(desk.workspace.locate("~/x")), "workspace.outside-grant");
    assert_eq!(code(desk.workspace.locate("/mnt/wrong/x")), "workspace.no-such-grant");
    assert_eq!(
        code(desk.workspace.locate("\\\\server\\share\\x")),
        "workspace.bad-path"
    );
    assert_eq!(code(desk.workspace.locate("\\\\?\\C:\\x")), "workspace.bad-path");
    assert_eq!(code(desk.workspace.locate("//server/share")), "workspace.bad-path");
    assert_eq!(code(desk.workspace.locate("a\0b")), "workspace.bad-path");
    assert_eq!(code(desk.workspace.locate("  ")), "workspace.bad-path");
    let error = desk.workspace.locate("/mnt/wrong/x").unwrap_err();
    assert_eq!(
        error.to_string(),
        "/mnt/wrong/x is in no granted folder (granted: /mnt/work)"
    );
    assert!(error.hint().unwrap().contains("/mnt/<folder>/<file>"));
}

#[test]
fn relative_paths_with_several_grants() {
    let desk = Desk::new();
    desk.workspace
        .add_grant(grant("outputs", &desk.outside(), GrantMode::ReadWrite))
        .unwrap();
    assert_eq!(
        desk.workspace.locate("a.csv").unwrap(),
        at("a.csv"),
        "outputs do not count"
    );
    let second = desk.dir.path().join("second");
    std::fs::create_dir(&second).unwrap();
    desk.workspace
        .add_grant(grant("second", &second, GrantMode::ReadWrite))
        .unwrap();
    assert_eq!(code(desk.workspace.locate("a.csv")), "workspace.no-such-grant");
    std::fs::write(second.join("a.csv"), "").unwrap();
    assert_eq!(
        desk.workspace.locate("a.csv").unwrap(),
        GuestPath::new("/mnt/second/a.csv")
    );
}

#[test]
fn names_are_found_in_another_unicode_form() {
    let desk = Desk::new();
    desk.put("re\u{301}sume\u{301}/Shot 1\u{202f}PM.png", "x");
    let spelled = at("re\u{301}sume\u{301}/Shot 1\u{202f}PM.png");
    assert_eq!(
        desk.workspace.locate("/mnt/work/résumé/Shot 1 PM.png").unwrap(),
        spelled
    );
    assert_eq!(desk.workspace.read(&spelled, 10).unwrap(), b"x");
    // A file that is there as written is taken as written.
    desk.put("résumé/x", "y");
    assert_eq!(desk.workspace.locate("résumé/x").unwrap(), at("résumé/x"));
}

#[test]
fn reads_whole_files_within_the_limit() {
    let desk = Desk::new();
    desk.put("a.txt", "hello");
    assert_eq!(desk.workspace.read(&at("a.txt"), 5).unwrap(), b"hello");
    assert_eq!(code(desk.workspace.read(&at("a.txt"), 4)), "workspace.too-large");
    assert_eq!(code(desk.workspace.read(&at(""), 4)), "workspace.not-a-file");
    assert_eq!(code(desk.workspace.read(&at("b.txt"), 4)), "workspace.not-found");
    assert_eq!(code(desk.workspace.read(&at("a.txt/b"), 4)), "workspace.not-a-folder");
    let (mut file, size) = desk.workspace.open(&at("a.txt")).unwrap();
    assert_eq!(
        (std::io::read_to_string(&mut file).unwrap().as_str(), size),
        ("hello", 5)
    );
}

#[test]
fn lists_folders_first() {
    let desk = Desk::new();
    desk.put("b.txt", "bb");
    desk.put("Zeta/x", "");
    desk.put("A.txt", "a");
    desk.put(".deskhand-x-1.tmp", "never shown");
    desk.put(".ssh/id", "never shown");
    let listing = desk.workspace.list(&at(""), 10).unwrap();
    let shown: Vec<_> = listing
        .entries
        .iter()
        .map(|e| (e.path.file_name().to_owned(), e.kind, e.size))
        .collect();
    assert_eq!(shown[0].0, "Zeta");
    assert_eq!(
        shown[1..],
        [("A.txt".to_owned(), Kind::File, 1), ("b.txt".to_owned(), Kind::File, 2)]
    );
    assert_eq!((listing.truncated, listing.unreadable), (0, 0));
    assert_eq!(desk.workspace.list(&at(""), 1).unwrap().truncated, 2);
}

#[test]
fn placeholders_are_refused_by_name() {
    let desk = Desk::new();
    desk.put("Plan.gsheet", "{\"doc_id\": \"1\"}");
    desk.put(".Report.docx.icloud", "bplist00");
    let kind = |name: &str| match desk.workspace.read(&at(name), 100) {
        Err(WorkspaceError::Placeholder { kind, .. }) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind("Plan.gsheet"), Placeholder::WebDocument);
    assert_eq!(kind(".Report.docx.icloud"), Placeholder::IcloudStub);
    assert_eq!(kind("Report.docx"), Placeholder::IcloudStub);
    assert_eq!(
        desk.workspace.stat(&at("Plan.gsheet")).unwrap().placeholder,
        Some(Placeholder::WebDocument)
    );
    // They can still be moved about: their own bytes are what they are.
    let set = desk.apply(vec![
        crate::support::rename("Plan.gsheet", "old/Plan.gsheet"),
        crate::support::delete(".Report.docx.icloud"),
    ]);
    desk.undo(&set).1.unwrap();
    assert_eq!(desk.text(".Report.docx.icloud"), "bplist00");
    assert_eq!(Hydration::default(), Hydration::Refuse);
}

#[cfg(target_os = "linux")]
#[test]
fn fewer_bytes_than_the_file_has_is_an_error() {
    // Files in /sys say they have 4096 bytes and give fewer: what a failing sync client does.
    let desk = Desk::new();
    desk.workspace
        .add_grant(grant("sys", std::path::Path::new("/sys/kernel"), GrantMode::ReadOnly))
        .unwrap();
    let error = desk
        .workspace
        .read(&GuestPath::new("/mnt/sys/fscaps"), 1 << 20)
        .unwrap_err();
    assert!(matches!(error, WorkspaceError::ShortRead { size: 4096, .. }), "{error}");
}
