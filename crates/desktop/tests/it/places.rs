//! Files and folders as they are on a disk.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsString;
use std::path::Path;

use deskhand_desktop::program::Places;
use deskhand_desktop::route::Route;
use url::Url;

#[test]
fn the_program_beside_the_window_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let (beside, on_path) = (folder.path().join("app"), folder.path().join("bin"));
    let name = format!("deskhand{EXE_SUFFIX}");
    for at in [&beside, &on_path] {
        std::fs::create_dir(at).unwrap();
        std::fs::write(at.join(&name), "").unwrap();
    }
    let mut places = Places {
        named: None,
        own: Some(beside.join("deskhand-desktop")),
        path: std::env::join_paths([Path::new("relative"), &on_path]).ok(),
    };
    assert_eq!(places.find(), Some(beside.join(&name)));
    std::fs::remove_file(beside.join(&name)).unwrap();
    assert_eq!(places.find(), Some(on_path.join(&name)));
    // A name that leads nowhere is a mistake to be told, not passed over.
    places.named = Some(OsString::from("/nowhere/deskhand"));
    assert_eq!(places.find(), None);
    assert_eq!(Places::default().find(), None);
}

#[test]
fn files_propose_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a & b.csv"), "1").unwrap();
    let route = Route::Folder {
        folder: folder.path().to_owned(),
        file: Some("a & b.csv".to_owned()),
    };
    assert_eq!(Route::of_word("a & b.csv", folder.path()), Some(route.clone()));
    let address = Url::from_file_path(folder.path().join("a & b.csv")).unwrap();
    assert_eq!(Route::of_word(address.as_str(), Path::new("/")), Some(route.clone()));
    let query: Vec<(String, String)> = Url::parse("http://x")
        .unwrap()
        .join(&route.path())
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect();
    assert_eq!(
        query,
        [
            ("folder".to_owned(), folder.path().to_str().unwrap().to_owned()),
            ("file".to_owned(), "a & b.csv".to_owned())
        ]
    );
    assert_eq!(
        Route::of_path(folder.path()),
        Some(Route::Folder {
            folder: folder.path().to_owned(),
            file: None
        })
    );
    assert_eq!(Route::of_word("missing.csv", folder.path()), None);
}
