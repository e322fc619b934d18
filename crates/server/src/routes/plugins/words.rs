//! What the engine knows of plugins, as the interface reads it.

use deskhand_engine::{MarketplaceLine, OfferLine, PluginLine, PluginState, Review};

use crate::api::{Marketplace, NamedPlace, Plugin, PluginAgent, PluginAsk, PluginReview, PluginRun, RunPlace};

/// Stands between the contents of a plugin and of those it needs in a review's token.
pub(super) const BETWEEN: char = ',';

/// An installed plugin.
pub(super) fn plugin(line: PluginLine) -> Plugin {
    Plugin {
        id: line.id,
        title: line.name,
        about: line.description.unwrap_or_default(),
        version: line.version,
        marketplace: line.marketplace,
        installed: true,
        enabled: line.state == PluginState::InForce,
        unchanged: matches!(line.state, PluginState::InForce | PluginState::Off),
        unavailable: None,
    }
}

/// One that could be installed.
pub(super) fn offer(offer: OfferLine) -> Plugin {
    let marketplace = offer.id.rsplit_once('@').map_or("", |(_, market)| market).to_owned();
    Plugin {
        id: offer.id,
        title: offer.name,
        about: offer.description.unwrap_or_default(),
        version: String::new(),
        marketplace,
        installed: false,
        enabled: false,
        unchanged: true,
        unavailable: offer.unavailable,
    }
}

/// A plugin and those it needs, as one.
pub(super) fn review(reviews: &[&Review]) -> PluginReview {
    let contents: Vec<&str> = reviews.iter().map(|review| review.content.as_str()).collect();
    let mut whole = PluginReview {
        token: contents.join(&BETWEEN.to_string()),
        ..PluginReview::default()
    };
    for (at, review) in reviews.iter().enumerate() {
        if at > 0 {
            whole
                .notes
                .push(format!("It needs {}, which is installed with it.", review.id));
        }
        whole
            .skills
            .extend(review.skills.iter().chain(&review.commands).cloned());
        whole.agents.extend(review.agents.iter().map(|agent| PluginAgent {
            name: agent.name.clone(),
            tools: agent.tools_in_words(),
            prompt: agent.prompt.clone(),
        }));
        whole.asks.extend(review.asks.iter().map(|(key, option)| PluginAsk {
            key: key.clone(),
            title: option.title.clone(),
            required: option.required,
            secret: option.sensitive,
        }));
        for (place, list) in [
            (RunPlace::Sandbox, &review.hooks),
            (RunPlace::Model, &review.model_hooks),
            (RunPlace::Outside, &review.outward_hooks),
            (RunPlace::Computer, &review.local_servers),
            (RunPlace::Nowhere, &review.language_servers),
            (RunPlace::Nowhere, &review.monitors),
        ] {
            let run = |(when, command): &(String, String)| PluginRun {
                when: when.clone(),
                command: command.clone(),
                place,
            };
            whole.runs.extend(list.iter().map(run));
        }
        let named = |(name, address): &(String, String)| NamedPlace {
            name: name.clone(),
            address: address.clone(),
        };
        whole.connectors.extend(review.remote_servers.iter().map(named));
        let programs = |what: &str, names: &[String]| {
            (!names.is_empty()).then(|| format!("It brings {what}: {}", names.join(", ")))
        };
        whole.notes.extend(programs(
            "programs, which commands of a task in the sandbox find by their names",
            &review.bin,
        ));
        whole.notes.extend(programs("bundles of servers", &review.bundles));
        whole
            .notes
            .extend(review.findings.iter().map(|finding| finding.message.clone()));
    }
    whole
}

/// A marketplace.
pub(super) fn market(line: MarketplaceLine) -> Marketplace {
    Marketplace {
        name: line.name,
        source: line.source,
        plugins: line.plugins.map(|count| u32::try_from(count).unwrap_or(u32::MAX)),
    }
}
