//! Every change to the disk is failed in turn: what is found after is the state before or after.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use deskhand_plugins::library::{Fault, Library, LibraryError, Scope, Verdict};

use crate::library::{Home, acme, acme_market, id};

/// From the operation `at` on everything fails, as when the power goes.
fn dies_at(at: usize) -> (Fault, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let seen = count.clone();
    let fault: Fault = Arc::new(move |_, _| {
        if seen.fetch_add(1, Ordering::SeqCst) >= at {
            Err(io::Error::other("the power went"))
        } else {
            Ok(())
        }
    });
    (fault, count)
}

/// Does a step with a failure at each of its operations; what is there after opening again must be the tree of before
/// or of after. Answers how many operations there were.
fn never_between(setup: &dyn Fn(&Library), step: &dyn Fn(&Library) -> Result<(), LibraryError>) -> usize {
    let mut at = 0;
    loop {
        let home = Home::new();
        setup(&home.open());
        let before = home.walk();
        let (fault, count) = dies_at(at);
        let done = home.faulty(fault).and_then(|library| step(&library));
        let library = home.open();
        let found = home.walk();
        for (id, _) in library.installed().unwrap() {
            assert_eq!(library.verify(&id).unwrap(), Verdict::Unchanged, "operation {at}");
        }
        if found == before {
            assert!(done.is_err(), "operation {at}: said to be done and is not");
        } else {
            assert!(done.is_ok(), "operation {at}: said not to be done and is");
            // The step on a disk without faults leads to the same.
            let clean = Home::new();
            setup(&clean.open());
            step(&clean.open()).unwrap();
            let expected = clean.open();
            let (a, b) = (library.installed().unwrap(), expected.installed().unwrap());
            assert_eq!(a, b, "operation {at}");
            let paths = |home: &Home| home.walk().into_keys().collect::<Vec<_>>();
            assert_eq!(paths(&home), paths(&clean), "operation {at}");
        }
        if count.load(Ordering::SeqCst) <= at {
            done.unwrap();
            return at;
        }
        at += 1;
    }
}

fn install(library: &Library) -> Result<(), LibraryError> {
    let prepared = library.install(&id("acme@market"), Scope::User)?;
    library.accept(prepared).map(drop)
}

#[test]
fn an_install_that_fails_anywhere_happened_or_did_not() {
    let folder = acme_market("1.0.0");
    let operations = never_between(
        &|library| {
            library.add_marketplace(&folder.path().display().to_string()).unwrap();
        },
        &install,
    );
    assert!(operations > 12, "{operations}");
}

#[test]
fn an_update_that_fails_anywhere_happened_or_did_not() {
    let folder = acme_market("1.0.0");
    let operations = never_between(
        &|library| {
            acme(&folder, "1.0.0");
            library.add_marketplace(&folder.path().display().to_string()).unwrap();
            install(library).unwrap();
            acme(&folder, "1.1.0");
        },
        &|library| {
            let prepared = library.update(&id("acme@market"))?.unwrap();
            library.accept(prepared).map(drop)
        },
    );
    assert!(operations > 12, "{operations}");
}

#[test]
fn a_removal_that_fails_anywhere_happened_or_did_not() {
    let folder = acme_market("1.0.0");
    let operations = never_between(
        &|library| {
            library.add_marketplace(&folder.path().display().to_string()).unwrap();
            install(library).unwrap();
            library.data_folder(&id("acme@market")).unwrap();
        },
        &|library| library.remove(&id("acme@market"), &Scope::User).map(drop),
    );
    assert!(operations > 4, "{operations}");
}
