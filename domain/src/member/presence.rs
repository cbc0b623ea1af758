//! Available and Away: by hand, or by the clock when nobody sits at any of a member's screens.

use super::Presence;
use crate::chat::{clock, watch};
use crate::db::{Db, Desk, Tx};
use crate::{FeedId, MemberId, Result, ScreenId, SocketId, Timestamp, WorkspaceId, setting};
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
    // Who has just switched it sits there, at one of their screens.
    sqlx::query!(
        "update member m set presence_by = 'hand', active_at = case when exists (select 1 from screen s
            where s.workspace_id = m.workspace_id and s.member_id = m.id) then greatest(active_at, $3) else active_at end
         where workspace_id = $1 and id = $2",
        tx.workspace.0,
        member.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    switch(&mut tx, member, presence, "hand", now).await?;
    tx.commit().await
}

/// Who goes Away lets go of what waits for them alone.
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
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!(
        "insert into feed_waiting (workspace_id, id, at, kind, member_id) values ($1, $2, $3, 'presence', $4)",
        tx.workspace.0,
        FeedId::at(now).0,
        now,
        member.0,
    )
    .execute(tx.conn())
    .await?;
    if presence == Presence::Away {
        clock::let_go(tx, member, now).await?;
    }
    Ok(())
}

/// A screen has connected, for the first time or again. That says that it is there and nothing of whoever may sit at it:
/// a proxy that cuts its socket makes nobody Available who had not touched it for long. Who was Away only because their
/// last screen was gone is Available again.
///
/// # Errors
/// When the database fails.
pub async fn connected(
    desk: &Desk,
    member: MemberId,
    screen: ScreenId,
    socket: SocketId,
    now: Timestamp,
) -> Result<()> {
    let mut tx = desk.begin().await?;
    alive(&mut tx, member, screen, Some(socket), now).await?;
    let found = sitting(&mut tx, member).await?;
    if found.presence == "away" && found.presence_by == "gone" {
        if found.idle(&mut tx, now).await? {
            // Too long ago by now, however often the screen comes and goes.
            sqlx::query!(
                "update member set presence_by = 'idle' where workspace_id = $1 and id = $2",
                tx.workspace.0,
                member.0,
            )
            .execute(tx.conn())
            .await?;
        } else {
            switch(&mut tx, member, Presence::Available, "hand", now).await?;
        }
    }
    tx.commit().await
}

/// Somebody types, clicks or opens the page in a screen. Who was Away only because nobody was there is Available again.
///
/// # Errors
/// When the database fails.
pub async fn active(desk: &Desk, member: MemberId, screen: ScreenId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    alive(&mut tx, member, screen, None, now).await?;
    let found = sitting(&mut tx, member).await?;
    sqlx::query!(
        "update member set active_at = greatest(active_at, $3) where workspace_id = $1 and id = $2",
        tx.workspace.0,
        member.0,
        now,
    )
    .execute(tx.conn())
    .await?;
    if found.presence == "away" && found.presence_by != "hand" {
        switch(&mut tx, member, Presence::Available, "hand", now).await?;
    }
    tx.commit().await
}

/// An id that another member's screen has is not taken over.
async fn alive(
    tx: &mut Tx<'_>,
    member: MemberId,
    screen: ScreenId,
    socket: Option<SocketId>,
    now: Timestamp,
) -> Result<()> {
    sqlx::query!(
        "insert into screen as s (workspace_id, id, member_id, alive_at, socket) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, id) do update set alive_at = $4, gone_at = null, socket = coalesce($5, s.socket)
            where s.member_id = $3",
        tx.workspace.0,
        screen.0,
        member.0,
        now,
        socket.map(|socket| socket.0),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A member's presence and what it is decided by.
struct Sitting {
    presence: String,
    presence_by: String,
    since: Timestamp,
    screens: bool,
}

impl Sitting {
    /// Whether nobody has touched any of the member's screens for as long as the workspace says.
    async fn idle(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool> {
        Ok(self.since + TimeDelta::seconds(setting::store::load(tx).await?.away_after) <= now)
    }
}

/// Once nobody else decides about a member's presence: who is being switched just now is seen as switched.
async fn sitting(tx: &mut Tx<'_>, member: MemberId) -> Result<Sitting> {
    sqlx::query!(
        "select id from member where workspace_id = $1 and id = $2 for no key update",
        tx.workspace.0,
        member.0,
    )
    .fetch_one(tx.conn())
    .await?;
    let found = sqlx::query_as!(
        Sitting,
        r#"select presence, presence_by, coalesce(active_at, presence_since) as "since!",
                exists (select 1 from screen s where s.workspace_id = $1 and s.member_id = $2) as "screens!"
           from member where workspace_id = $1 and id = $2"#,
        tx.workspace.0,
        member.0,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(found)
}

/// A screen's socket has closed, or was found dead: the screen is gone, unless it has connected by another one since,
/// maybe to another process.
///
/// # Errors
/// When the database fails.
pub async fn left(desk: &Desk, member: MemberId, screen: ScreenId, socket: SocketId, now: Timestamp) -> Result<()> {
    let mut tx = desk.begin().await?;
    sqlx::query!(
        "update screen set gone_at = $5 where workspace_id = $1 and id = $2 and member_id = $3
            and (socket is null or socket = $4)",
        tx.workspace.0,
        screen.0,
        member.0,
        socket.0,
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
        let removed = sqlx::query_scalar!(
            "delete from screen where workspace_id = $1 and id = any($2) and (gone_at <= $3 or alive_at <= $4) returning id",
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
        "select m.workspace_id, m.id from member m
         left join setting s on s.workspace_id = m.workspace_id and s.key = 'away_after'
         where m.presence = 'available' and m.deactivated_at is null and m.presence_since <= $1
           and (coalesce(m.active_at, m.presence_since) + coalesce(s.value::bigint, $3) * interval '1 second' <= $2
                or not exists (select 1 from screen t where t.workspace_id = m.workspace_id and t.member_id = m.id))",
        now - GRACE,
        now,
        setting::Settings::default().away_after,
    )
    .fetch_all(db.pool())
    .await?;
    for row in quiet {
        let (desk, member) = (db.workspace(WorkspaceId(row.workspace_id)), MemberId(row.id));
        match leave_quietly(&desk, member, now).await {
            Ok(left) => done += usize::from(left),
            Err(error) => tracing::warn!(%error, %member, "a member could not be switched to Away"),
        }
    }
    Ok(done)
}

/// Switches a member to Away whom nobody sees at any screen, if that is still so: a screen may have connected meanwhile.
async fn leave_quietly(desk: &Desk, member: MemberId, now: Timestamp) -> Result<bool> {
    let mut tx = desk.begin().await?;
    let found = sitting(&mut tx, member).await?;
    let why = if found.idle(&mut tx, now).await? {
        "idle"
    } else if !found.screens {
        "gone"
    } else {
        return Ok(false);
    };
    switch(&mut tx, member, Presence::Away, why, now).await?;
    tx.commit().await?;
    Ok(true)
}
