//! `skills` and `commands`.

use anyhow::Result;
use deskhand_engine::{Engine, SkillLine, SkillNote};
use deskhand_types::EventBody;
use serde_json::json;

use super::{dim, done, print_json};
use crate::{
    app::Places,
    args::{CommandsArgs, SkillAction},
    exit::Exit,
    terminal::{ask::agree, diff::printable, style},
};

/// `skills`
pub(crate) fn skills(engine: &Engine, places: &Places, action: SkillAction, json: bool) -> Result<Exit> {
    match action {
        SkillAction::List { all, folders } => {
            let mut lines = engine.skills(&folders)?;
            if !all {
                lines.retain(|line| line.in_force && line.for_people && line.for_models);
            }
            let notes = if all { engine.skill_notes(&folders)? } else { Vec::new() };
            if json {
                return with_notes(&lines, &notes);
            }
            list(&lines, json)?;
            for note in &notes {
                dim(&format!("{}: {}", printable(&note.place), printable(&note.message)));
            }
        }
        SkillAction::Search { words } => list(&engine.search_skills(&words.join(" "), 10)?, json)?,
        SkillAction::Show { name, folders } => {
            let skill = engine.skill(&name, &folders)?;
            if json {
                print_json(&skill)?;
                return Ok(Exit::Done);
            }
            anstream::println!("{}{}{}", style::BOLD, printable(&skill.line.name), style::RESET);
            anstream::println!("{}", printable(&skill.line.description));
            dim(&format!(
                "/{} · {} · {}",
                skill.line.command, skill.line.scope, skill.line.place
            ));
            for (what, tools) in [
                ("allows", &skill.allowed_tools),
                ("takes away", &skill.disallowed_tools),
            ] {
                if !tools.is_empty() {
                    dim(&format!("{what} for its turn: {}", printable(&tools.join(", "))));
                }
            }
            for ask in &skill.asks {
                dim(&format!("its head: {}", printable(ask)));
            }
            anstream::println!("\n{}", printable(skill.body.trim()));
        }
        SkillAction::Trust { folder } => {
            let folder = std::path::absolute(folder)?;
            let name = engine.trust_skill(&folder)?;
            // An agent is a file, a skill a folder.
            let what = if folder.extension().is_some_and(|extension| extension == "md") {
                "agent"
            } else {
                "skill"
            };
            tell(json, &format!("The {what} {name} is in force, as it stands now."))?;
        }
        SkillAction::Create {
            from_task,
            name,
            description,
            yes,
        } => {
            let draft = match from_task {
                Some(task) => engine.draft_skill(&engine.find(&task)?, name.as_deref())?,
                None => engine.begin_skill(name.as_deref().unwrap_or_default(), description.as_deref())?,
            };
            if !json {
                anstream::println!("{}", printable(&draft.text));
                dim(&format!(
                    "It would be kept as {} and called as /{}.",
                    draft.folder, draft.name
                ));
            }
            if !yes && !agree("Keep this skill?") {
                if json {
                    print_json(&json!({"name": draft.name, "text": draft.text, "kept": false}))?;
                } else {
                    anstream::println!("Nothing was kept. `--yes` keeps it.");
                }
                return Ok(if yes { Exit::Done } else { Exit::Waiting });
            }
            places.write_skill(&draft.name, &draft.text)?;
            if json {
                print_json(&json!({"name": draft.name, "text": draft.text, "kept": true}))?;
            } else {
                done(&format!("Kept. Change it as you like: {}", draft.folder));
            }
        }
        SkillAction::RunCommands { to } => {
            let allowed = to == "on";
            engine.set(EventBody::SkillCommandsSet { allowed })?;
            tell(
                json,
                if allowed {
                    "Commands that stand in skills run in the sandbox."
                } else {
                    "Commands that stand in skills are not run; a notice stands in their place."
                },
            )?;
        }
    }
    Ok(Exit::Done)
}

/// `commands`
pub(crate) async fn commands(engine: &Engine, args: &CommandsArgs, json: bool) -> Result<Exit> {
    if let Some(text) = &args.complete {
        let proposed = engine.complete_typed(text).await?;
        engine.close_connectors().await;
        if json {
            print_json(&proposed)?;
        } else {
            for one in proposed {
                anstream::println!("{}", printable(&one.value));
            }
        }
        return Ok(Exit::Done);
    }
    let lines = engine.commands(&args.folders)?;
    if json {
        print_json(&lines)?;
        return Ok(Exit::Done);
    }
    for line in lines {
        let hint = line.argument_hint.as_deref().unwrap_or_default();
        anstream::println!(
            "/{} {}{}{}  {}",
            printable(&line.command),
            style::DIM,
            printable(hint),
            style::RESET,
            first_sentence(&line.description)
        );
    }
    Ok(Exit::Done)
}

fn list(lines: &[SkillLine], json: bool) -> Result<()> {
    if json {
        return print_json(lines);
    }
    for line in lines {
        let note = match (line.in_force, line.for_people, line.for_models) {
            (false, ..) if line.kind == "agent" => " (an agent, NOT in force: `deskhand skills trust` its file)",
            (true, ..) if line.kind == "agent" => " (an agent)",
            (false, ..) => " (NOT in force: `deskhand skills trust` its folder)",
            (true, true, false) => " (for you alone)",
            (true, false, _) => " (for the model alone)",
            _ => "",
        };
        anstream::println!(
            "{}{}{}{}{note}{}  {}",
            style::BOLD,
            printable(&line.name),
            style::RESET,
            style::WARN,
            style::RESET,
            first_sentence(&line.description)
        );
        if !line.in_force {
            dim(&format!("  {}", line.place));
        }
    }
    Ok(())
}

/// The skills as JSON, each with what is to be known of its file; behind them what belongs to none.
fn with_notes(lines: &[SkillLine], notes: &[SkillNote]) -> Result<Exit> {
    let of = |place: &str| -> Vec<&str> {
        let own = notes.iter().filter(|note| note.place == place);
        own.map(|note| note.message.as_str()).collect()
    };
    let mut all = Vec::new();
    for line in lines {
        let mut value = serde_json::to_value(line)?;
        let own = of(&line.place);
        if let (Some(object), false) = (value.as_object_mut(), own.is_empty()) {
            object.insert("notes".to_owned(), json!(own));
        }
        all.push(value);
    }
    let mut others: Vec<&str> = notes.iter().map(|note| note.place.as_str()).collect();
    others.retain(|place| lines.iter().all(|line| line.place != *place));
    others.dedup();
    all.extend(
        others
            .into_iter()
            .map(|place| json!({"name": place, "in_force": false, "notes": of(place)})),
    );
    print_json(&all)?;
    Ok(Exit::Done)
}

/// Enough of a description to choose by.
fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = line.find(". ").map_or(line.len(), |at| at + 1);
    let sentence: String = line.get(..end).unwrap_or(&line).chars().take(120).collect();
    printable(&sentence)
}

fn tell(json: bool, text: &str) -> Result<()> {
    if json {
        return print_json(&json!({"done": text}));
    }
    done(text);
    Ok(())
}
