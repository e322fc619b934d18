//! The limits of new tasks that name none.

use axum::{Json, extract::State};
use toml_edit::{DocumentMut, Item, Table, value};

use super::{FILE, host_failure, write};
use crate::{
    Failure,
    api::{BudgetShape, Problem},
    described::{Routes, routes},
    state::Shared,
};

pub(super) fn routes() -> Routes {
    Routes::new().routes(routes!(show, set))
}

/// The limits of new tasks that name none.
#[utoipa::path(get, path = "/settings/budget", responses((status = 200, body = BudgetShape), (status = 422, body = Problem)))]
async fn show(State(shared): State<Shared>) -> Result<Json<BudgetShape>, Failure> {
    let look = |shared: &Shared| Ok(shared.host.budget().map_err(host_failure)?.into());
    Ok(Json(shared.blocking(look).await?))
}

/// Sets the limits of tasks that are started from now on and name none. Those that are at work keep theirs.
#[utoipa::path(put, path = "/settings/budget", request_body = BudgetShape,
    responses((status = 200, body = BudgetShape), (status = 422, body = Problem)))]
async fn set(State(shared): State<Shared>, Json(wanted): Json<BudgetShape>) -> Result<Json<BudgetShape>, Failure> {
    wanted.check("nothing was changed")?;
    let work = move |shared: &Shared| {
        let before = shared.host.own_text(FILE).map_err(host_failure)?;
        let after = with(&before, &wanted).map_err(host_failure)?;
        write(shared, &before, &after, |shared| shared.host.budget().map(drop))?;
        Ok(shared.host.budget().map_err(host_failure)?.into())
    };
    let budget = shared.blocking(work).await?;
    shared.jobs.settings_changed();
    Ok(Json(budget))
}

/// The settings with these limits. Everything else in them, comments too, stays as it is.
fn with(text: &str, budget: &BudgetShape) -> Result<String, String> {
    let whole = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok()).map(value);
    let limits = [
        ("max_usd", budget.max_usd.map(value)),
        ("max_tokens", whole(budget.max_tokens)),
        ("max_turns", whole(budget.max_turns)),
        ("max_minutes", whole(budget.max_minutes)),
    ];
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error| format!("settings.toml is not right, so nothing was changed: {error}"))?;
    if limits.iter().all(|(_, limit)| limit.is_none()) {
        document.remove("budget");
        return Ok(document.to_string());
    }
    let table = document
        .entry("budget")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_mut()
        .ok_or_else(|| "`budget` in settings.toml is written in another form; please change it there".to_owned())?;
    for (name, limit) in limits {
        match limit {
            Some(limit) => drop(table.insert(name, limit)),
            None => drop(table.remove(name)),
        }
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_changed_and_taken_away_and_everything_else_stays() {
        let before = "# mine\n[retention]\nkeep_days = 3 # short\n";
        let limits = BudgetShape {
            max_usd: Some(2.5),
            max_turns: Some(40),
            ..BudgetShape::default()
        };
        let after = with(before, &limits).unwrap();
        assert_eq!(after, format!("{before}\n[budget]\nmax_usd = 2.5\nmax_turns = 40\n"));
        let fewer = BudgetShape {
            max_turns: Some(7),
            ..BudgetShape::default()
        };
        assert_eq!(
            with(&after, &fewer).unwrap(),
            format!("{before}\n[budget]\nmax_turns = 7\n")
        );
        assert_eq!(with(&after, &BudgetShape::default()).unwrap().trim(), before.trim());
    }

    #[test]
    fn a_file_that_is_not_right_is_left_alone() {
        let limits = BudgetShape {
            max_turns: Some(1),
            ..BudgetShape::default()
        };
        assert!(with("[budget\n", &limits).is_err());
        assert!(with("budget = 3\n", &limits).is_err());
    }
}
