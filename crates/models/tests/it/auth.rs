//! Where keys come from, how they are sent, and what is chosen when nothing is configured.

use std::sync::Arc;

use deskhand_models::{
    AuthStyle, KeySource, ModelsConfig, OpenAiApi, ProviderConfig, ProviderKind, build, default_model, parse_model,
    resolve,
};
use deskhand_testkit::{FakeClock, Recorded, Reply, ScriptedServer, Turn};
use deskhand_types::{Coded, ModelRef};

use crate::setup::{CANARY, Kind, TestClock, complete, config, hello, provider};

fn hi() -> Reply {
    Turn::new().text("Hello.").into()
}

/// The one request a provider makes in an environment.
async fn sent(config: &ProviderConfig, env: &[(&str, &str)], server: &ScriptedServer) -> Recorded {
    let env = |name: &str| {
        env.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    };
    let provider = build(config, &env).unwrap();
    complete(&*provider, &hello()).await.0.unwrap();
    server.requests().pop().unwrap()
}

#[tokio::test]
async fn anthropic_in_the_environment() {
    let server = ScriptedServer::start([hi().times(3)]);
    let config = ProviderConfig::new(ProviderKind::Anthropic);
    let base = format!("{}/team-a", server.base_url());
    let request = sent(
        &config,
        &[("ANTHROPIC_API_KEY", CANARY), ("ANTHROPIC_BASE_URL", &base)],
        &server,
    )
    .await;
    assert_eq!(request.path, "/team-a/v1/messages");
    assert_eq!(request.header("x-api-key"), Some(CANARY));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(request.header("content-type"), Some("application/json"));

    let base = format!("{}/v1/", server.base_url());
    let request = sent(
        &config,
        &[("ANTHROPIC_AUTH_TOKEN", CANARY), ("ANTHROPIC_BASE_URL", &base)],
        &server,
    )
    .await;
    assert_eq!(request.path, "/v1/messages");
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {CANARY}").as_str())
    );
    assert_eq!(request.header("x-api-key"), None);
}

#[tokio::test]
async fn foundry_in_the_environment() {
    let server = ScriptedServer::start([hi().times(2)]);
    let mut config = ProviderConfig::new(ProviderKind::Foundry);
    let base = format!("{}/anthropic", server.base_url());
    let env = [
        ("ANTHROPIC_FOUNDRY_API_KEY", CANARY),
        ("ANTHROPIC_FOUNDRY_BASE_URL", base.as_str()),
    ];
    let request = sent(&config, &env, &server).await;
    assert_eq!(request.path, "/anthropic/v1/messages");
    assert_eq!(request.header("x-api-key"), Some(CANARY));
    config.auth = Some(AuthStyle::AzureApiKey);
    assert_eq!(sent(&config, &env, &server).await.header("api-key"), Some(CANARY));
}

#[test]
fn a_foundry_resource_cannot_lead_elsewhere() {
    let mut config = ProviderConfig::new(ProviderKind::Foundry);
    config.key = KeySource::None;
    for bad in ["evil.example/x", "a.b", "", "x@y"] {
        config.resource = Some(bad.into());
        assert_eq!(
            build(&config, &|_| None).err().unwrap().code().as_str(),
            "models.config",
            "{bad}"
        );
    }
    config.resource = Some("contoso-ai".into());
    assert!(build(&config, &|_| None).is_ok());
    config.resource = None;
    assert_eq!(
        build(&config, &|_| None).err().unwrap().code().as_str(),
        "models.config"
    );
}

#[tokio::test]
async fn openai_in_the_environment() {
    let server = ScriptedServer::start([hi().times(3)]);
    let mut config = ProviderConfig::new(ProviderKind::Openai);
    let base = server.openai_base_url();
    let env = [("OPENAI_API_KEY", CANARY), ("OPENAI_BASE_URL", base.as_str())];
    let request = sent(&config, &env, &server).await;
    assert_eq!(request.path, "/v1/chat/completions");
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {CANARY}").as_str())
    );
    config.api = Some(OpenAiApi::Responses);
    assert_eq!(sent(&config, &env, &server).await.path, "/v1/responses");
    // An address of the settings does not get the key of the environment.
    config.base_url = Some(base.clone());
    assert_eq!(sent(&config, &env, &server).await.header("authorization"), None);
}

#[tokio::test]
async fn further_headers_are_sent() {
    let server = ScriptedServer::start([hi()]);
    let mut config = config(Kind::Anthropic, &server);
    config.headers.insert("x-team".into(), "finance".into());
    complete(&*provider(&config, &FakeClock::default()), &hello())
        .await
        .0
        .unwrap();
    assert_eq!(server.requests()[0].header("x-team"), Some("finance"));
}

#[test]
fn what_is_missing_is_said() {
    let code = |config: &ProviderConfig| build(config, &|_| None).err().unwrap().to_string();
    assert_eq!(
        code(&ProviderConfig::new(ProviderKind::Anthropic)),
        "no key for the model provider `anthropic`: neither ANTHROPIC_API_KEY nor ANTHROPIC_AUTH_TOKEN is set"
    );
    let mut named = ProviderConfig::new(ProviderKind::Openai);
    named.id = Some("work".into());
    named.key = KeySource::Env {
        name: "WORK_KEY".into(),
    };
    assert_eq!(
        code(&named),
        "no key for the model provider `work`: the environment variable WORK_KEY is not set"
    );
}

#[cfg(unix)]
mod helper {
    use super::*;

    /// A helper that prints another key each time it runs.
    fn counting(folder: &std::path::Path) -> Vec<String> {
        let script =
            "n=$(cat \"$0\" 2>/dev/null || echo 0); n=$((n+1)); echo $n > \"$0\"; echo helper-key-000$n; echo noise";
        let count = folder.join("count");
        ["sh", "-c", script, count.to_str().unwrap()]
            .map(str::to_owned)
            .to_vec()
    }

    fn keys(server: &ScriptedServer) -> Vec<String> {
        server
            .requests()
            .iter()
            .map(|request| request.header("x-api-key").unwrap().to_owned())
            .collect()
    }

    #[tokio::test]
    async fn is_run_once_and_again_when_its_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let server = ScriptedServer::start([hi(), hi(), Reply::status(401), hi(), Reply::status(401).times(2)]);
        let mut config = config(Kind::Anthropic, &server);
        config.key = KeySource::Helper {
            command: counting(folder.path()),
            ttl_secs: 300,
        };
        let provider =
            deskhand_models::build_with_clock(&config, &|_| None, Arc::new(TestClock(FakeClock::default()))).unwrap();
        for _ in 0..3 {
            complete(&*provider, &hello()).await.0.unwrap();
        }
        let error = complete(&*provider, &hello()).await.0.unwrap_err();
        assert_eq!(error.code().as_str(), "models.authentication");
        let expected = ["1", "1", "1", "2", "2", "3"].map(|number| format!("helper-key-000{number}"));
        assert_eq!(keys(&server), expected);
    }

    #[tokio::test]
    async fn is_run_again_when_its_key_is_too_old() {
        let folder = tempfile::tempdir().unwrap();
        let server = ScriptedServer::start([hi().times(2)]);
        let mut config = config(Kind::Anthropic, &server);
        config.key = KeySource::Helper {
            command: counting(folder.path()),
            ttl_secs: 0,
        };
        let provider = provider(&config, &FakeClock::default());
        for _ in 0..2 {
            complete(&*provider, &hello()).await.0.unwrap();
        }
        assert_eq!(keys(&server), ["helper-key-0001", "helper-key-0002"]);
    }

    #[tokio::test]
    async fn failures_tell_nothing_it_printed() {
        for script in [
            "echo sk-canary-x >&2; echo sk-canary-y; exit 3",
            "exit 0",
            "head -c 100000 /dev/zero",
        ] {
            let server = ScriptedServer::start([]);
            let mut config = config(Kind::Anthropic, &server);
            config.key = KeySource::Helper {
                command: ["sh", "-c", script].map(str::to_owned).to_vec(),
                ttl_secs: 1,
            };
            let error = complete(&*provider(&config, &FakeClock::default()), &hello())
                .await
                .0
                .unwrap_err();
            assert_eq!(error.code().as_str(), "models.key-source", "{script}: {error}");
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[tokio::test]
    async fn an_unknown_program_is_said() {
        let server = ScriptedServer::start([]);
        let mut config = config(Kind::Anthropic, &server);
        config.key = KeySource::Helper {
            command: vec!["no-such-program-here".into()],
            ttl_secs: 1,
        };
        let error = complete(&*provider(&config, &FakeClock::default()), &hello())
            .await
            .0
            .unwrap_err();
        assert!(
            error.to_string().contains("`no-such-program-here` cannot be started"),
            "{error}"
        );
    }
}

fn reference(provider: &str, name: &str) -> ModelRef {
    ModelRef {
        provider: provider.into(),
        name: name.into(),
    }
}

#[test]
fn the_default_follows_settings_then_environment() {
    let choose = |config: &ModelsConfig, env: &[&str]| {
        let env = |name: &str| env.contains(&name).then(|| "value".to_owned());
        default_model(config, &env).unwrap().map(|model| model.to_string())
    };
    let nothing = ModelsConfig::default();
    assert_eq!(choose(&nothing, &[]), None);
    assert_eq!(
        choose(&nothing, &["OPENAI_API_KEY", "ANTHROPIC_API_KEY"]).unwrap(),
        "anthropic/claude-sonnet-5"
    );
    assert_eq!(
        choose(&nothing, &["ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_MODEL"]).unwrap(),
        "anthropic/value"
    );
    assert_eq!(
        choose(&nothing, &["ANTHROPIC_FOUNDRY_API_KEY"]).unwrap(),
        "foundry/claude-sonnet-5"
    );
    assert_eq!(choose(&nothing, &["OPENAI_API_KEY"]).unwrap(), "openai/gpt-5.1");
    assert!(default_model(&nothing, &|name| (name == "OPENAI_BASE_URL").then(|| "http://x".into())).is_err());
    let configured = ModelsConfig {
        providers: vec![ProviderConfig {
            id: Some("mine".into()),
            model: Some("m".into()),
            ..ProviderConfig::new(ProviderKind::Openai)
        }],
        ..ModelsConfig::default()
    };
    assert_eq!(choose(&configured, &["ANTHROPIC_API_KEY"]).unwrap(), "mine/m");
    let named = ModelsConfig {
        default: Some("ollama/qwen3:8b".into()),
        ..configured
    };
    assert_eq!(choose(&named, &["ANTHROPIC_API_KEY"]).unwrap(), "ollama/qwen3:8b");
}

#[test]
fn model_names_are_read() {
    let config = ModelsConfig {
        default: Some("anthropic/claude-opus-5".into()),
        ..ModelsConfig::default()
    };
    let parse = |text: &str| parse_model(&config, text, &|_| None);
    assert_eq!(
        parse("anthropic/claude-haiku-4-5").unwrap(),
        reference("anthropic", "claude-haiku-4-5")
    );
    assert_eq!(
        parse("openrouter/qwen/qwen3-32b").unwrap(),
        reference("openrouter", "qwen/qwen3-32b")
    );
    assert_eq!(parse("anthropic").unwrap(), reference("anthropic", "claude-sonnet-5"));
    assert_eq!(
        parse("claude-haiku-4-5").unwrap(),
        reference("anthropic", "claude-haiku-4-5")
    );
    assert_eq!(
        parse("nobody/model").unwrap_err().code().as_str(),
        "models.unknown-provider"
    );
    assert_eq!(parse("ollama").unwrap_err().code().as_str(), "models.config");
    assert!(parse("").is_err());
    let circular = ModelsConfig {
        default: Some("just-a-name".into()),
        ..ModelsConfig::default()
    };
    assert_eq!(
        default_model(&circular, &|_| None).unwrap_err().code().as_str(),
        "models.unknown-provider"
    );
}

#[test]
fn resolving_gives_the_profile_of_the_model_behind_a_deployment() {
    let config = ModelsConfig {
        providers: vec![ProviderConfig {
            resource: Some("contoso".into()),
            deployments: [("reports".to_owned(), "claude-haiku-4-5".to_owned())].into(),
            ..ProviderConfig::new(ProviderKind::Foundry)
        }],
        ..ModelsConfig::default()
    };
    let env = |name: &str| (name == "ANTHROPIC_FOUNDRY_API_KEY").then(|| CANARY.to_owned());
    let resolved = resolve(&config, None, &env).unwrap();
    assert_eq!(resolved.model, reference("foundry", "reports"));
    assert_eq!(resolved.profile.pattern, "claude-haiku-4-5*");
    assert_eq!(resolved.provider.id(), "foundry");
    assert_eq!(
        resolve(&ModelsConfig::default(), None, &|_| None)
            .unwrap_err()
            .code()
            .as_str(),
        "models.not-configured"
    );
}

#[test]
fn settings_are_read_from_toml_and_hold_no_key() {
    let text = r#"
        default = "work/claude-sonnet-5"
        [[providers]]
        kind = "anthropic"
        id = "work"
        base_url = "https://gateway.example/anthropic"
        key = { from = "helper", command = ["gateway-token", "--fresh"] }
        auth = "bearer"
        [providers.tuning]
        idle_timeout_ms = 60000
        [[providers]]
        kind = "openai"
        id = "home"
        base_url = "http://localhost:11434/v1"
        key = { from = "none" }
        model = "qwen3:8b"
    "#;
    let config: ModelsConfig = toml::from_str(text).unwrap();
    let expected = KeySource::Helper {
        command: vec!["gateway-token".into(), "--fresh".into()],
        ttl_secs: 300,
    };
    assert_eq!(
        (&config.providers[0].key, config.providers[0].tuning.idle_timeout_ms),
        (&expected, 60_000)
    );
    assert!(toml::from_str::<ModelsConfig>("[[providers]]\nkind = \"anthropic\"\nkey = \"sk-secret\"").is_err());
    assert!(
        toml::from_str::<ModelsConfig>("[[providers]]\nkind = \"anthropic\"\nkey = { from = \"env\", nam = \"X\" }")
            .is_err()
    );
}
