//! Customers by whatever they are known by, within a list that has an order and filters of its own.

use super::{people, people::Changed, query::Query};
use crate::Result;
use crate::db::Tx;
use crate::member::Member;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

/// So many contacts are named one by one; where more fit, the list is read along its order and each is asked.
const FEW: i32 = 2000;

/// Who is looked for.
pub(crate) struct Within<'a> {
    member: &'a Member,
    query: Query,
    /// Those who fit and whose words are being made anew.
    anew: Vec<Uuid>,
    /// Whoever was looked at for that.
    looked: Vec<Uuid>,
}

impl<'a> Within<'a> {
    /// `None` where what was typed says nothing, or too little to look for.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn read(tx: &mut Tx<'_>, member: &'a Member, typed: &str) -> Result<Option<Self>> {
        let typed: String = typed.chars().take(super::LONGEST).collect();
        let Some(query) = Query::read(&typed) else { return Ok(None) };
        let Changed { looked, fits, .. } = people::changed(tx, &query).await?;
        let anew = sqlx::query_scalar!(
            r#"select case when merged_into is null then id else merged_into end as "id!" from contact
               where workspace_id = $1 and id = any($2)"#,
            tx.workspace.0,
            &fits,
        )
        .fetch_all(tx.conn())
        .await?;
        Ok(Some(Self { member, query, anew, looked }))
    }

    /// All of them by the index, in sight or not; `None` where they are many.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn few(&self, tx: &mut Tx<'_>) -> Result<Option<Vec<Uuid>>> {
        let few = sqlx::query_scalar!(
            "select find_few($1, $2, $3, $4)",
            tx.workspace.0,
            self.query.over_people(),
            FEW,
            &self.looked,
        )
        .fetch_one(tx.conn())
        .await?;
        Ok(few.map(|few| few.into_iter().chain(self.anew.iter().copied()).collect()))
    }

    /// Adds the condition that the contact of the chat `c` is one of them.
    pub(crate) fn push_fits(&self, tx: &Tx<'_>, query: &mut QueryBuilder<Postgres>) {
        let workspace = tx.workspace.0;
        query
            .push(" and (c.contact_id = any(")
            .push_bind(self.anew.clone())
            .push(") or exists (select 1 from (select k.id from contact k where k.workspace_id = ")
            .push_bind(workspace)
            .push(" and (k.id = c.contact_id or k.merged_into = c.contact_id) offset 0) k")
            .push(" cross join lateral (select w.words from contact_words w where w.workspace_id = ")
            .push_bind(workspace)
            .push(" and w.contact_id = k.id offset 0) w where w.words @@ ")
            .push_bind(self.query.over_people().replace('~', ""))
            .push("::tsquery and not k.id = any(")
            .push_bind(self.looked.clone())
            .push(")))");
    }

    /// Adds the condition that the contact of the chat `c` is in sight.
    pub(crate) fn push_in_sight(&self, tx: &Tx<'_>, query: &mut QueryBuilder<Postgres>) {
        query.push(" and contact_in_sight(").push_bind(tx.workspace.0).push(", c.contact_id, ");
        query.push_bind(self.member.id.0).push(", ").push_bind(self.member.role.supervises()).push(")");
    }
}
