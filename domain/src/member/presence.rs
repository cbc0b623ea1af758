//! Available and Away: by hand, or by the clock when nobody sits at any of a member's screens.

use super::Presence;
use crate::chat::watch;
use crate::db::{Db, Desk, Tx};
use crate::{FeedId, MemberId, Result, ScreenId, Timestamp, WorkspaceId, setting};
use chrono::TimeDelta;

/// How long a screen may be unreachable (a reload, a tunnel) before it counts as gone.
pub const GRACE: TimeDelta = TimeDelta::seconds(15);
/// How long a screen counts as alive when its process says nothing more of it.
pub const LEASE: TimeDelta = TimeDelta::seconds(90);

/// Available or Away, by hand: it stays until it is changed by hand, but that an absent member is never Available.
///
/// # Errors
/// When the database fails.
pub async fn set(desk: &Desk, member: MemberId, presence: Presence, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    sqlx::query!(
        "update member set presence_by = 'hand' where workspace_id = $1 and id = $2 and presence_by <> 'hand'",
        tx.workspace.0,
        member.0,
    )
    .execute(tx.conn())
    .await?;
    // Who has just switched it sits there.
    sqlx::query!(
        "update screen set active_at = $3 where workspace_id = $1 and member_id = $2",
        tx.workspace.0,
        member.0,
        now
    )
    .execute(tx.conn())
    .await?;
    switch(&mut tx, member, presence, "hand", now).await?;
    tx.commit().await
}

async fn switch(tx: &mut Tx<'_>, member: MemberId, presence: Presence, by: &str, now: Timestamp) -> Result<()> {
    let changed = sqlx::query!(
        "update member set presence = $3, presence_since = $4, presence_by = $5
         where workspace_id = $1 and id = $2 and presence <> $3 and deactivated_at is null",
        tx.workspace.0,
        member.0,
        presence.as_str(),
        now,
        by,
    )
    .execute(tx.conn())
    .await?;
    if changed.rows_affected() == 1 {
        sqlx::query!(
            "insert into feed_waiting (workspace_id, id, at, kind, member_id) values ($1, $2, $3, 'presence', $4)",
            tx.workspace.0,
            FeedId::at(now).0,
            now,
            member.0,
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(())
}

/// A screen has connected, or somebody types or clicks in it. Who was Away only because nobody was there is
/// Available again.
///
/// # Errors
/// When the database fails.
pub async fn active(desk: &Desk, member: MemberId, screen: ScreenId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    // An id that another member's screen has is not taken over.
    sqlx::query!(
        "insert into screen as s (workspace_id, id, member_id, alive_at, active_at) values ($1, $2, $3, $4, $4)
         on conflict (workspace_id, id) do update set alive_at = $4, active_at = $4, gone_at = null where s.member_id = $3",
        tx.workspace.0,
        screen.0,
        member.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    // Locked: who is being switched to Away just now, because nobody was there, is seen as switched.
    let returns = sqlx::query_scalar!(
        r#"select presence = 'away' and presence_by <> 'hand' as "yes!" from member
           where workspace_id = $1 and id = $2 for no key update"#,
        tx.workspace.0,
        member.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    if returns == Some(true) {
        switch(&mut tx, member, Presence::Available, "hand", now).await?;
    }
    tx.commit().await
}

/// A screen's socket has closed.
///
/// # Errors
/// When the database fails.
pub async fn left(desk: &Desk, member: MemberId, screen: ScreenId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    sqlx::query!(
        "update screen set gone_at = $4 where workspace_id = $1 and id = $2 and member_id = $3",
        tx.workspace.0,
        screen.0,
        member.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// The screens connected to this process are still there.
///
/// # Errors
/// When the database fails.
pub async fn keep_alive(db: &Db, screens: &[ScreenId], now: Timestamp) -> Result<()> {
    let ids: Vec<_> = screens.iter().map(|screen| screen.0).collect();
    sqlx::query!("update screen set alive_at = $2 where id = any($1) and gone_at is null", &ids, now)
        .execute(db.pool())
        .await?;
    Ok(())
}

/// Removes the screens that are gone, with their watches, and switches members to Away who have none left or have
/// not touched any for as long as the workspace says. Tells how many it switched or removed.
///
/// # Errors
/// When the database fails.
pub async fn fade(db: &Db, now: Timestamp) -> Result<usize> {
    let gone = sqlx::query!(
        "select workspace_id, array_agg(id) as \"ids!\" from screen where gone_at <= $1 or alive_at <= $2 group by workspace_id",
        now - GRACE,
        now - LEASE,
    )
    .fetch_all(db.pool())
    .await?;
    let mut done = 0;
    for row in gone {
        let mut tx = db.workspace(WorkspaceId(row.workspace_id)).begin().await?;
        // What somebody did in a screen that goes still counts for the member's other screens.
        let removed = sqlx::query_scalar!(
            r#"with gone as (
                delete from screen where workspace_id = $1 and id = any($2) and (gone_at <= $3 or alive_at <= $4)
                returning id, member_id, active_at
             ), carried as (
                update screen s set active_at = greatest(s.active_at, g.active_at)
                from (select member_id, max(active_at) as active_at from gone group by member_id) g
                where s.workspace_id = $1 and s.member_id = g.member_id and not s.id = any($2)
             )
             select id as "id!" from gone"#,
            tx.workspace.0,
            &row.ids,
            now - GRACE,
            now - LEASE,
        )
        .fetch_all(tx.conn())
        .await?;
        watch::end_of_screens(&mut tx, &removed, now).await?;
        done += removed.len();
        tx.commit().await?;
    }
    let quiet = sqlx::query!(
        r#"select m.workspace_id, m.id from member m
           left join screen s on s.workspace_id = m.workspace_id and s.member_id = m.id
           where m.presence = 'available' and m.deactivated_at is null and m.presence_since <= $1
           group by m.workspace_id, m.id
           having max(s.active_at) is null or max(s.active_at) <= $1"#,
        now - GRACE,
    )
    .fetch_all(db.pool())
    .await?;
    for row in quiet {
        let mut tx = db.workspace(WorkspaceId(row.workspace_id)).begin().await?;
        let member = MemberId(row.id);
        let why = match last_active(&mut tx, member).await? {
            None => "gone",
            Some(at) => {
                let after = TimeDelta::seconds(setting::store::load(&mut tx).await?.away_after);
                if at + after > now {
                    continue;
                }
                "idle"
            }
        };
        switch(&mut tx, member, Presence::Away, why, now).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}

/// When somebody last sat at one of a member's screens, once nobody else decides about their presence: a screen may
/// have connected since this was first looked at.
async fn last_active(tx: &mut Tx<'_>, member: MemberId) -> Result<Option<Timestamp>> {
    sqlx::query!(
        "select id from member where workspace_id = $1 and id = $2 for no key update",
        tx.workspace.0,
        member.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let at = sqlx::query_scalar!(
        "select max(active_at) from screen where workspace_id = $1 and member_id = $2",
        tx.workspace.0,
        member.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(at)
}
