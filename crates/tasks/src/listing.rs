//! A list on its way out.
//!
//! However long a list is, only a part of it is read, and held in memory, at a time: a part is read
//! when the client has taken the one before. So nobody's long list keeps others waiting.

use axum::body::{Body, Bytes};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tessera_axum::Owner;

use crate::page::{Cursor, Page};
use crate::problem::Problem;
use crate::store::Tasks;
use crate::task::Task;

/// The most tasks that are read at a time.
const PART: u8 = 200;

/// The list as JSON: a page, or all that there is.
///
/// The first part is read at once, so that a database that does not answer is an error with a
/// status. When it stops answering later, the answer breaks off.
pub(crate) async fn body(tasks: Tasks, owner: Owner, page: Page) -> Result<Body, Problem> {
    let mut json = br#"{"tasks":["#.to_vec();
    let first = Page { limit: Some(page.limit.unwrap_or(PART)), ..page };
    let next = append(&tasks, &owner, first, &mut json, false).await?;
    let Some(after) = next.filter(|_| page.limit.is_none()) else {
        close(next, &mut json)?;
        return Ok(json.into());
    };

    let rest = stream::try_unfold((Some(after), tasks, owner), async |(after, tasks, owner)| {
        let Some(after) = after else {
            return Ok(None);
        };
        // Others have their turn between two parts.
        tokio::task::yield_now().await;
        let (json, next) = part(&tasks, &owner, after).await?;
        Ok(Some((json, (next, tasks, owner))))
    });
    let first = stream::iter([Ok(Bytes::from(json))]);
    let span = tracing::Span::current();
    let log = move |problem: &Problem| {
        span.in_scope(|| tracing::error!(?problem, "a list broke off"));
    };
    Ok(Body::from_stream(first.chain(rest.inspect_err(log)).map_err(|_| BrokeOff)))
}

/// The client learns it from a body without an end.
#[derive(Debug, thiserror::Error)]
#[error("the list broke off")]
struct BrokeOff;

/// What follows `after`, and where to go on.
async fn part(
    tasks: &Tasks,
    owner: &Owner,
    after: Cursor,
) -> Result<(Bytes, Option<Cursor>), Problem> {
    let mut json = Vec::new();
    let page = Page { limit: Some(PART), after: Some(after) };
    let next = append(tasks, owner, page, &mut json, true).await?;
    if next.is_none() {
        close(None, &mut json)?;
    }
    Ok((json.into(), next))
}

/// Writes the tasks of a page, the first after a comma if others stand before it.
async fn append(
    tasks: &Tasks,
    owner: &Owner,
    page: Page,
    json: &mut Vec<u8>,
    mut comma: bool,
) -> Result<Option<Cursor>, Problem> {
    let each = |task: &Task<'_>| {
        if comma {
            json.push(b',');
        }
        comma = true;
        Ok(serde_json::to_writer(&mut *json, task)?)
    };
    tasks.of(owner).list(page, each).await
}

fn close(next: Option<Cursor>, json: &mut Vec<u8>) -> Result<(), Problem> {
    json.extend_from_slice(br#"],"next_cursor":"#);
    serde_json::to_writer(&mut *json, &next.map(|cursor| cursor.to_string()))?;
    json.push(b'}');
    Ok(())
}
