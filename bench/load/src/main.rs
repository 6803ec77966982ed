//! A thousand people at once (N1): each signs up, writes tasks, and then lists them over a
//! connection of their own for as long as the measurement takes.
//!
//! Starts `target/release/tessera` itself, on loopback, with a fresh database. Everything shares
//! the machine's cores with the server, so the figures are lower bounds.
#![expect(clippy::print_stdout, reason = "printing the figures is what it is for")]

mod person;
mod server;

use std::error::Error;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::person::Person;
use crate::server::Server;

const PEOPLE: usize = 1_000;
const TASKS: usize = 20;
const SECONDS: u64 = 20;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let server = Server::start().await?;
    println!("start to first answer   {:>9.1} ms", millis(server.started_in));
    println!("memory when idle        {:>9.1} MB", server.memory("VmRSS")?);

    let (people, took) = timed(sign_up_all(&server)).await?;
    println!("{PEOPLE} sign-ups at once    {:>9.1} s, none failed", took.as_secs_f64());

    let (people, took) = timed(in_parallel(people, |mut person| async move {
        person.reconnect().await?;
        for number in 0..TASKS {
            person.add_task(number).await?;
        }
        Ok(person)
    }))
    .await?;
    let writes = PEOPLE * TASKS;
    println!("{writes} tasks written   {:>9.0} /s", rate(writes, took));

    let until = Instant::now() + Duration::from_secs(SECONDS);
    let (people, took) = timed(in_parallel(people, move |mut person| async move {
        while Instant::now() < until {
            person.list_tasks(TASKS).await?;
        }
        Ok(person)
    }))
    .await?;
    let mut latencies: Vec<Duration> =
        people.into_iter().flat_map(|person| person.latencies).collect();
    latencies.sort_unstable();
    println!("{PEOPLE} connections listing {TASKS} tasks for {SECONDS} s:");
    println!("  requests              {:>9}, none failed", latencies.len());
    println!("  requests/s            {:>9.0}", rate(latencies.len(), took));
    println!("  p50                   {:>9.1} ms", millis(percentile(&latencies, 50)));
    println!("  p99                   {:>9.1} ms", millis(percentile(&latencies, 99)));
    println!("memory afterwards       {:>9.1} MB", server.memory("VmRSS")?);
    println!("memory at most          {:>9.1} MB", server.memory("VmHWM")?);
    Ok(())
}

async fn sign_up_all(server: &Server) -> Result<Vec<Person>, Failure> {
    let port = server.port;
    in_parallel((0..PEOPLE).collect(), move |number| Person::sign_up(port, number)).await
}

/// Runs one task for each item, all at once; the first failure is the answer.
async fn in_parallel<I, O, F>(items: Vec<I>, run: impl Fn(I) -> F) -> Result<Vec<O>, Failure>
where
    O: Send + 'static,
    F: Future<Output = Result<O, Failure>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for item in items {
        tasks.spawn(run(item));
    }
    let mut outputs = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        outputs.push(finished??);
    }
    Ok(outputs)
}

async fn timed<T>(
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<(T, Duration), Failure> {
    let begun = Instant::now();
    Ok((work.await?, begun.elapsed()))
}

/// The time that so many per cent of the sorted times do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[expect(clippy::cast_precision_loss, reason = "a count of requests is far below 2^52")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
