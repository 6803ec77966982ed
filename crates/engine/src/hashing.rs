//! The lane in which passwords are hashed, beside everything else the server does.
//!
//! A hash takes about 60 ms of a core and 32 MiB. So hashing has threads of its own, as many as it
//! may use cores at once, which bounds the memory too; they yield to the threads that answer
//! requests; and the queue before them is bounded: a server that cannot keep up says so at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::{fmt, io};

use parking_lot::Mutex;
use tokio::sync::oneshot;

/// How much lower than the rest the lane's threads stand with the scheduler (a Unix nice value).
const NICENESS: i32 = 10;

/// Threads that hash passwords, and the bounded queue before them.
#[derive(Clone)]
pub struct HashingLane {
    queue: SyncSender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// The queue is full (or the lane is gone): come back later.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be hashed")]
pub struct LaneBusy;

impl HashingLane {
    /// Starts `threads` threads, before which at most `waiting` hashes queue.
    ///
    /// Fails when the operating system gives no thread. The threads end when the last handle does.
    pub fn start(threads: NonZeroUsize, waiting: usize) -> io::Result<Self> {
        let (queue, jobs) = sync_channel::<Job>(waiting);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads.get() {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name(format!("hashing-{number}")).spawn(move || work(&jobs))?;
        }
        Ok(Self { queue })
    }

    /// Runs `hash` in the lane. Work whose caller has gone away is not begun.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, LaneBusy> {
        let (reply, answer) = oneshot::channel();
        let job = move || {
            if !reply.is_closed() {
                // A caller who leaves while the hash is made misses it; that is all.
                let _ = reply.send(hash());
            }
        };
        match self.queue.try_send(Box::new(job)) {
            Ok(()) => answer.await.map_err(|_| LaneBusy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(LaneBusy),
        }
    }
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    if let Err(error) =
        rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS)
    {
        tracing::debug!(%error, "hashing runs at ordinary priority");
    }
    loop {
        let job = jobs.lock().recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

impl fmt::Debug for HashingLane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashingLane")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// A job that occupies the lane until the sender is dropped.
    fn occupy(lane: &HashingLane) -> std::sync::mpsc::Sender<()> {
        let (release, released) = std::sync::mpsc::channel::<()>();
        lane.queue
            .send(Box::new(move || {
                let _ = released.recv();
            }))
            .unwrap();
        release
    }

    #[tokio::test]
    async fn n3_a_full_queue_is_refused_at_once_and_the_lane_recovers() {
        let lane = HashingLane::start(NonZeroUsize::MIN, 0).unwrap();
        // With no room to wait, `send` returns once the only thread has taken the job.
        let release = occupy(&lane);
        assert_eq!(lane.run(|| ()).await, Err(LaneBusy));
        drop(release);
        let (done, finished) = oneshot::channel();
        lane.queue.send(Box::new(move || done.send(()).unwrap())).unwrap();
        finished.await.unwrap();
    }

    #[tokio::test]
    async fn work_whose_caller_left_is_not_begun() {
        let lane = HashingLane::start(NonZeroUsize::MIN, 3).unwrap();
        let release = occupy(&lane);
        let begun = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&begun);
        let mut waiting = Box::pin(lane.run(move || mark.store(true, Ordering::SeqCst)));
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(waiting.as_mut().poll(cx)))
                .await
                .is_pending()
        );
        drop(waiting);
        drop(release);
        lane.run(|| ()).await.unwrap();
        assert!(!begun.load(Ordering::SeqCst));
    }
}
