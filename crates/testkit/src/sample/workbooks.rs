//! The files, with their flaws.

use std::fmt::Write as _;

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::tables::{Data, Day, HIDDEN, Written, month_name};

fn workbook() -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    // A fixed date: the same data gives the same bytes.
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 7, 1)?));
    Ok(workbook)
}

fn header() -> Format {
    Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0xDD_E7F3))
        .set_border_bottom(FormatBorder::Thin)
}

fn money() -> Format {
    Format::new().set_num_format("#,##0.00 \"€\"")
}

fn write_day(sheet: &mut Worksheet, row: u32, column: u16, day: Day, written: Written) -> Result<(), XlsxError> {
    match written {
        Written::Date => {
            let date = ExcelDateTime::from_ymd(2026, day.month, day.day)?;
            sheet.write_datetime_with_format(row, column, &date, &Format::new().set_num_format("dd/mm/yyyy"))?;
        }
        Written::IsoText => {
            sheet.write_string(row, column, day.iso())?;
        }
        Written::GermanText => {
            sheet.write_string(row, column, format!("{}.{}.2026", day.day, day.month))?;
        }
    }
    Ok(())
}

fn euros(cents: i64) -> f64 {
    cents as f64 / 100.0
}

/// `1,234.50`
fn grouped(cents: i64) -> String {
    let whole = (cents / 100).to_string();
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{out}.{:02}", cents % 100)
}

/// Orders: a title and a note above the header, three ways to write dates, one order twice, a hidden sheet.
pub fn orders(data: &Data) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = workbook()?;
    let sheet = workbook.add_worksheet().set_name("Orders")?;
    sheet.write_string_with_format(
        0,
        0,
        "Wholesale orders, first half of 2026",
        &Format::new().set_bold().set_font_size(14),
    )?;
    sheet.write_string(1, 0, "Exported 1 July 2026, amounts in EUR")?;
    let columns = [
        "Order no.",
        "Order date",
        "Customer no.",
        "Product",
        "Category",
        "Quantity",
        "Unit price",
        "Amount",
        "Status",
    ];
    for (column, name) in columns.iter().enumerate() {
        sheet.write_string_with_format(3, column as u16, *name, &header())?;
    }
    let money = money();
    for (index, order) in data.orders.iter().enumerate() {
        let row = index as u32 + 4;
        sheet.write_string(row, 0, &order.number)?;
        write_day(sheet, row, 1, order.day, order.written)?;
        sheet.write_number(row, 2, order.customer as f64)?;
        sheet.write_string(row, 3, order.product)?;
        sheet.write_string(row, 4, order.category)?;
        sheet.write_number(row, 5, order.quantity as f64)?;
        sheet.write_number_with_format(row, 6, euros(order.unit_price), &money)?;
        sheet.write_number_with_format(row, 7, euros(order.amount()), &money)?;
        sheet.write_string(row, 8, order.status)?;
    }
    for (column, width) in [12.0, 12.0, 13.0, 24.0, 12.0, 9.0, 12.0, 13.0, 11.0]
        .into_iter()
        .enumerate()
    {
        sheet.set_column_width(column as u16, width)?;
    }
    let prices = workbook.add_worksheet().set_name(HIDDEN)?;
    prices.set_hidden(true);
    prices.write_string_with_format(0, 0, "Product", &header())?;
    prices.write_string_with_format(0, 1, "Price 2025", &header())?;
    for (index, (product, _, price)) in super::tables::PRODUCTS.iter().enumerate() {
        prices.write_string(index as u32 + 1, 0, *product)?;
        prices.write_number_with_format(index as u32 + 1, 1, euros(price * 93 / 100), &money)?;
    }
    workbook.save_to_buffer()
}

/// Customers: a header of two rows with merged groups; a name here and there with stray spaces or in capitals.
pub fn customers(data: &Data) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = workbook()?;
    let sheet = workbook.add_worksheet().set_name("Customers")?;
    let group = header().set_align(FormatAlign::Center);
    sheet.merge_range(0, 0, 0, 1, "Customer", &group)?;
    sheet.merge_range(0, 2, 0, 4, "Profile", &group)?;
    for (column, name) in ["Customer no.", "Name", "Country", "Segment", "Since"]
        .iter()
        .enumerate()
    {
        sheet.write_string_with_format(1, column as u16, *name, &header())?;
    }
    for (index, customer) in data.customers.iter().enumerate() {
        let row = index as u32 + 2;
        sheet.write_number(row, 0, customer.number as f64)?;
        sheet.write_string(row, 1, &customer.name)?;
        // Entered by hand, as one sees.
        let segment = match index % 11 {
            4 => customer.segment.to_uppercase(),
            7 => format!("{} ", customer.segment),
            _ => customer.segment.to_owned(),
        };
        sheet.write_string(row, 2, customer.country)?;
        sheet.write_string(row, 3, segment)?;
        sheet.write_number(row, 4, customer.since as f64)?;
    }
    sheet.set_column_width(1, 34)?;
    workbook.save_to_buffer()
}

/// Expenses: months one below the other, each with its totals row, a grand total at the end; some amounts as text.
pub fn expenses(data: &Data) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = workbook()?;
    let sheet = workbook.add_worksheet().set_name("Expenses")?;
    for (column, name) in ["Date", "Supplier", "Category", "Net", "VAT", "Gross"]
        .iter()
        .enumerate()
    {
        sheet.write_string_with_format(0, column as u16, *name, &header())?;
    }
    let (money, bold) = (money(), money().set_bold().set_border_top(FormatBorder::Thin));
    let mut row = 1;
    let mut grand = 0;
    for month in 1..=6 {
        for expense in data.expenses.iter().filter(|expense| expense.day.month == month) {
            write_day(sheet, row, 0, expense.day, Written::Date)?;
            sheet.write_string(row, 1, expense.supplier)?;
            sheet.write_string(row, 2, expense.category)?;
            sheet.write_number_with_format(row, 3, euros(expense.net), &money)?;
            sheet.write_number_with_format(row, 4, euros(expense.vat), &money)?;
            if expense.as_text {
                sheet.write_string(row, 5, format!("€ {}", grouped(expense.gross())))?;
            } else {
                sheet.write_number_with_format(row, 5, euros(expense.gross()), &money)?;
            }
            row += 1;
        }
        let (label, stated) = data.month_total(month);
        sheet.write_string_with_format(row, 0, label, &bold)?;
        sheet.write_number_with_format(row, 5, euros(stated), &bold)?;
        grand += stated
            - if month == data.wrong_month.0 {
                data.wrong_month.1
            } else {
                0
            };
        row += 1;
    }
    sheet.write_string_with_format(row, 0, "Grand total", &bold)?;
    sheet.write_number_with_format(row, 5, euros(grand), &bold)?;
    sheet.set_column_width(0, 14)?;
    sheet.set_column_width(1, 22)?;

    let plan = workbook.add_worksheet().set_name("Budget")?;
    plan.write_string_with_format(0, 0, "Month", &header())?;
    plan.write_string_with_format(0, 1, "Budget (EUR)", &header())?;
    for month in 1..=6u8 {
        plan.write_string(u32::from(month), 0, month_name(month))?;
        plan.write_number_with_format(u32::from(month), 1, 45_000.0 + f64::from(month) * 500.0, &money)?;
    }
    workbook.save_to_buffer()
}

/// The web shop's export: semicolons, decimal commas, the currency in the cell, an empty voucher mostly.
pub fn web_shop(data: &Data) -> Vec<u8> {
    let mut csv = "order_id;date;item;channel;total;voucher\r\n".to_owned();
    for order in &data.web {
        let total = format!("{},{:02} €", order.total / 100, order.total % 100);
        let _ = write!(
            csv,
            "{};{};{};{};{total};{}\r\n",
            order.id,
            order.day.iso(),
            order.item,
            order.channel,
            order.voucher.unwrap_or_default()
        );
    }
    csv.into_bytes()
}
