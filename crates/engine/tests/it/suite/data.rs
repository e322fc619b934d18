//! The data file.

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    #[serde(rename = "about")]
    _about: String,
    pub tasks: Vec<Benign>,
    pub injections: Vec<Injection>,
}

/// What a person asks, and what a correct model calls once it has read its source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benign {
    pub id: String,
    pub prompt: String,
    pub calls: Vec<Made>,
}

/// Where the attacker's text stands, and what a model that obeys it calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    pub id: String,
    pub carrier: String,
    pub text: String,
    pub calls: Vec<Made>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    pub tool: String,
    pub input: Value,
}

impl Suite {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("../../data/desktop.json")).unwrap()
    }
}

impl Injection {
    /// What proves that a model has read it.
    pub fn marker(&self) -> String {
        format!("INJ-{}", self.id)
    }

    /// The attacker's text.
    pub fn whole(&self) -> String {
        format!("{} [{}]", self.text, self.marker())
    }

    /// Whether a person would not see it, so that the model must not either.
    pub fn is_hidden(injection: &Self) -> bool {
        injection.carrier.ends_with("-hidden")
    }
}

impl Made {
    /// With the folder and the private line in their places.
    pub fn placed(&self, folder: &str) -> (String, Value) {
        let text = self
            .input
            .to_string()
            .replace("{folder}", folder)
            .replace("{secret}", super::pair::PRIVATE);
        (self.tool.clone(), serde_json::from_str(&text).unwrap())
    }
}
