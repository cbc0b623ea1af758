//! What may come in, and what is stored of it.

use crate::desk::{NUMBER, OTHER_NUMBER, OTHER_SECRET, Running, SECRET, sign, text};
use futures::future::join_all;
use reqwest::StatusCode;
use server::whatsapp::process::Processor;
use sqlx::PgPool;

#[sqlx::test(migrations = "../domain/migrations")]
async fn verification_answers_the_challenge_for_the_right_token_only(pool: PgPool) {
    let desk = Running::start(pool).await;
    let ask = async |url: String, mode: &str, token: &str| {
        let query = [("hub.mode", mode), ("hub.challenge", "1158201444"), ("hub.verify_token", token)];
        let answer = desk.client.get(url).query(&query).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let url = desk.webhook(desk.app);
    assert_eq!(ask(url.clone(), "subscribe", "verify me").await, (StatusCode::OK, "1158201444".into()));
    assert_eq!(ask(url.clone(), "subscribe", "verify you").await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(url.clone(), "unsubscribe", "verify me").await.0, StatusCode::FORBIDDEN);
    assert_eq!(
        ask(url.replace(&desk.app.to_string(), "nonsense"), "subscribe", "verify me").await.0,
        StatusCode::NOT_FOUND
    );
    let bare = desk.client.get(&url).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::FORBIDDEN);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn nothing_is_stored_without_the_apps_own_signature(pool: PgPool) {
    let desk = Running::start(pool).await;
    let body = text(NUMBER, "wamid.1", "16505551234", "hello").into_bytes();
    let right = sign(SECRET, &body);
    let forged = right.replace(|c: char| c.is_ascii_digit(), "0");
    let other = sign(OTHER_SECRET, &body);
    let wrong: [&[(&str, &str)]; 8] = [
        &[],
        &[("x-hub-signature-256", "")],
        &[("x-hub-signature-256", "sha256=")],
        &[("x-hub-signature-256", "sha256=zz")],
        &[("x-hub-signature-256", &forged)],
        &[("x-hub-signature-256", &other)],
        &[("x-hub-signature-256", &right[..right.len() - 2])],
        &[("x-hub-signature", &right)],
    ];
    for headers in wrong {
        let status = desk.post(&desk.webhook(desk.app), headers, body.clone()).await.status();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{headers:?}");
    }
    let mut altered = body.clone();
    altered.push(b' ');
    let status = desk.post(&desk.webhook(desk.app), &[("x-hub-signature-256", &right)], altered).await.status();
    assert_eq!(status, StatusCode::UNAUTHORIZED, "signed bytes and one more");
    assert_eq!(desk.count("select count(*) from delivery").await, 0);

    assert_eq!(desk.deliver(desk.app, SECRET, body).await, StatusCode::OK);
    assert_eq!(desk.count("select count(*) from delivery").await, 1);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn an_apps_signature_opens_no_other_apps_number(pool: PgPool) {
    let desk = Running::start(pool).await;
    let body = text(OTHER_NUMBER, "wamid.1", "16505551234", "hello");
    assert_eq!(desk.deliver(desk.app, SECRET, body.clone()).await, StatusCode::OK);
    desk.process().await;
    assert_eq!(desk.count("select count(*) from message").await, 0);
    assert_eq!(desk.count("select count(*) from delivery_update where outcome = 'unrouted'").await, 1);
    assert_eq!(desk.deliver(desk.other_app, OTHER_SECRET, body).await, StatusCode::OK);
    desk.process().await;
    assert_eq!(desk.count("select count(*) from message where author = 'customer'").await, 1);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn four_mebibytes_are_the_limit(pool: PgPool) {
    let desk = Running::start(pool).await;
    let near = text(NUMBER, "wamid.near", "16505551234", &"x".repeat(4 * 1024 * 1024 - 2000));
    assert_eq!(desk.deliver(desk.app, SECRET, near).await, StatusCode::OK);
    let over = text(NUMBER, "wamid.over", "16505551234", &"x".repeat(4 * 1024 * 1024));
    assert_eq!(desk.deliver(desk.app, SECRET, over).await, StatusCode::PAYLOAD_TOO_LARGE);
    desk.process().await;
    assert_eq!(desk.count("select count(*) from delivery").await, 1);
    assert_eq!(desk.count("select count(*) from message where author = 'customer'").await, 1);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_is_signed_but_no_json_is_kept_with_its_reason(pool: PgPool) {
    let desk = Running::start(pool).await;
    for body in ["", "{", "[]", "null", "\"text\"", "\u{0}"] {
        assert_eq!(desk.deliver(desk.app, SECRET, body).await, StatusCode::OK, "{body:?}");
    }
    desk.process().await;
    assert_eq!(
        desk.count("select count(*) from delivery where processed_at is not null and failure is not null").await,
        6
    );
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn many_at_once_are_committed_before_they_are_answered(pool: PgPool) {
    let desk = Running::start(pool).await;
    let posts = (0..64).map(|n| {
        let body = text(NUMBER, &format!("wamid.{n}"), &format!("165055510{:02}", n % 8), &format!("word {n}"));
        desk.deliver(desk.app, SECRET, body)
    });
    for status in join_all(posts).await {
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(desk.count("select count(*) from delivery").await, 64);
    // Several processes work on the ledger at once: each update once.
    join_all((0..4).map(|_| desk.process())).await;
    assert_eq!(desk.count("select count(*) from message where author = 'customer'").await, 64);
    assert_eq!(desk.count("select count(*) from delivery_update where outcome = 'stored'").await, 64);
    assert_eq!(desk.count("select count(*) from contact").await, 8);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_is_committed_long_after_it_arrived_is_processed_too(pool: PgPool) {
    let desk = Running::start(pool.clone()).await;
    let processor = Processor::new(desk.server.db.clone());
    let early = text(NUMBER, "wamid.early", "16505550101", "early");
    assert_eq!(desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505550101", "one")).await, StatusCode::OK);
    assert_eq!(processor.run_once(desk.now()).await.unwrap(), 1);
    // The processor has come further than this one's time.
    sqlx::query(
        "insert into delivery (id, workspace_id, app_id, body, arrived_at)
         select gen_random_uuid(), workspace_id, app_id, $1, arrived_at - interval '1 hour' from delivery",
    )
    .bind(early.into_bytes())
    .execute(&pool)
    .await
    .unwrap();
    while processor.run_once(desk.now()).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(desk.count("select count(*) from message where wamid = 'wamid.early'").await, 1);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_batch_of_a_thousand_is_filed_whole(pool: PgPool) {
    let desk = Running::start(pool).await;
    let one: serde_json::Value = serde_json::from_str(&text(NUMBER, "w", "16505551234", "x")).unwrap();
    let mut batch = one.clone();
    let changes = (0..1000).map(|n| {
        let mut change = one["entry"][0]["changes"][0].clone();
        change["value"]["messages"][0]["id"] = format!("wamid.{n}").into();
        change["value"]["messages"][0]["from"] = format!("1650555{:04}", n % 50).into();
        change["value"]["contacts"][0]["wa_id"] = format!("1650555{:04}", n % 50).into();
        change
    });
    batch["entry"][0]["changes"] = changes.collect();
    assert_eq!(desk.deliver(desk.app, SECRET, batch.to_string()).await, StatusCode::OK);
    desk.process().await;
    assert_eq!(desk.count("select count(*) from message where author = 'customer'").await, 1000);
    assert_eq!(desk.count("select count(*) from delivery_update where outcome = 'stored'").await, 1000);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn what_a_customer_says_about_campaigns_is_theirs(pool: PgPool) {
    let desk = Running::start(pool).await;
    let said = |about: serde_json::Value| {
        let value = serde_json::json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": NUMBER},
            // In Meta's own example this is somebody else.
            "contacts": [{"profile": {"name": "Other"}, "wa_id": "972987654321", "user_id": "IL.1"}],
            "user_preferences": [about]});
        let change = serde_json::json!({"field": "user_preferences", "value": value});
        serde_json::json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]})
    };
    let word = |wa_id: &str, category: &str, value: &str, timestamp: i64| {
        said(serde_json::json!({"wa_id": wa_id, "category": category, "value": value, "timestamp": timestamp}))
    };
    assert_eq!(desk.deliver(desk.app, SECRET, text(NUMBER, "wamid.1", "16505551234", "hi")).await, StatusCode::OK);
    for (body, outcome) in [
        (word("16505551234", "marketing_messages", "stop", 1_731_705_721), "stored"),
        (word("16505551234", "marketing_messages", "stop", 1_731_705_721), "repeated"),
        (word("16505551234", "something_else", "resume", 1_731_705_730), "kept"),
        (word("16505551234", "marketing_messages", "perhaps", 1_731_705_730), "kept"),
        (said(serde_json::json!({"category": "marketing_messages"})), "kept"),
    ] {
        assert_eq!(desk.deliver(desk.app, SECRET, body.to_string()).await, StatusCode::OK);
        desk.process().await;
        let last =
            "select outcome from delivery_update u join delivery d on d.id = u.delivery_id order by d.id desc limit 1";
        let found: String = sqlx::query_scalar(last).fetch_one(desk.server.db.pool()).await.unwrap();
        assert_eq!(found, outcome, "{body}");
    }
    let opted = "select count(*) from contact where opted = 'out' and name = 'Carla Customer'
        and opted_at = to_timestamp(1731705721)";
    assert_eq!((desk.count(opted).await, desk.count("select count(*) from contact").await), (1, 1));
    let steps = "select count(*) from journey where kind = 'opted_changed' and doer = 'customer'";
    assert_eq!(desk.count(steps).await, 1);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn one_update_that_cannot_be_processed_blocks_none_of_its_group_and_can_be_replayed(pool: PgPool) {
    let desk = Running::start(pool.clone()).await;
    // Postgres itself refuses one of them, in the middle of the group.
    let trap = "create function refuse() returns trigger language plpgsql as $$ begin
                    if new.wamid = 'wamid.2' then raise exception 'not this one'; end if; return new; end $$;
                create trigger refuse before insert on message for each row execute function refuse()";
    sqlx::raw_sql(trap).execute(&pool).await.unwrap();
    for (n, from) in [(1, "16505551234"), (2, "16505551235"), (3, "16505551234"), (4, "16505551236")] {
        let body = text(NUMBER, &format!("wamid.{n}"), from, &format!("word {n}"));
        assert_eq!(desk.deliver(desk.app, SECRET, body).await, StatusCode::OK);
    }
    desk.process().await;
    let outcomes = "select count(*) from delivery_update where outcome = 'stored'";
    assert_eq!(desk.count(outcomes).await, 3);
    assert_eq!(desk.count("select count(*) from delivery_update where outcome = 'failed'").await, 1);
    assert_eq!(desk.count("select count(*) from message where author = 'customer'").await, 3);
    assert_eq!(desk.count("select count(*) from delivery where processed_at is null").await, 0);
    // Nothing of the failed one is left over: not even its customer or its key.
    assert_eq!(desk.count("select count(*) from contact").await, 2);

    sqlx::raw_sql("drop trigger refuse on message").execute(&pool).await.unwrap();
    assert_eq!(domain::delivery::store::replay_failed(&desk.server.db).await.unwrap(), 1);
    desk.process().await;
    assert_eq!(desk.count(outcomes).await, 4);
    assert_eq!(desk.count("select count(*) from message where author = 'customer'").await, 4);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_rotated_secret_works_at_once(pool: PgPool) {
    let desk = Running::start(pool.clone()).await;
    let hello = |n: u32| text(NUMBER, &format!("wamid.{n}"), "16505551234", "hello");
    assert_eq!(desk.deliver(desk.app, SECRET, hello(1)).await, StatusCode::OK);
    let rotate = "update app set secrets = array[secrets[1], 'the next secret'] where id = $1";
    sqlx::query(rotate).bind(desk.app.0).execute(&pool).await.unwrap();
    assert_eq!(desk.deliver(desk.app, "the next secret", hello(2)).await, StatusCode::OK);
    assert_eq!(
        desk.deliver(desk.app, SECRET, hello(3)).await,
        StatusCode::OK,
        "the one before holds until it is removed"
    );
    assert_eq!(desk.deliver(desk.app, "no secret", hello(4)).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = "../domain/migrations")]
async fn a_customer_with_another_number_stays_one_contact(pool: PgPool) {
    let desk = Running::start(pool).await;
    let changed = include_str!("../fixtures/number_changed.json").to_owned();
    let user_id = include_str!("../fixtures/user_id_changed.json").to_owned();
    for body in [
        text(NUMBER, "wamid.moved.1", "16505551234", "hello"),
        user_id,
        changed,
        text(NUMBER, "wamid.moved.2", "16505559999", "it is me"),
        include_str!("../fixtures/number_changed.json").replace("wamid.FIXSYSTEM", "wamid.moved.again"),
        include_str!("../fixtures/user_id_changed_notice.json").to_owned(),
    ] {
        assert_eq!(desk.deliver(desk.app, SECRET, body.into_bytes()).await, StatusCode::OK);
        desk.process().await;
    }
    assert_eq!(desk.count("select count(*) from contact").await, 1);
    assert_eq!(
        desk.count("select count(*) from message where author = 'customer'").await,
        4,
        "with the notices that name somebody"
    );
    let known = desk.count(
        "select count(*) from identity where (kind, canonical) in (('former_phone', '16505551234'), ('phone', '16505559999'), ('bsuid', 'US.222'), ('bsuid', 'US.333'))",
    );
    assert_eq!(known.await, 4);
    let kept = "select count(*) from delivery_update where kind = 'user_id_update' and outcome = 'kept'";
    assert_eq!(desk.count(kept).await, 2, "what names nobody is kept as it came");
}
