use deskhand_tables::{Relation, RelationKind};

use crate::{file, load};

#[test]
fn a_foreign_key_is_found_and_its_gaps_counted() {
    let catalog = load(vec![
        file(
            "orders.csv",
            "order_id,customer_id,region,amount\n1,C7,North,10\n2,C8,South,20\n3,C7,North,5\n4,c9,North,6\n5,C99,South,7\n6,C8,South,1\n7,C7,North,2\n",
        ),
        file(
            "customers.csv",
            "customer_id,name,region\nC7,Ann,North\nC8,Bob,South\nC9,Cy,North\n",
        ),
        file("stock.csv", "sku,on_hand\nA-1,1\nA-2,2\nA-3,3\n"),
        file(
            "lines.csv",
            "line,order_id,product_sku\n1,1,A-1\n2,2,A-2\n3,2,A-1\n4,9,A-3\n",
        ),
    ]);
    let found = catalog.relations().unwrap();
    let brief: Vec<String> = found
        .iter()
        .map(|r| {
            format!(
                "{}.{} -> {}.{} {:?} {}/{}",
                r.left_table, r.left_column, r.right_table, r.right_column, r.kind, r.left_matched, r.left_rows
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            "lines.product_sku -> stock.sku ManyToOne 4/4",
            "lines.order_id -> orders.order_id ManyToOne 3/4",
            "orders.customer_id -> customers.customer_id ManyToOne 5/7",
            "customers.region -> orders.region ManyToMany 3/3",
        ]
    );
    let orders = found
        .iter()
        .find(|relation| relation.left_column == "customer_id")
        .unwrap();
    assert_eq!(
        *orders,
        Relation {
            left_table: "orders".to_owned(),
            left_column: "customer_id".to_owned(),
            right_table: "customers".to_owned(),
            right_column: "customer_id".to_owned(),
            kind: RelationKind::ManyToOne,
            left_rows: 7,
            left_matched: 5,
            right_rows: 3,
            right_matched: 2,
            left_unmatched: vec!["C99".to_owned(), "c9".to_owned()],
            nearly_matched: 1,
            same_name: true,
        }
    );
}

#[test]
fn accidents_are_not_relations() {
    let catalog = load(vec![
        file("a.csv", "n,qty\n1,5\n2,6\n3,7\n4,8\n5,9\n"),
        file("b.csv", "m,size\n1,5\n2,6\n3,7\n4,8\n5,9\n"),
    ]);
    assert_eq!(catalog.relations().unwrap(), []);
}

#[test]
fn a_profile_says_what_to_analyse() {
    let text = (1..=40).fold(
        "Order ID,Date,Customer,Region,Unit Price,Qty,Total,Zip,Year\n".to_owned(),
        |text, n| {
            format!(
                "{text}{},2026-01-{:02},cust {},{},{}.50,{},{}.25,0{},2026\n",
                1000 + n * 7,
                n % 28 + 1,
                n % 35,
                ["North", "South", "West"][n % 3],
                n,
                n % 9,
                n * 3,
                1000 + n
            )
        },
    );
    let catalog = load(vec![file("sales.csv", text)]);
    let profile = &catalog.profiles()[0];
    assert_eq!(profile.measures, ["total", "qty"]);
    assert_eq!(profile.averages, ["unit_price"]);
    assert_eq!(profile.categories, ["region"]);
    assert_eq!(profile.date.as_deref(), Some("date"));
    assert_eq!(profile.keys, ["order_id", "zip"]);
    assert!(profile.analysable);
}
