//! What WhatsApp is told about reading and typing. Fleeting: lost receipts are not made up for.

use crate::db::Desk;
use crate::member::Member;
use crate::{ChatId, Result};

/// A receipt for the customer's newest message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The number it goes out from.
    pub phone_number_id: String,
    /// The token for it.
    pub access_token: String,
    /// The customer's message; it and all earlier ones count as read.
    pub wamid: String,
    /// Whether "typing …" is shown too, for 25 seconds or until the next message.
    pub typing: bool,
}

/// The receipt for a chat's newest message by the customer. Only the holder gives any: whoever looks at a chat
/// that the bot handles does not promise an answer.
///
/// # Errors
/// When the database fails.
pub async fn receipt(desk: &Desk, member: &Member, chat: ChatId, typing: bool) -> Result<Option<Receipt>> {
    let mut tx = desk.snapshot().await?;
    let found = sqlx::query!(
        r#"select channel.phone_number_id, channel.access_token, message.wamid as "wamid!" from chat
           join channel on channel.workspace_id = chat.workspace_id and channel.id = chat.channel_id
           join message on message.workspace_id = chat.workspace_id and message.chat_id = chat.id
           where chat.workspace_id = $1 and chat.id = $2 and chat.holder = $3 and channel.stopped is null
             and message.author = 'customer' and message.wamid is not null
           order by message.seq desc limit 1"#,
        tx.workspace.0,
        chat.0,
        member.id.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| Receipt {
        phone_number_id: row.phone_number_id,
        access_token: row.access_token,
        wamid: row.wamid,
        typing,
    }))
}
