//! The simulator's own memory: `simulator.customer` and `simulator.message`.

use app::simulator::wire::{Customer, PhoneMessage};
use domain::Timestamp;
use serde_json::Value;
use sqlx::{PgPool, Row};
use uuid::Uuid;

const CUSTOMER: &str = "select id, phone, bsuid, name, username, null::jsonb as last from simulator.customer";

fn customer(row: &sqlx::postgres::PgRow) -> Result<Customer, sqlx::Error> {
    Ok(Customer {
        id: row.try_get("id")?,
        phone: row.try_get("phone")?,
        bsuid: row.try_get("bsuid")?,
        name: row.try_get("name")?,
        username: row.try_get("username")?,
        last: row.try_get::<Option<Value>, _>("last")?.map(|body| super::phone::line(&body)),
    })
}

/// Everybody, newest talk first.
pub async fn customers(pool: &PgPool) -> Result<Vec<Customer>, sqlx::Error> {
    let rows = sqlx::query(
        "select c.id, c.phone, c.bsuid, c.name, c.username, m.body as last
         from simulator.customer c
         left join lateral (select body, at from simulator.message where customer_id = c.id order by position desc limit 1) m on true
         order by coalesce(m.at, c.created_at) desc, c.id limit 500",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(customer).collect()
}

/// One customer.
pub async fn get(pool: &PgPool, id: Uuid) -> Result<Option<Customer>, sqlx::Error> {
    let sql = format!("{CUSTOMER} where id = $1");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(pool).await?.as_ref().map(customer).transpose()
}

/// The owner of a number or a BSUID.
pub async fn find(pool: &PgPool, phone: &str, bsuid: &str) -> Result<Option<Customer>, sqlx::Error> {
    let sql = format!("{CUSTOMER} where phone = $1 or bsuid = $2 limit 1");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(phone)
        .bind(bsuid)
        .fetch_optional(pool)
        .await?
        .as_ref()
        .map(customer)
        .transpose()
}

/// A new phone; `false` where the number is taken.
pub async fn create(pool: &PgPool, customer: &Customer, at: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "insert into simulator.customer (id, phone, bsuid, name, username, created_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
    )
    .bind(customer.id)
    .bind(&customer.phone)
    .bind(&customer.bsuid)
    .bind(&customer.name)
    .bind(&customer.username)
    .bind(at)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The newest messages on a phone, oldest first.
pub async fn messages(pool: &PgPool, customer: Uuid) -> Result<Vec<PhoneMessage>, sqlx::Error> {
    let rows = sqlx::query(
        "select * from (select id, from_customer, body, status, at, position from simulator.message
                        where customer_id = $1 order by position desc limit 200) newest order by position",
    )
    .bind(customer)
    .fetch_all(pool)
    .await?;
    rows.iter().map(message).collect()
}

/// One message of a customer.
pub async fn get_message(pool: &PgPool, customer: Uuid, id: &str) -> Result<Option<PhoneMessage>, sqlx::Error> {
    let row = sqlx::query(
        "select id, from_customer, body, status, at from simulator.message where id = $1 and customer_id = $2",
    )
    .bind(id)
    .bind(customer)
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(message).transpose()
}

fn message(row: &sqlx::postgres::PgRow) -> Result<PhoneMessage, sqlx::Error> {
    Ok(PhoneMessage {
        id: row.try_get("id")?,
        from_customer: row.try_get("from_customer")?,
        body: row.try_get("body")?,
        status: row.try_get("status")?,
        at: row.try_get("at")?,
    })
}

/// Keeps a message.
pub async fn keep(
    pool: &PgPool,
    customer: Uuid,
    number: &str,
    message: &PhoneMessage,
    callback: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into simulator.message (id, customer_id, phone_number_id, from_customer, body, callback_data, status, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&message.id)
    .bind(customer)
    .bind(number)
    .bind(message.from_customer)
    .bind(&message.body)
    .bind(callback)
    .bind(&message.status)
    .bind(message.at)
    .execute(pool)
    .await?;
    Ok(())
}

/// Sets one message's ticks, never backwards; `false` where nothing changed.
pub async fn advance(pool: &PgPool, id: &str, status: &str) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update simulator.message set status = $2 where id = $1
         and array_position(array['sent', 'delivered', 'read', 'failed'], status)
           < array_position(array['sent', 'delivered', 'read', 'failed'], $2)",
    )
    .bind(id)
    .bind(status)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The customer looks at the phone: delivered messages of the business become read. Ids and callback data.
pub async fn read_all(pool: &PgPool, customer: Uuid) -> Result<Vec<(String, Option<String>)>, sqlx::Error> {
    sqlx::query_as(
        "update simulator.message set status = 'read'
         where customer_id = $1 and not from_customer and status = 'delivered' returning id, callback_data",
    )
    .bind(customer)
    .fetch_all(pool)
    .await
}

/// The business has read up to a customer's message: it and all earlier ones. `None` where there is no such
/// message.
pub async fn read_by_business(pool: &PgPool, id: &str) -> Result<Option<Uuid>, sqlx::Error> {
    let found: Option<(Uuid, i64)> =
        sqlx::query_as("select customer_id, position from simulator.message where id = $1 and from_customer")
            .bind(id)
            .fetch_optional(pool)
            .await?;
    let Some((customer, position)) = found else { return Ok(None) };
    sqlx::query(
        "update simulator.message set status = 'read' where customer_id = $1 and from_customer and position <= $2",
    )
    .bind(customer)
    .bind(position)
    .execute(pool)
    .await?;
    Ok(Some(customer))
}

/// When the customer last wrote to this number.
pub async fn last_wrote(pool: &PgPool, customer: Uuid, number: &str) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar(
        "select max(at) from simulator.message where customer_id = $1 and phone_number_id = $2 and from_customer",
    )
    .bind(customer)
    .bind(number)
    .fetch_one(pool)
    .await
}
