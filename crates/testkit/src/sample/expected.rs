//! What a correct analysis of the sample folder finds. Money in cents, so that it can be compared exactly.

use std::collections::BTreeMap;

/// True figures of the folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expected {
    /// Rows of `orders.xlsx › Orders`, totals rows not counted, the doubled order counted twice.
    pub orders_rows: usize,
    /// Sum of `Amount` over these rows, in cents.
    pub orders_total: i64,
    /// The same by month (`2026-01`).
    pub orders_by_month: BTreeMap<String, i64>,
    /// The same by category.
    pub orders_by_category: BTreeMap<String, i64>,
    /// The same by the customer's country, where there is such a customer.
    pub orders_by_country: BTreeMap<String, i64>,
    /// Orders of customers that are not in the list: rows and cents.
    pub orders_without_customer: (usize, i64),
    /// Rows of `customers.xlsx › Customers`.
    pub customers_rows: usize,
    /// Rows of `expenses 2026.xlsx › Expenses`.
    pub expenses_rows: usize,
    /// Sum of its `Gross` column, in cents.
    pub expenses_total: i64,
    /// The same by category.
    pub expenses_by_category: BTreeMap<String, i64>,
    /// True sum of the month whose totals row is wrong.
    pub expenses_of_stated_month: i64,
    /// Rows of `web-shop.csv`.
    pub web_rows: usize,
    /// Sum of its `total` column, in cents.
    pub web_total: i64,
    /// What is wrong on purpose.
    pub flaws: PlantedFlaws,
}

/// What is wrong on purpose, and where.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PlantedFlaws {
    /// The order that stands twice.
    pub doubled_order: String,
    /// Customer numbers in orders that no customer has.
    pub unknown_customers: Vec<i64>,
    /// The name of the hidden sheet in `orders.xlsx`.
    pub hidden_sheet: &'static str,
    /// Totals rows in `expenses 2026.xlsx`.
    pub totals_rows: usize,
    /// The label of the totals row that is wrong.
    pub wrong_total: String,
    /// What it states, in cents.
    pub stated_total: i64,
    /// Order dates written as text `D.M.YYYY` and as ISO text.
    pub dates_as_text: (usize, usize),
}
