//! Templates and expressions of recipes, and the functions they may use.

use std::collections::HashSet;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde_json::Value as Json;

use crate::tables::{analysis, compare, report, sheets, sql_name};
use crate::text::{bounded, cut, dates, diff, fields, markdown, names, numbers, passages, sentences, tasks};

use crate::{documents, files, params};

/// Work one template may do: bounds time and memory whatever it is given.
const FUEL: u64 = 40_000_000;

/// Everything is passed as JSON and read leniently: a value of a wrong shape gives an empty result, not an error.
type Arg = Serde<Json>;

fn string(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn items(value: &Json) -> &[Json] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn size(value: Option<usize>, default: usize) -> usize {
    value.unwrap_or(default).min(10_000)
}

fn back(value: impl serde::Serialize) -> Value {
    Value::from(Serde(value))
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_fuel(Some(FUEL));
    // Lines with nothing but a block tag leave no empty line behind.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        env.set_syntax(syntax);
    }
    add_texts(&mut env);
    add_files(&mut env);
    add_tables(&mut env);
    env
});

fn add_texts(env: &mut Environment<'static>) {
    env.add_filter("md", |text: Arg, chars: Option<usize>| {
        markdown::escape(&string(&text), size(chars, 200))
    });
    env.add_filter("cut", |text: Arg, chars: usize| {
        cut(&string(&text), size(Some(chars), 200))
    });
    env.add_filter("num", |value: Arg, decimals: Option<usize>| {
        match (value.as_f64(), decimals) {
            (Some(value), Some(decimals)) => numbers::fixed(value, decimals),
            (Some(value), None) => numbers::auto(value),
            (None, _) => markdown::escape(&string(&value), 200),
        }
    });
    env.add_filter("bytes", |value: Arg| numbers::bytes(value.as_f64().unwrap_or(0.0)));
    env.add_filter("plural", |value: Arg, one: Arg, many: Arg| {
        let count = value
            .as_array()
            .map_or_else(|| value.as_f64().unwrap_or(0.0) as i64, |list| list.len() as i64);
        numbers::plural(count, &string(&one), &string(&many))
    });
    env.add_filter("sentences", |text: Arg| sentences::split(&string(&text)));
    env.add_filter("keywords", |text: Arg, most: Option<usize>| {
        sentences::keywords(&string(&text), size(most, 8))
    });
    env.add_filter("summary", |text: Arg, most: Option<usize>| {
        sentences::summary(&string(&text), size(most, 5))
    });
    env.add_filter("tasks", |text: Arg| back(tasks::find(&string(&text))));
    env.add_filter("dates", |text: Arg| dates::find(&string(&text)));
    env.add_filter("day", |value: Arg| dates::day_of(&value).unwrap_or_default());
    env.add_filter("month_label", |text: Arg| dates::month_label(&string(&text)));
    env.add_filter("field", |text: Arg, name: Arg| {
        back(fields::extract(&string(&text), &string(&name)))
    });
    env.add_filter("words", |text: Arg| crate::words::words(&string(&text)));
    env.add_filter("content_words", |text: Arg| sentences::content_words(&string(&text)));
    env.add_filter("bounded", |text: Arg| bounded(&string(&text)).to_owned());
    env.add_function("passages", |documents: Arg, question: Arg, most: Option<usize>| {
        back(passages::find(items(&documents), &string(&question), size(most, 5)))
    });
    env.add_function("text_diff", |old: Arg, new: Arg| {
        back(diff::compare(&string(&old), &string(&new)))
    });
    env.add_function("with_texts", |list: Arg, results: Arg| {
        back(documents::with_texts(items(&list), items(&results)))
    });
    env.add_function("of_type", |results: Arg, prompt: Arg| {
        back(documents::of_type(items(&results), &string(&prompt)))
    });
    env.add_function("named_like", |list: Arg, prompt: Arg| {
        back(names::named_like(items(&list), &string(&prompt)))
    });
    env.add_function("field_table", |results: Arg, wanted: Arg| {
        back(documents::field_table(items(&results), items(&wanted)))
    });
    env.add_function("fill_table", |table: Arg, answers: Arg| {
        back(documents::fill_table(&table, items(&answers)))
    });
    env.add_function("count_empty", |rows: Arg| documents::count_empty(items(&rows)));
    env.add_function("task_list", |results: Arg| back(documents::task_list(items(&results))));
    env.add_function("topic_of", |name: Arg, text: Arg, topics: Arg| {
        topic(&string(&name), &string(&text), items(&topics))
    });
    env.add_function("mentions_all", |text: Arg, figures: Arg| {
        let text = string(&text).replace('\\', "");
        let missing: Vec<&Json> = items(&figures)
            .iter()
            .filter(|figure| !text.contains(&string(figure).replace('\\', "")))
            .collect();
        back(missing)
    });
}

/// The topic whose words a name or text holds most; names count more. Empty when none does.
fn topic(name: &str, text: &str, topics: &[Json]) -> String {
    let name = crate::words::words(names::stem(name).replace(['_', '.'], " ").as_str());
    let body = crate::words::words(bounded(text));
    let score = |topic: &Json| {
        let wanted = crate::words::words(&string(topic));
        let hits = |said: &[String]| said.iter().filter(|word| wanted.contains(word)).count();
        hits(&name) * 20 + hits(&body).min(20)
    };
    let best = topics
        .iter()
        .map(|topic| (score(topic), string(topic)))
        .filter(|(score, _)| *score > 0);
    // Of equals the first named wins.
    best.rev()
        .max_by_key(|(score, _)| *score)
        .map(|(_, topic)| topic)
        .unwrap_or_default()
}

fn add_files(env: &mut Environment<'static>) {
    env.add_filter("kind", |path: Arg| names::kind(&string(&path)));
    env.add_filter("kind_folder", |path: Arg| names::kind_folder(&string(&path)));
    env.add_filter("file_name", |path: Arg| names::file_name(&string(&path)).to_owned());
    env.add_filter("stem", |path: Arg| names::stem(&string(&path)).to_owned());
    env.add_filter("ext", |path: Arg| names::extension(&string(&path)));
    env.add_filter("folder_of", |path: Arg| names::folder(&string(&path)).to_owned());
    env.add_filter("slug", |text: Arg| names::slug(&string(&text)));
    env.add_filter("safe_name", |text: Arg, fallback: Option<String>| {
        names::safe(&string(&text), fallback.as_deref().unwrap_or("Other"))
    });
    env.add_filter("readable", |files: Arg| {
        let kept: Vec<&Json> = items(&files)
            .iter()
            .filter(|file| names::path(file).is_some_and(names::is_readable))
            .collect();
        back(kept)
    });
    env.add_filter("chain_all", |lists: Arg| {
        let all: Vec<&Json> = items(&lists).iter().flat_map(items).collect();
        back(all)
    });
    env.add_filter("visible", |files: Arg| {
        let hidden = |path: &str| {
            path.split('/')
                .any(|part| part.starts_with('.') || part.starts_with("~$"))
                || path.starts_with("/mnt/outputs/")
        };
        let mut kept: Vec<&Json> = items(&files)
            .iter()
            .filter(|file| names::path(file).is_some_and(|path| !hidden(path)))
            .collect();
        kept.sort_by_key(|file| names::path(file).unwrap_or_default().to_lowercase());
        back(kept)
    });
    env.add_filter("paths", |files: Arg| {
        let paths: Vec<&str> = items(&files).iter().filter_map(names::path).collect();
        back(paths)
    });
    env.add_function("scope", |files: Arg, prompt: Arg| {
        back(names::scope(items(&files), &string(&prompt)))
    });
    env.add_function("mentioned", |files: Arg, prompt: Arg| {
        back(names::mentioned(items(&files), &string(&prompt)))
    });
    env.add_function("free_path", |files: Arg, folder: Arg, stem: Arg, ext: Arg| {
        let taken = names::taken(items(&files));
        names::free(
            &taken,
            &string(&folder),
            &names::safe(&string(&stem), "report"),
            &string(&ext),
        )
    });
    env.add_function("renamed", |files: Arg, all: Arg, rule: Arg, a: Arg, b: Arg| {
        back(names::renamed(
            items(&files),
            items(&all),
            &string(&rule),
            &string(&a),
            &string(&b),
        ))
    });
    env.add_function("scope_from", |all: Arg, prompt: Arg, to: Arg| {
        back(files::scope_from(items(&all), &string(&prompt), &string(&to)))
    });
    env.add_function("convertible", |list: Arg, to: Arg| {
        back(files::convertible(items(&list), &string(&to)))
    });
    env.add_filter("of_kinds", |list: Arg, kinds: Arg| {
        back(files::of_kinds(items(&list), items(&kinds)))
    });
    env.add_function("base_folder", |list: Arg, prompt: Arg, default: Arg| {
        files::base_folder(items(&list), &string(&prompt), &string(&default))
    });
    env.add_filter("in_folder", |list: Arg, folder: Arg| {
        back(files::in_folder(items(&list), &string(&folder)))
    });
    env.add_filter("below_folder", |list: Arg, folder: Arg| {
        back(files::below_folder(items(&list), &string(&folder)))
    });
    env.add_function("grouped", |list: Arg, by: Arg, topics: Arg| {
        back(files::grouped(items(&list), &string(&by), items(&topics)))
    });
    env.add_function("moves", |groups: Arg, all: Arg, base: Arg| {
        back(files::moves(items(&groups), items(&all), &string(&base)))
    });
    env.add_function("version_pairs", |list: Arg| back(files::version_pairs(items(&list))));
    env.add_function("pair_of", |pairs: Arg, label: Arg| {
        back(files::pair_of(items(&pairs), &string(&label)))
    });
    env.add_function("duplicate_groups", |data: Arg| back(files::duplicate_groups(&data)));
    env.add_function("duplicates_csv", |groups: Arg| files::duplicates_csv(items(&groups)));
    env.add_function("topic_list", |text: Arg| back(params::split_list(&string(&text))));
}

fn add_tables(env: &mut Environment<'static>) {
    env.add_filter("sql_name", |name: Arg| sql_name(&string(&name)));
    env.add_filter("sql_text", |text: Arg| {
        format!("'{}'", string(&text).replace('\'', "''").replace('\0', ""))
    });
    env.add_function("table", |columns: Arg, rows: Arg, chars: Option<usize>| {
        markdown::table(items(&columns), items(&rows), size(chars, 60))
    });
    env.add_function("csv", |columns: Arg, rows: Arg| {
        markdown::csv(items(&columns), items(&rows))
    });
    env.add_function("analyse", |described: Arg, paths: Arg| {
        let paths: Vec<String> = items(&paths).iter().map(string).collect();
        back(analysis::analyse(&described, &paths))
    });
    env.add_function("report", |analysis: Arg, answers: Arg| {
        back(report::report(&analysis, items(&answers)))
    });
    env.add_function("workbook_sheets", |facts: Arg| back(sheets::sheets(&facts)));
    env.add_function("table_diff", |old: Arg, new: Arg| back(compare::compare(&old, &new)));
    env.add_function("table_pairs", |data: Arg, old: Arg, new: Arg| {
        back(compare::pairs(&data, &string(&old), &string(&new)))
    });
    env.add_function("table_diffs", |pairs: Arg, old: Arg, new: Arg| {
        back(compare::diffs(items(&pairs), items(&old), items(&new)))
    });
}

/// Why a template or expression cannot be used or failed, in one line.
fn reason(error: &minijinja::Error) -> String {
    let what = match error.kind() {
        ErrorKind::OutOfFuel => "it takes too long on these files".to_owned(),
        _ => error.detail().map_or_else(|| error.kind().to_string(), str::to_owned),
    };
    match error.line() {
        Some(line) if line > 1 => format!("{what} (line {line})"),
        _ => what,
    }
}

/// Checks that an expression is well-formed and names only what is `known` or a function.
pub fn check_expression(text: &str, known: &HashSet<&str>) -> Result<(), String> {
    let place = |reason: String| format!("`{}`: {reason}", cut(text, 60));
    let compiled = ENVIRONMENT
        .compile_expression(text)
        .map_err(|error| place(reason(&error)))?;
    check_names(compiled.undeclared_variables(false), known).map_err(place)
}

/// The same for a template.
pub fn check_template(text: &str, known: &HashSet<&str>) -> Result<(), String> {
    let place = |reason: String| format!("`{}`: {reason}", cut(text, 60));
    let compiled = ENVIRONMENT
        .template_from_str(text)
        .map_err(|error| place(reason(&error)))?;
    check_names(compiled.undeclared_variables(false), known).map_err(place)
}

fn check_names(used: HashSet<String>, known: &HashSet<&str>) -> Result<(), String> {
    let global = |name: &str| ENVIRONMENT.globals().any(|(global, _)| global == name);
    let mut unknown: Vec<String> = used
        .into_iter()
        .filter(|name| !known.contains(name.as_str()) && !global(name))
        .collect();
    unknown.sort();
    match unknown.first() {
        Some(name) => Err(format!("nothing is called `{name}` here")),
        None => Ok(()),
    }
}

/// The value of an expression.
pub fn evaluate(expression: &str, context: &Value) -> Result<Value, String> {
    let compiled = ENVIRONMENT
        .compile_expression(expression)
        .map_err(|error| reason(&error))?;
    compiled.eval(context.clone()).map_err(|error| reason(&error))
}

/// The text of a template.
pub fn render(template: &str, context: &Value) -> Result<String, String> {
    ENVIRONMENT
        .render_str(template, context.clone())
        .map_err(|error| reason(&error))
}

/// A value of the template language as JSON.
pub fn to_json(value: &Value) -> Json {
    if value.is_undefined() {
        return Json::Null;
    }
    serde_json::to_value(value).unwrap_or(Json::Null)
}

/// JSON as a value of the template language.
pub fn from_json(value: &Json) -> Value {
    Value::from(Serde(value))
}
