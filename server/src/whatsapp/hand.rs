//! Hands a claimed message over to WhatsApp: its file first, where it has one that WhatsApp does not have yet.

use super::graph::Graph;
use app::context::Clock;
use domain::Error;
use domain::db::Db;
use domain::media::{File, handed};
use domain::message::Failure;
use domain::outbox::{Answer, Claim};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Files on their way at once, each whole in memory.
static UPLOADS: Semaphore = Semaphore::const_new(4);
/// How long one waits for its turn; with the upload and the call that follows it, well before the lease ends.
const TURN: Duration = Duration::from_secs(30);

/// Uploads what is not yet uploaded, then sends, once.
pub async fn over(db: &Db, graph: &Graph, clock: &Clock, claim: &Claim) -> Answer {
    let Some(file) = claim.body.file() else { return graph.send(claim, None).await };
    let media = match media(db, graph, clock, claim, file).await {
        Ok(media) => media,
        Err(answer) => return answer,
    };
    let answer = graph.send(claim, Some(&media)).await;
    if matches!(answer, Answer::Refused(_)) && handed::forget(db, claim, file.id).await.is_err() {
        tracing::warn!(file = %file.id, "a file's id was refused and could not be dropped");
    }
    answer
}

/// WhatsApp's id of the file. Whatever goes wrong before the message itself is sent, it was not sent.
async fn media(db: &Db, graph: &Graph, clock: &Clock, claim: &Claim, file: &File) -> Result<String, Answer> {
    let not_sent = |_| Answer::NotSent;
    if let Some(media) = handed::known(db, claim, file.id, clock.now()).await.map_err(not_sent)? {
        return Ok(media);
    }
    let Ok(Ok(_turn)) = tokio::time::timeout(TURN, UPLOADS.acquire()).await else { return Err(Answer::NotSent) };
    // Another message with the same file may have been faster.
    if let Some(media) = handed::known(db, claim, file.id, clock.now()).await.map_err(not_sent)? {
        return Ok(media);
    }
    let content = handed::bytes(db, claim, file.id).await.map_err(|error| match error {
        Error::NotFound => Answer::Refused(Failure::own("The file is not there any more.")),
        _ => Answer::NotSent,
    })?;
    let media = graph.upload(claim, file, content).await?;
    if handed::remember(db, claim, file.id, &media, clock.now()).await.is_err() {
        tracing::warn!(file = %file.id, "a file will be uploaded again: its id could not be kept");
    }
    Ok(media)
}
