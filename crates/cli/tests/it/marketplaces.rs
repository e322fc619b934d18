//! Two marketplaces as others write them, with every field of the formats (issue 5, A4 and A5): added, looked at, installed,
//! used, updated and removed with the real binary. They lie beside this file.

use std::path::{Path, PathBuf};

use deskhand_testkit::Turn;
use serde_json::{Value, json};

use crate::home::{Home, bodies};

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &there);
        } else {
            std::fs::copy(entry.path(), there).unwrap();
        }
    }
}

fn git(folder: &Path, args: &[&str]) {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@firm.example"];
    let mut git = std::process::Command::new("git");
    let ran = git.current_dir(folder).args(who).args(args).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
}

/// Both, added; one entry of the first points to a repository on this computer.
fn added(home: &Home) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/marketplaces");
    let repository = home.path().join("repository");
    let skill = repository.join("inside/far/skills/go");
    std::fs::create_dir_all(&skill).unwrap();
    std::fs::write(skill.join("SKILL.md"), "---\nname: go\ndescription: Goes\n---\nGo.\n").unwrap();
    git(&repository, &["init", "-q", "-b", "main"]);
    git(&repository, &["add", "-A"]);
    git(&repository, &["commit", "-q", "-m", "Begin"]);
    for name in ["works", "skill-pack"] {
        let market = home.path().join(name);
        copy(&fixtures.join(name), &market);
        let file = market.join(".claude-plugin/marketplace.json");
        let text = std::fs::read_to_string(&file).unwrap();
        let at = format!("file://{}", repository.display());
        std::fs::write(&file, text.replace("REPOSITORY", &at)).unwrap();
        home.run(&["plugins", "marketplace", "add", market.to_str().unwrap()])
            .expect(0);
    }
    home.path().join("works")
}

fn ids(home: &Home) -> Vec<String> {
    let list = home.run(&["plugins", "list", "--json"]).expect(0).json();
    let plugins = list.as_array().unwrap().iter();
    plugins
        .map(|line| format!("{} {}", line["id"].as_str().unwrap(), line["version"].as_str().unwrap()))
        .collect()
}

#[test]
fn marketplaces_of_others_are_read_whole_and_one_bad_entry_costs_itself() {
    let home = Home::new([]);
    added(&home);
    let offers = home.run(&["plugins", "search", ""]).expect(0).stdout;
    insta::assert_snapshot!(offers, @r"
    desk@works  Everything for a desk
    documents@skill-pack  Documents
    far@works  In a repository
    language@works  All of it stands in the entry
    pens@skill-pack  Pens
    pigeon@works (cannot be installed: its source is of the kind `carrier-pigeon`, which is not known here)  Of a kind nobody knows
    stapler@works  Named by a bare name
    torn@works  Both define it
    ");
    // Everything it would run and ask is shown, with what of it is not taken; what it needs comes with it.
    let shown = home.run(&["plugins", "install", "desk", "--yes"]).expect(0).stdout;
    // A server whose address is for the person to give has none yet.
    let shown = shown.replace("papers and pens: \n", "papers and pens: (none)\n");
    insta::assert_snapshot!(shown, @r"
    desk@works 1.0.0 from ./desk
      Sorts, writes and files
      runs by itself, in the sandbox, at PreToolUse: true
      runs by itself, in the sandbox, at SessionStart: true
      runs by itself, in the sandbox, at Stop: true
      starts on this computer: bare: desk-server --root ${CLAUDE_PLUGIN_ROOT}
      connects to: papers and pens: (none)
      connects to: inline: https://desk.example/mcp
      starts a language server: txt: txt-lsp
      runs all the time: mail: true
      skills: sort, write
      commands: file, single
      programs (which commands in the sandbox find by their names): desk-tool
      agent desk:clerk, which may use Read, Grep, is told:
        You file papers.
      asks for colour: Colour
      asks for copies: Copies
      asks for folder: Folder
      asks for key: Key
      asks for letterhead: Letterhead
      asks for tags: Tags
      asks for team: Team
      the key `colour` is not known and was ignored
      the head is not valid YAML (error: line 2 column 19: mapping values are not allowed in this context); 5 keys were read line by line
      a plugin may not set `permissions`; it has no effect
    pens@skill-pack 1.2.0 from ./pens
      Pens
      skills: ink
      Nothing of it runs by itself.
    ✓ Installed: desk@works, pens@skill-pack. In force for tasks started from now on.
      It asks you for team: deskhand plugins options desk@works
    ");
    for name in ["stapler", "language", "far", "documents"] {
        home.run(&["plugins", "install", name, "--yes"]).expect(0);
    }
    let torn = home.run(&["plugins", "install", "torn", "--yes"]).expect(1);
    assert!(
        torn.stderr.contains("the whole definition (`strict: false`)"),
        "{torn:#?}"
    );
    let pigeon = home.run(&["plugins", "install", "pigeon", "--yes"]).expect(1);
    assert!(pigeon.stderr.contains("carrier-pigeon"), "{pigeon:#?}");
    // The pack's list of skills stands in place of the scan: the third is not in it.
    let skills = home.run(&["skills", "list", "--json"]).expect(0).json();
    let names: Vec<&str> = skills
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["scope"] == "plugin")
        .map(|line| line["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "desk:sort",
            "desk:write",
            "desk:file",
            "desk:single",
            "documents:letters",
            "documents:reports",
            "far:go",
            "pens:ink",
            "stapler:staple"
        ]
    );
    let show = home.run(&["plugins", "show", "desk", "--json"]).expect(0).json();
    assert_eq!(
        [&show["skills"], &show["agents"], &show["hooks"], &show["servers"]],
        [4, 1, 3, 3].map(|count| json!(count)).each_ref(),
        "{show:#}"
    );
    let list = home.run(&["connectors", "list", "--json"]).expect(0).json();
    let states: Vec<&Value> = list.as_array().unwrap().iter().map(|line| &line["state"]).collect();
    assert_eq!(states, ["not-configured"; 3], "{list:#}");
}

#[test]
fn what_they_offer_is_used_updated_and_removed_without_a_trace() {
    let home = Home::new([
        Turn::new()
            .tool("Skill", json!({"skill": "desk:sort", "args": "letters"}))
            .into(),
        Turn::new().text("Sorted.").into(),
    ]);
    let works = added(&home);
    for name in ["desk", "stapler"] {
        home.run(&["plugins", "install", name, "--yes"]).expect(0);
    }
    assert_eq!(
        ids(&home),
        ["desk@works 1.0.0", "pens@skill-pack 1.2.0", "stapler@works unknown"]
    );
    assert!(
        home.run(&["plugins", "update", "desk", "--yes"])
            .expect(0)
            .stdout
            .contains("up to date")
    );

    let manifest = works.join("desk/.claude-plugin/plugin.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(
        &manifest,
        text.replace("\"version\": \"1.0.0\",", "\"version\": \"1.1.0\","),
    )
    .unwrap();
    let skill = works.join("desk/skills/sort/SKILL.md");
    let text = std::fs::read_to_string(&skill).unwrap();
    std::fs::write(&skill, format!("{text}Then bind them.\n")).unwrap();
    home.run(&["plugins", "marketplace", "update", "works"]).expect(0);
    home.run(&["plugins", "update", "desk", "--yes"]).expect(0);
    assert_eq!(ids(&home)[0], "desk@works 1.1.0");
    let ran = home.task(&["Sort my letters"]).expect(0);
    let told = bodies(&ran.events(), "tool.finished")[0]["outcome"]["content"].to_string();
    assert!(
        told.contains("Sort letters.") && told.contains("Then bind them."),
        "{told}"
    );

    // What another needs stays until that is gone.
    let needed = home.run(&["plugins", "remove", "pens"]).expect(1);
    assert!(needed.stderr.contains("needed by desk@works"), "{needed:#?}");
    for name in ["stapler", "desk"] {
        home.run(&["plugins", "remove", name]).expect(0);
    }
    assert_eq!(ids(&home), Vec::<String>::new());
    for name in ["works", "skill-pack"] {
        home.run(&["plugins", "marketplace", "remove", name]).expect(0);
    }
    let left = std::fs::read_dir(home.data().join("plugins/cache")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "something of a plugin is left");
    assert!(!home.data().join("plugins/data/desk-works").exists());
}

/// A registry on this computer that knows no package, and what was asked of it.
fn registry() -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::sync::Arc::<std::sync::Mutex<Vec<String>>>::default();
    let heard = asked.clone();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let got = stream.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..got]).into_owned();
            heard.lock().unwrap().push(head.lines().next().unwrap().to_owned());
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    (address, asked)
}

#[cfg(unix)]
#[test]
fn a_package_without_a_registry_comes_from_the_one_npm_is_set_to() {
    let home = Home::new([]);
    let market = home.path().join("parcels");
    let listed = json!({"name": "parcels", "owner": {"name": "us"}, "plugins": [
        {"name": "parcel", "description": "Parcel", "source": {"source": "npm", "package": "@house/parcel"}}]});
    std::fs::create_dir_all(market.join(".claude-plugin")).unwrap();
    std::fs::write(market.join(".claude-plugin/marketplace.json"), listed.to_string()).unwrap();
    home.run(&["plugins", "marketplace", "add", market.to_str().unwrap()])
        .expect(0);
    let bin = home.path().join("programs");
    std::fs::create_dir_all(&bin).unwrap();
    let install = |path: &Path, variable: Option<&str>| {
        let mut command = home.online();
        command.args(["plugins", "install", "parcel", "--yes"]);
        command
            .env("PATH", path)
            .env_remove("NPM_CONFIG_REGISTRY")
            .env_remove("npm_config_registry");
        if let Some(variable) = variable {
            command.env("NPM_CONFIG_REGISTRY", variable);
        }
        crate::home::ran(command.output().unwrap()).expect(1).stderr
    };
    // No npm, and no variable: what is missing is said, and nothing is asked.
    let told = install(&bin, None);
    assert!(
        told.contains("npm did not start") && told.contains("NPM_CONFIG_REGISTRY"),
        "{told}"
    );
    let (address, asked) = registry();
    let npm = bin.join("npm");
    let script = format!("#!/bin/sh\n[ \"$*\" = 'config get registry' ] && echo '{address}/'\n");
    std::fs::write(&npm, script).unwrap();
    std::fs::set_permissions(&npm, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let told = install(&bin, None);
    assert!(told.contains("404"), "{told}");
    assert_eq!(*asked.lock().unwrap(), ["GET /@house%2fparcel HTTP/1.1"]);
    // The variable is heard first.
    let (other, asked_there) = registry();
    install(&bin, Some(&other));
    assert_eq!((asked.lock().unwrap().len(), asked_there.lock().unwrap().len()), (1, 1));
    // Where nothing is set, npm says so in a word.
    std::fs::write(&npm, "#!/bin/sh\necho undefined\n").unwrap();
    let told = install(&bin, None);
    assert!(told.contains("npm names no registry"), "{told}");
}
