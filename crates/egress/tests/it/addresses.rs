//! Where names lead.

use crate::world::{FILES, World};

const GET: &str = "http://files.example.com/open";

#[tokio::test]
async fn names_that_lead_inwards_are_refused() {
    let world = World::new().await;
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "198.18.0.1",
        "203.0.113.1",
        "::1",
        "fd00:ec2::254",
        "fe80::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "168.63.129.16",
    ] {
        for answer in [vec![address], vec![FILES, address], vec![address, FILES]] {
            world.name("files.example.com", &[&answer]);
            let answer = world.get(GET).await;
            world.assert_refused(&answer, "files.example.com leads to an address that is");
        }
    }
    world.name("files.example.com", &[&[]]);
    let answer = world.get(GET).await;
    world.assert_refused(&answer, "has no address");
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_connected_to() {
    let world = World::new().await;
    // Rebinding: public when it is judged, inwards when somebody looks again.
    world.name("files.example.com", &[&[FILES], &["127.0.0.1"]]);
    assert!(world.get(GET).await.ends_with("fine"));
    assert_eq!(world.names.asked.lock().unwrap().len(), 1);
    assert_eq!(world.dialled(), [format!("{FILES}:80")]);
    // The next request is judged anew.
    let answer = world.get(GET).await;
    assert!(answer.contains("leads to an address that is this computer"), "{answer}");
    assert_eq!(world.dialled().len(), 1);
}

#[tokio::test]
async fn each_address_that_is_tried_is_logged_before() {
    let world = World::new().await;
    world.name("files.example.com", &[&["1.1.1.1", FILES, "8.8.8.8"]]);
    assert!(world.get(GET).await.ends_with("fine"));
    assert_eq!(world.dialled(), ["1.1.1.1:80".to_owned(), format!("{FILES}:80")]);
    let addresses: Vec<_> = world
        .requests()
        .into_iter()
        .filter_map(|request| request.address)
        .collect();
    assert_eq!(addresses, ["1.1.1.1", FILES]);
    let results = world.results(2).await;
    assert!(
        results[0]
            .error
            .as_deref()
            .unwrap()
            .contains("no connection to 1.1.1.1")
    );
    assert_eq!(results[1].error, None);
}

#[tokio::test]
async fn unreachable_servers_are_told_apart_from_refusals() {
    let world = World::new().await;
    world.name("files.example.com", &[&["1.1.1.1"]]);
    let answer = world.get(GET).await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(
        answer.contains("x-deskhand: failed") && answer.contains("no connection to 1.1.1.1"),
        "{answer}"
    );
}
