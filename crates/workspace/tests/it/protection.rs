//! Protected places and which folders may be granted.

use std::path::Path;

use deskhand_types::{Coded, GrantMode};
use deskhand_workspace::protect::{judge, places};
use deskhand_workspace::{Edit, GlobQuery, GrepQuery, WorkspaceError};

use crate::support::{Desk, at, delete, grant, rename, write};

fn code<T: std::fmt::Debug>(result: Result<T, WorkspaceError>) -> String {
    result.unwrap_err().code().to_string()
}

#[test]
fn protected_places_inside_a_grant_do_not_exist() {
    let desk = Desk::new();
    desk.put(".ssh/id_ed25519", "canary-key");
    desk.put("home/.config/gcloud/credentials.db", "canary-key");
    desk.put("home/.config/app/settings", "fine");
    desk.put("x/Library/Keychains/login.keychain-db", "canary-key");
    desk.put("site/.env", "canary-key");
    desk.put("site/.env.local", "canary-key");
    desk.put("id_rsa", "canary-key");
    desk.put("Safe.KDBX", "canary-key");
    for name in [
        ".ssh/id_ed25519",
        ".ssh",
        "home/.config/gcloud/credentials.db",
        "x/Library/Keychains/login.keychain-db",
        "site/.env",
        "site/.env.local",
        "id_rsa",
        "Safe.KDBX",
    ] {
        assert_eq!(code(desk.workspace.stat(&at(name))), "workspace.protected", "{name}");
        assert_eq!(
            code(desk.prepare(vec![write(name, "x")])),
            "workspace.protected",
            "{name}"
        );
        assert_eq!(code(desk.prepare(vec![delete(name)])), "workspace.protected", "{name}");
        assert_eq!(
            code(desk.prepare(vec![rename(name, "taken")])),
            "workspace.protected",
            "{name}"
        );
    }
    assert_eq!(
        desk.workspace.read(&at("home/.config/app/settings"), 10).unwrap(),
        b"fine"
    );
    let search = GrepQuery {
        hidden: true,
        ..GrepQuery::new("canary-key")
    };
    assert_eq!(desk.workspace.grep(&search).unwrap().files, vec![]);
    let search = GrepQuery {
        path: Some(at("home/.config")),
        ..search
    };
    assert_eq!(desk.workspace.grep(&search).unwrap().files, vec![]);
    assert_eq!(
        desk.workspace
            .glob(&GlobQuery {
                hidden: true,
                ..GlobQuery::new("**/*id*")
            })
            .unwrap()
            .total,
        0
    );
    // Nor can they be got at by moving what is around them.
    assert_eq!(
        code(desk.prepare(vec![rename("home/.config", "config")])),
        "workspace.protected"
    );
    assert_eq!(code(desk.prepare(vec![delete("home")])), "workspace.bad-edit");
    let set = desk.apply(vec![rename("home", "casa")]);
    assert_eq!(
        code(desk.workspace.stat(&at("casa/.config/gcloud/credentials.db"))),
        "workspace.protected"
    );
    desk.undo(&set).1.unwrap();
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_into_protected_places() {
    let desk = Desk::new();
    desk.put(".ssh/id", "canary-key");
    std::os::unix::fs::symlink(".ssh", desk.work().join("notes")).unwrap();
    std::os::unix::fs::symlink(".ssh/id", desk.work().join("note")).unwrap();
    assert_eq!(code(desk.workspace.read(&at("notes/id"), 100)), "workspace.protected");
    assert_eq!(code(desk.workspace.read(&at("note"), 100)), "workspace.protected");
    assert_eq!(code(desk.workspace.list(&at("notes"), 100)), "workspace.protected");
}

#[test]
fn given_places_are_protected_by_identity() {
    let data = std::cell::OnceCell::new();
    let desk = Desk::with(|options| {
        let dir = tempfile::tempdir().unwrap();
        options.protected = vec![dir.path().to_owned()];
        data.set(dir).unwrap();
    });
    let data = data.get().unwrap().path();
    std::fs::write(data.join("log.db"), "canary").unwrap();
    let parent = data.parent().unwrap();
    desk.workspace
        .add_grant(grant("parent", parent, GrantMode::ReadWrite))
        .unwrap();
    let inside = desk.workspace.locate(data.join("log.db").to_str().unwrap()).unwrap();
    assert_eq!(code(desk.workspace.read(&inside, 100)), "workspace.protected");
    assert_eq!(
        code(desk.workspace.add_grant(grant("data", data, GrantMode::ReadWrite))),
        "workspace.protected"
    );
    let edit = Edit::Write {
        path: inside.clone(),
        bytes: vec![],
        expect: None,
    };
    assert_eq!(code(desk.prepare(vec![edit])), "workspace.protected");
    let found = desk.workspace.grep(&GrepQuery {
        path: deskhand_workspace_parent(&inside),
        ..GrepQuery::new("canary")
    });
    assert_eq!(found.unwrap_err().code().as_str(), "workspace.protected");
}

fn deskhand_workspace_parent(path: &deskhand_types::GuestPath) -> Option<deskhand_types::GuestPath> {
    path.as_str()
        .rsplit_once('/')
        .map(|(head, _)| deskhand_types::GuestPath::new(head))
}

#[test]
fn judging_folders() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let home = root.join("people/ana");
    for sub in [
        "Documents",
        ".ssh/keys",
        ".config/google-chrome/Default",
        ".local/share/deskhand/blobs",
    ] {
        std::fs::create_dir_all(home.join(sub)).unwrap();
    }
    std::fs::create_dir_all(root.join("shared")).unwrap();
    std::fs::write(home.join("file.txt"), "").unwrap();
    let app = vec![home.join(".local/share/deskhand")];
    let judge = |folder: &Path, outside| {
        judge(folder, Some(&home), &app, outside).map_err(|refusal| refusal.code().to_string())
    };
    let documents = judge(&home.join("Documents"), false).unwrap();
    assert_eq!(
        (documents.path, documents.outside_home, documents.masked),
        (home.join("Documents"), false, vec![])
    );
    let whole = judge(&home, false).unwrap();
    assert_eq!(
        whole.masked,
        vec![
            home.join(".config/google-chrome"),
            home.join(".local/share/deskhand"),
            home.join(".ssh")
        ]
    );
    let refused = |folder: &Path, outside| judge(folder, outside).unwrap_err();
    assert_eq!(refused(&home.join(".ssh"), true), "workspace.folder-protected");
    assert_eq!(refused(&home.join(".ssh/keys"), true), "workspace.folder-protected");
    assert_eq!(
        refused(&home.join(".config/google-chrome/Default"), true),
        "workspace.folder-protected"
    );
    assert_eq!(
        refused(&home.join(".local/share/deskhand/blobs"), true),
        "workspace.folder-protected"
    );
    assert_eq!(refused(&root.join("people"), true), "workspace.folder-too-wide");
    assert_eq!(refused(Path::new("/"), true), "workspace.folder-too-wide");
    assert_eq!(refused(&root.join("shared"), false), "workspace.folder-outside-home");
    assert!(judge(&root.join("shared"), true).unwrap().outside_home);
    assert_eq!(refused(&home.join("file.txt"), false), "workspace.folder-not-a-folder");
    assert_eq!(refused(&home.join("none"), false), "workspace.folder-unreachable");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(home.join(".ssh"), home.join("Documents/innocent")).unwrap();
        assert_eq!(
            refused(&home.join("Documents/innocent"), true),
            "workspace.folder-protected"
        );
        for system in ["/etc", "/usr/bin", "/proc/self", "/dev"] {
            assert_eq!(refused(Path::new(system), true), "workspace.folder-system", "{system}");
        }
    }
    assert!(places(Some(&home), &app).contains(&home.join(".gnupg")));
}
