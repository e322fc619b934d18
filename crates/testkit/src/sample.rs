//! A folder of sample spreadsheets with the flaws real ones have, and the figures that are true of them.
//!
//! A small wholesaler of coffee goods, the first half of 2026. The same seed gives the same bytes. What is wrong in
//! the files, on purpose: dates as real dates, as ISO text and as `D.M.YYYY` text in one column; amounts as text with
//! a currency sign; totals rows inside the data, one of them wrong; a title and merged headers above a table; a hidden
//! sheet of last year's prices; customer numbers in the orders that the list of customers does not have; one order
//! entered twice; names spelt in two ways.

mod expected;
mod random;
mod tables;
mod workbooks;

pub use expected::{Expected, PlantedFlaws};

/// One file of the folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SampleFile {
    /// Its name.
    pub name: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The folder.
#[derive(Clone, PartialEq, Debug)]
pub struct SampleFolder {
    /// Three workbooks and a CSV file.
    pub files: Vec<SampleFile>,
    /// What a correct analysis finds.
    pub expected: Expected,
}

/// The seed of the folder that the demo uses.
pub const DEMO_SEED: u64 = 2026;

/// Makes the folder. Deterministic in `seed`.
///
/// # Errors
/// When the workbook library refuses a value, which would be a fault of this generator.
pub fn sample_folder(seed: u64) -> Result<SampleFolder, rust_xlsxwriter::XlsxError> {
    let data = tables::Data::make(seed);
    Ok(SampleFolder {
        files: vec![
            SampleFile {
                name: "orders.xlsx",
                bytes: workbooks::orders(&data)?,
            },
            SampleFile {
                name: "customers.xlsx",
                bytes: workbooks::customers(&data)?,
            },
            SampleFile {
                name: "expenses 2026.xlsx",
                bytes: workbooks::expenses(&data)?,
            },
            SampleFile {
                name: "web-shop.csv",
                bytes: workbooks::web_shop(&data),
            },
        ],
        expected: data.expected(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_folder_and_another_seed_another() {
        let one = sample_folder(DEMO_SEED).unwrap();
        assert_eq!(sample_folder(DEMO_SEED).unwrap(), one);
        assert_ne!(sample_folder(7).unwrap().expected, one.expected);
        let names: Vec<&str> = one.files.iter().map(|file| file.name).collect();
        assert_eq!(
            names,
            ["orders.xlsx", "customers.xlsx", "expenses 2026.xlsx", "web-shop.csv"]
        );
    }

    #[test]
    fn the_expected_figures_fit_together() {
        for seed in [DEMO_SEED, 1, 2, 3] {
            let expected = sample_folder(seed).unwrap().expected;
            let by_month: i64 = expected.orders_by_month.values().sum();
            let by_category: i64 = expected.orders_by_category.values().sum();
            let by_country: i64 = expected.orders_by_country.values().sum();
            assert_eq!(by_month, expected.orders_total);
            assert_eq!(by_category, expected.orders_total);
            assert_eq!(by_country + expected.orders_without_customer.1, expected.orders_total);
            assert!(expected.orders_rows > 300 && expected.expenses_rows > 150 && expected.web_rows > 200);
            assert_ne!(expected.flaws.stated_total, expected.expenses_of_stated_month);
        }
    }
}
