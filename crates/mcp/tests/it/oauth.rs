//! Signing in, with servers that are honest and with servers that are not.

use std::sync::Arc;

use deskhand_mcp::{Authorization, Connection, Endpoint, Error, OAuth, Tokens, TokensInMemory, Transport};

use crate::http_eras::say;
use crate::oauth_server::{Browser, CANARY, Fault, World};
use crate::peer::{Person, limits};

fn endpoint(world: &World) -> Endpoint {
    Endpoint::new(&format!("{}/mcp", world.web.url), Transport::Http).unwrap()
}

fn authorization(world: &World, tokens: &Arc<TokensInMemory>) -> Arc<Authorization> {
    let tokens: Arc<dyn Tokens> = tokens.clone();
    let oauth = OAuth::default();
    Arc::new(Authorization::new(&endpoint(world), oauth, world.out.clone(), tokens))
}

async fn open(world: &World, authorization: &Arc<Authorization>) -> Result<Connection, Error> {
    let authorization = Some(Arc::clone(authorization));
    let host = Arc::new(Person::default());
    Connection::open_http(&endpoint(world), world.out.clone(), authorization, host, limits()).await
}

/// Opens a session, with one sign-in on the way.
async fn signed_in(world: &World, authorization: &Arc<Authorization>, person: &Browser) -> Result<Connection, Error> {
    let Err(Error::SignIn(challenge)) = open(world, authorization).await else {
        unreachable!("the server let a stranger in");
    };
    authorization.sign_in(Some(&challenge), person).await?;
    open(world, authorization).await
}

/// Nothing that anybody is told holds a secret.
fn nothing_is_told(world: &World, more: &str) {
    let told = format!(
        "{more} {:?} {:?}",
        world.book.requests.lock().unwrap(),
        world.book.results.lock().unwrap()
    );
    assert!(!told.contains(CANARY), "{told}");
}

#[tokio::test]
async fn a_sign_in_lasts_and_is_renewed_once_for_all() {
    let world = World::new(Fault::None).await;
    let tokens = Arc::new(TokensInMemory::default());
    let first = authorization(&world, &tokens);
    assert!(!first.is_signed_in().await.unwrap());
    let browser = Browser::new(true);
    let connection = signed_in(&world, &first, &browser).await.unwrap();
    assert_eq!(say(&connection, "hello").await.unwrap(), "hello");
    nothing_is_told(&world, &format!("{first:?} {:?}", tokens.load("x").await));

    // After a restart, without the person.
    let again = authorization(&world, &tokens);
    assert!(again.is_signed_in().await.unwrap());
    let second = open(&world, &again).await.unwrap();
    assert_eq!(say(&second, "still").await.unwrap(), "still");
    assert_eq!(*browser.visits.lock().unwrap(), 1);

    // The server forgets the token; everybody who asks then gets the same new one.
    world.memory.lock().unwrap().valid.clear();
    let (a, b, c) = tokio::join!(say(&second, "a"), say(&second, "b"), say(&second, "c"));
    assert_eq!(
        (a.unwrap(), b.unwrap(), c.unwrap()),
        ("a".into(), "b".into(), "c".into())
    );
    {
        let memory = world.memory.lock().unwrap();
        assert_eq!((memory.refreshes, memory.reused), (1, 0));
    }
    // The other session finds it in the store.
    assert_eq!(say(&connection, "too").await.unwrap(), "too");
    assert_eq!(world.memory.lock().unwrap().refreshes, 1);

    // A refresh token that is worth nothing leads back to the person, not to an error.
    {
        let mut memory = world.memory.lock().unwrap();
        memory.valid.clear();
        memory.refresh.clear();
    }
    assert!(matches!(say(&connection, "x").await, Err(Error::SignIn(_))));
    first.sign_out().await.unwrap();
    assert!(!first.is_signed_in().await.unwrap());
}

#[tokio::test]
async fn tokens_go_to_the_server_they_are_for() {
    let world = World::new(Fault::None).await;
    let tokens = Arc::new(TokensInMemory::default());
    signed_in(&world, &authorization(&world, &tokens), &Browser::new(true))
        .await
        .unwrap();
    let seen = world.web.seen.lock().unwrap();
    let with_token: Vec<_> = seen
        .iter()
        .filter(|request| {
            request
                .header("authorization")
                .is_some_and(|value| value.starts_with("Bearer "))
        })
        .collect();
    assert!(!with_token.is_empty() && with_token.iter().all(|request| request.target == "/mcp"));
    // The token is asked for with what it is for, and with proof that it was us who began.
    let exchange = seen.iter().find(|request| request.target == "/token").unwrap();
    assert!(exchange.body.contains("resource=") && exchange.body.contains("code_verifier="));
    let began = seen
        .iter()
        .find(|request| request.target.starts_with("/authorize"))
        .unwrap();
    assert!(began.target.contains("code_challenge_method=S256") && began.target.contains("scope=read"));
}

#[tokio::test]
async fn a_person_may_paste_where_the_browser_went() {
    let world = World::new(Fault::None).await;
    let tokens = Arc::new(TokensInMemory::default());
    let connection = signed_in(&world, &authorization(&world, &tokens), &Browser::new(false))
        .await
        .unwrap();
    assert_eq!(say(&connection, "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn another_issuer_gets_neither_code_nor_secret() {
    for fault in [Fault::WrongIssuer, Fault::WrongMetadata] {
        let world = World::new(fault).await;
        let tokens = Arc::new(TokensInMemory::default());
        let authorization = authorization(&world, &tokens);
        let failed = signed_in(&world, &authorization, &Browser::new(true))
            .await
            .err()
            .unwrap();
        assert!(matches!(&failed, Error::Authorization(_)), "{failed}");
        nothing_is_told(&world, &format!("{failed} {failed:?}"));
        assert!(!authorization.is_signed_in().await.unwrap());
        let seen = world.web.seen.lock().unwrap();
        assert!(seen.iter().all(|request| request.target != "/token"));
    }
}

#[tokio::test]
async fn refusals_are_told_without_what_they_repeat() {
    for (fault, said) in [(Fault::Echoes, "invalid_grant"), (Fault::Denies, "access was denied")] {
        let world = World::new(fault).await;
        let tokens = Arc::new(TokensInMemory::default());
        let authorization = authorization(&world, &tokens);
        let failed = signed_in(&world, &authorization, &Browser::new(true))
            .await
            .err()
            .unwrap();
        assert!(failed.to_string().contains(said), "{failed}");
        nothing_is_told(&world, &format!("{failed} {failed:?}"));
        assert!(!authorization.is_signed_in().await.unwrap());
    }
}
