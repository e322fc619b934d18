//! The data behind the files, and its true figures.

use super::expected::{Expected, PlantedFlaws};
use super::random::Random;

/// Name of the hidden sheet.
pub const HIDDEN: &str = "Prices 2025";

/// A day of 2026.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Day {
    pub month: u8,
    pub day: u8,
}

impl Day {
    pub fn iso(self) -> String {
        format!("2026-{:02}-{:02}", self.month, self.day)
    }
    pub fn month_key(self) -> String {
        format!("2026-{:02}", self.month)
    }
}

/// How a date stands in its cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    Date,
    IsoText,
    GermanText,
}

pub struct Order {
    pub number: String,
    pub day: Day,
    pub written: Written,
    pub customer: i64,
    pub product: &'static str,
    pub category: &'static str,
    pub quantity: i64,
    pub unit_price: i64,
    pub status: &'static str,
}

impl Order {
    pub const fn amount(&self) -> i64 {
        self.quantity * self.unit_price
    }
}

pub struct Customer {
    pub number: i64,
    pub name: String,
    pub country: &'static str,
    pub segment: &'static str,
    pub since: i64,
}

pub struct Expense {
    pub day: Day,
    pub supplier: &'static str,
    pub category: &'static str,
    pub net: i64,
    pub vat: i64,
    /// Whether the gross amount is written as text with a currency sign.
    pub as_text: bool,
}

impl Expense {
    pub const fn gross(&self) -> i64 {
        self.net + self.vat
    }
}

pub struct WebOrder {
    pub id: i64,
    pub day: Day,
    pub item: &'static str,
    pub channel: &'static str,
    pub total: i64,
    pub voucher: Option<&'static str>,
}

pub struct Data {
    pub orders: Vec<Order>,
    pub customers: Vec<Customer>,
    pub expenses: Vec<Expense>,
    pub web: Vec<WebOrder>,
    /// The month whose totals row states too much, and by how much.
    pub wrong_month: (u8, i64),
    unknown: Vec<i64>,
    doubled: String,
}

/// Product, category, price in cents.
pub const PRODUCTS: &[(&str, &str, i64)] = &[
    ("Espresso beans 1 kg", "Coffee", 1890),
    ("Filter coffee 500 g", "Coffee", 940),
    ("Decaf beans 1 kg", "Coffee", 2050),
    ("Porcelain cup set", "Tableware", 3475),
    ("Glass carafe", "Tableware", 2790),
    ("Hand grinder", "Equipment", 6900),
    ("Espresso machine Uno", "Equipment", 48900),
    ("Milk frother", "Equipment", 8450),
    ("Paper filters (100)", "Supplies", 420),
    ("Descaler 1 l", "Supplies", 1265),
    ("Barista workshop", "Services", 15000),
];

const STATUS: &[&str] = &["paid", "paid", "shipped", "open", "cancelled"];
const COUNTRIES: &[&str] = &["Germany", "Austria", "France", "Netherlands", "Italy", "Denmark"];
const SEGMENTS: &[&str] = &["Café", "Retail", "Office", "Hotel"];
const FIRST: &[&str] = &[
    "Blue Harbor",
    "Stadtwald",
    "Ångström",
    "Lindenhof",
    "Nordlicht",
    "Café Oriente",
    "Müller & Söhne",
    "Petit Paris",
    "Rialto",
    "Old Mill",
];
const SECOND: &[&str] = &[
    "Coffee",
    "Roasters",
    "Hotel",
    "Trading",
    "Deli",
    "Office Supply",
    "Bakery",
];
const FORMS: &[&str] = &["GmbH", "KG", "B.V.", "SARL", "Ltd."];
/// Supplier, category, usual net amount in cents.
const SUPPLIERS: &[(&str, &str, i64)] = &[
    ("Harbor Logistics", "Freight", 42000),
    ("Green Bean Import", "Goods", 380_000),
    ("City Power", "Energy", 26500),
    ("Office Rent Meyer", "Rent", 210_000),
    ("PrintWerk", "Marketing", 31500),
    ("Cloud & Co", "Software", 8900),
    ("Travel Desk", "Travel", 17400),
];
const ITEMS: &[&str] = &[
    "Espresso beans 1 kg",
    "Filter coffee 500 g",
    "Hand grinder",
    "Paper filters (100)",
    "Gift card",
    "Porcelain cup set",
];
const CHANNELS: &[&str] = &["search", "newsletter", "direct", "social"];
const ORDER_COUNT: usize = 380;
const EXPENSE_COUNT: usize = 210;
const WEB_COUNT: usize = 420;
const CUSTOMER_COUNT: i64 = 48;

impl Data {
    pub fn make(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let customers = make_customers(&mut random);
        let unknown = vec![1900, 1917];
        let mut orders = make_orders(&mut random, &customers, &unknown);
        // Somebody pasted one row a second time.
        let doubled = orders.get(57).map(|order| order.number.clone()).unwrap_or_default();
        if let Some(twin) = orders.get(57).map(twin) {
            orders.insert(58, twin);
        }
        let expenses = make_expenses(&mut random);
        let web = make_web(&mut random);
        Self {
            orders,
            customers,
            expenses,
            web,
            wrong_month: (4, 15000),
            unknown,
            doubled,
        }
    }

    /// The totals row of a month: its label and what it states.
    pub fn month_total(&self, month: u8) -> (String, i64) {
        let sum: i64 = self
            .expenses
            .iter()
            .filter(|expense| expense.day.month == month)
            .map(Expense::gross)
            .sum();
        let (wrong, by) = self.wrong_month;
        (
            format!("Total {}", month_name(month)),
            if month == wrong { sum + by } else { sum },
        )
    }

    pub fn expected(&self) -> Expected {
        let mut expected = Expected {
            orders_rows: self.orders.len(),
            customers_rows: self.customers.len(),
            expenses_rows: self.expenses.len(),
            web_rows: self.web.len(),
            ..Expected::default()
        };
        for order in &self.orders {
            let amount = order.amount();
            expected.orders_total += amount;
            *expected.orders_by_month.entry(order.day.month_key()).or_insert(0) += amount;
            *expected
                .orders_by_category
                .entry(order.category.to_owned())
                .or_insert(0) += amount;
            if let Some(customer) = self.customers.iter().find(|customer| customer.number == order.customer) {
                *expected
                    .orders_by_country
                    .entry(customer.country.to_owned())
                    .or_insert(0) += amount;
            } else {
                expected.orders_without_customer.0 += 1;
                expected.orders_without_customer.1 += amount;
            }
        }
        for expense in &self.expenses {
            expected.expenses_total += expense.gross();
            *expected
                .expenses_by_category
                .entry(expense.category.to_owned())
                .or_insert(0) += expense.gross();
        }
        let (wrong, by) = self.wrong_month;
        let (label, stated) = self.month_total(wrong);
        expected.expenses_of_stated_month = stated - by;
        expected.web_total = self.web.iter().map(|order| order.total).sum();
        let written = |kind| self.orders.iter().filter(|order| order.written == kind).count();
        expected.flaws = PlantedFlaws {
            doubled_order: self.doubled.clone(),
            unknown_customers: self.unknown.clone(),
            hidden_sheet: HIDDEN,
            // One per month and the grand total.
            totals_rows: 7,
            wrong_total: label,
            stated_total: stated,
            dates_as_text: (written(Written::GermanText), written(Written::IsoText)),
        };
        expected
    }
}

fn twin(order: &Order) -> Order {
    Order {
        number: order.number.clone(),
        ..*order
    }
}

pub const fn month_name(month: u8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        _ => "June",
    }
}

/// The `index`-th of `count` days spread over January to June, in order.
fn day(random: &mut Random, index: usize, count: usize) -> Day {
    let month = (index * 6 / count) as u8 + 1;
    let within = index * 6 % count;
    let day = (within * 28 / count) as i64 + random.between(0, 1);
    Day {
        month,
        day: (day + 1).min(28) as u8,
    }
}

fn make_customers(random: &mut Random) -> Vec<Customer> {
    (0..CUSTOMER_COUNT)
        .map(|index| {
            let pick = |list: &[&'static str], at: i64| list.get(at as usize % list.len()).copied().unwrap_or_default();
            let (first, second) = (pick(FIRST, index), pick(SECOND, index / 3 + index));
            let form = random.uneven(FORMS).copied().unwrap_or_default();
            Customer {
                number: 1001 + index,
                name: format!("{first} {second} {form}"),
                country: random.uneven(COUNTRIES).copied().unwrap_or_default(),
                segment: random.uneven(SEGMENTS).copied().unwrap_or_default(),
                since: random.between(2012, 2025),
            }
        })
        .collect()
}

fn make_orders(random: &mut Random, customers: &[Customer], unknown: &[i64]) -> Vec<Order> {
    (0..ORDER_COUNT)
        .map(|index| {
            let (product, category, price) = random.uneven(PRODUCTS).copied().unwrap_or_default();
            let known = random.uneven(customers).map_or(0, |customer| customer.number);
            let stray = random.uneven(unknown).copied().unwrap_or_default();
            Order {
                number: format!("O-{:05}", 20_101 + index),
                day: day(random, index, ORDER_COUNT),
                written: match random.between(1, 100) {
                    ..=12 => Written::GermanText,
                    13..=20 => Written::IsoText,
                    _ => Written::Date,
                },
                customer: if random.chance(3) { stray } else { known },
                product,
                category,
                quantity: if price > 10_000 {
                    random.between(1, 3)
                } else {
                    random.between(1, 24)
                },
                unit_price: price,
                status: random.uneven(STATUS).copied().unwrap_or_default(),
            }
        })
        .collect()
}

fn make_expenses(random: &mut Random) -> Vec<Expense> {
    (0..EXPENSE_COUNT)
        .map(|index| {
            let (supplier, category, usual) = random.uneven(SUPPLIERS).copied().unwrap_or_default();
            let net = usual * random.between(60, 140) / 100;
            Expense {
                day: day(random, index, EXPENSE_COUNT),
                supplier,
                category,
                net,
                vat: net * 19 / 100,
                as_text: random.chance(8),
            }
        })
        .collect()
}

fn make_web(random: &mut Random) -> Vec<WebOrder> {
    (0..WEB_COUNT)
        .map(|index| WebOrder {
            id: 700_001 + index as i64,
            day: day(random, index, WEB_COUNT),
            item: random.uneven(ITEMS).copied().unwrap_or_default(),
            channel: random.uneven(CHANNELS).copied().unwrap_or_default(),
            total: random.between(4, 180) * 100 + random.between(0, 99),
            voucher: random.chance(9).then_some("SPRING26"),
        })
        .collect()
}
