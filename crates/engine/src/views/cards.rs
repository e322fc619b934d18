//! Cards: questions of one turn that are about the same recipient come as one, with the list of what would be done
//! (`injection.md` 4.4, "group by (sink, target)"). Each stays a question of its own with an answer of its own, bound to
//! exactly its action; only the person reads and decides once.

use deskhand_types::{Ask, EffectClass, TaskId};

use super::InboxItem;

/// What questions that come as one card have in common: the tool, its effect, and whom or what it acts on.
pub(crate) type Sink = (String, EffectClass, Vec<(String, String)>);

/// What a question has in common with others of its turn. `None` where it is a card of its own: money, passwords, what
/// cannot be undone and what lasts are looked at one by one, and so is what names nobody.
pub(crate) fn sink(ask: &Ask) -> Option<Sink> {
    let Ask::Approve { action, grounds, .. } = ask else {
        return None;
    };
    let sends = matches!(action.effect, EffectClass::Outward | EffectClass::Fetch);
    if !sends || grounds.targets.is_empty() {
        return None;
    }
    let targets = grounds.targets.iter();
    let targets = targets
        .map(|target| (target.param.clone(), target.value.clone()))
        .collect();
    Some((action.tool.clone(), action.effect, targets))
}

/// What puts open questions on one card: the task, the sub-agent that asks, and what they have in common.
type Key = (TaskId, Option<String>, Sink);

/// Open questions as cards, each of one question or more, in the order of their first ones.
pub fn cards(items: Vec<InboxItem>) -> Vec<Vec<InboxItem>> {
    let mut cards: Vec<(Option<Key>, Vec<InboxItem>)> = Vec::new();
    for item in items {
        let key = sink(&item.ask).map(|sink| (item.task.clone(), item.agent.clone(), sink));
        match cards.iter_mut().find(|(known, _)| key.is_some() && *known == key) {
            Some((_, card)) => card.push(item),
            None => cards.push((key, vec![item])),
        }
    }
    cards.into_iter().map(|(_, card)| card).collect()
}
