//! What a listener has put together is what a newcomer is given.

use std::collections::BTreeSet;

use deskhand_server::{
    api::{TaskPage, TaskUpdate},
    view::{Outside, Thread},
};
use proptest::{prelude::*, sample::Index};

use super::any::any_log;

fn outside() -> Outside {
    Outside {
        title: Some("Mine".to_owned()),
        working: true,
        ..Outside::default()
    }
}

/// What the interface does with an update.
fn merge(page: &mut TaskPage, update: TaskUpdate) {
    page.seq = update.seq;
    page.head = update.head;
    for item in update.items {
        match page.items.iter_mut().find(|known| known.key == item.key) {
            Some(known) => *known = item,
            None => page.items.push(item),
        }
    }
    if let Some(rail) = update.rail {
        page.rail = rail;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_page_with_the_changes_since_is_the_page_from_scratch(log in any_log(), cut in any::<Index>()) {
        let cut = cut.index(log.events.len());
        let whole = log.thread();
        let mut page = Thread::replay(&log.events[..=cut]).unwrap().page(&outside());
        let update = whole.since(page.seq, &outside());
        merge(&mut page, update.clone());
        prop_assert_eq!(&page, &whole.page(&outside()));
        // A message that comes twice changes nothing.
        merge(&mut page, update);
        prop_assert_eq!(page, whole.page(&outside()));
    }

    /// As a listener hears it: every event by itself.
    #[test]
    fn updates_event_by_event_give_the_page_from_scratch(log in any_log()) {
        let (first, rest) = log.events.split_first().unwrap();
        let mut thread = Thread::begin(first).unwrap();
        let mut page = thread.page(&outside());
        for event in rest {
            thread.apply(event);
            let update = thread.since(page.seq, &outside());
            merge(&mut page, update);
            prop_assert_eq!(&page, &thread.page(&outside()));
        }
        prop_assert_eq!(page, log.thread().page(&outside()));
    }

    #[test]
    fn keys_are_unique_and_events_that_are_known_change_nothing(log in any_log(), again in any::<Index>()) {
        let mut thread = log.thread();
        let page = thread.page(&outside());
        let keys: BTreeSet<_> = page.items.iter().map(|item| &item.key).collect();
        prop_assert_eq!(keys.len(), page.items.len());
        for event in &log.events[again.index(log.events.len())..] {
            thread.apply(event);
        }
        prop_assert_eq!(thread.page(&outside()), page);
    }

    /// Not even a log that is out of order makes it panic.
    #[test]
    fn a_shuffled_log_is_folded(log in any_log().prop_flat_map(|log| Just(log.events).prop_shuffle())) {
        if let Some(thread) = Thread::replay(&log) {
            thread.page(&outside());
            for item in thread.page(&outside()).items {
                deskhand_server::view::call(&log, &item.key);
            }
        }
    }
}

#[test]
fn an_update_carries_only_what_changed() {
    let log = super::story::everything();
    let thread = log.thread();
    let last = thread.seq();
    let nothing = thread.since(last, &outside());
    assert_eq!((nothing.items.len(), nothing.rail), (0, None));
    // Of the strays at the end only the skill (offered, and used), the connector, the hook and the notes are told. What was used is named beside
    // the conversation, too; the hook, and what comes after it, changes nothing else.
    let strays = thread.since(last - 25, &outside());
    assert_eq!((strays.items.len(), strays.rail.is_some()), (5, true));
    let hook = thread.since(last - 9, &outside());
    assert_eq!((hook.items.len(), hook.rail), (2, None));
    let end = thread.since(last - 27, &outside());
    assert_eq!((end.items.len(), end.rail.is_some()), (6, true));
}
