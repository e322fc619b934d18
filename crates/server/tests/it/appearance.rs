//! Light or dark: kept with the other settings, whatever port the next server has.

use serde_json::json;

use crate::desk::Desk;

#[test]
fn the_choice_outlives_the_server() {
    let mut desk = Desk::new([]);
    assert_eq!(desk.get("/settings/appearance").json(), json!({"theme": "system"}));
    desk.send("PUT", "/settings/appearance", &json!({"theme": "pink"}))
        .expect(422);
    desk.send("PUT", "/settings/appearance", &json!({"theme": "dark"}))
        .expect(204);
    let port = desk.port;
    desk.serve();
    assert_ne!(desk.port, port);
    assert_eq!(desk.get("/settings/appearance").json(), json!({"theme": "dark"}));
    desk.send("PUT", "/settings/appearance", &json!({"theme": "system"}))
        .expect(204);
    assert_eq!(desk.get("/settings/appearance").json(), json!({"theme": "system"}));
}
