//! The pulls of a run, which its jobs share.
//!
//! Invariant: an image is pulled once for all jobs of a run, also if they ask for it at the same time. A failed pull
//! is not shared: each job that waited for it tries by itself, for it may have other credentials.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::{OnceCell, Semaphore};

use crate::plan::job_plan::ImagePlan;

/// Reference and platform: what the engine pulls. The number of keys is bounded by the images of the pipeline file.
type PullKey = (String, Option<String>);

/// How many images are pulled at the same time. The engine downloads three layers of each at a time.
pub const CONCURRENT_PULLS_MAX: usize = 4;

/// The pulls of a run. Clones share them.
#[derive(Debug, Clone)]
pub struct SharedPulls {
    created: Instant,
    /// What a pull needs to begin.
    permits: Arc<Semaphore>,
    pulls: Arc<Mutex<BTreeMap<PullKey, Arc<SharedPull>>>>,
}

#[derive(Debug)]
struct SharedPull {
    begun: Instant,
    done: OnceCell<()>,
}

impl SharedPulls {
    /// No image has been pulled.
    pub fn new() -> Self {
        let permits = Arc::new(Semaphore::new(CONCURRENT_PULLS_MAX));
        Self { created: Instant::now(), permits, pulls: Arc::default() }
    }

    /// When the run began: no pull is older.
    pub fn created(&self) -> Instant {
        self.created
    }

    /// Runs `pull` unless a job of the run has pulled the image in a pull begun at `since` or later; waits for such a
    /// pull while it goes on. A retried job passes the time of its retry, because it starts from nothing.
    ///
    /// # Errors
    /// Those of `pull`.
    pub async fn pull_once<E>(
        &self,
        image: &ImagePlan,
        since: Instant,
        pull: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        let shared = self.shared_pull(image, since);
        let permitted = async {
            // The semaphore is never closed.
            let _permit = self.permits.acquire().await;
            pull.await
        };
        shared.done.get_or_try_init(|| permitted).await.copied()
    }

    fn shared_pull(&self, image: &ImagePlan, since: Instant) -> Arc<SharedPull> {
        let new = || Arc::new(SharedPull { begun: Instant::now(), done: OnceCell::new() });
        let key = (image.reference.clone(), image.platform.clone());
        let mut pulls = self.pulls.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = pulls.entry(key).or_insert_with(new);
        if shared.begun < since {
            *shared = new();
        }
        Arc::clone(shared)
    }
}

impl Default for SharedPulls {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::yield_now;

    use super::*;
    use crate::executor::testing::image;

    /// An engine that refuses the first `refusals` pulls.
    struct RefusingEngine {
        refusals: usize,
        pulls: AtomicUsize,
    }

    impl RefusingEngine {
        fn refusing(refusals: usize) -> Self {
            Self { refusals, pulls: AtomicUsize::new(0) }
        }

        async fn pull(&self) -> Result<(), &'static str> {
            let number = self.pulls.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
            if number < self.refusals { Err("denied") } else { Ok(()) }
        }

        fn pulls(&self) -> usize {
            self.pulls.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn jobs_that_ask_at_the_same_time_share_one_pull() {
        let (pulls, engine, image) = (SharedPulls::new(), RefusingEngine::refusing(0), image("a:1"));
        let job = || pulls.pull_once(&image, pulls.created(), engine.pull());
        assert_eq!(tokio::join!(job(), job(), job()), (Ok(()), Ok(()), Ok(())));
        assert_eq!((job().await, engine.pulls()), (Ok(()), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn four_images_are_pulled_at_a_time() {
        let (pulls, running, most) = (SharedPulls::new(), AtomicUsize::new(0), AtomicUsize::new(0));
        let pull = async |name: &str| {
            let pull = async {
                most.fetch_max(running.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                running.fetch_sub(1, Ordering::Relaxed);
                Ok::<(), ()>(())
            };
            pulls.pull_once(&image(name), pulls.created(), pull).await
        };
        let begun = tokio::time::Instant::now();
        let nine = tokio::join!(
            pull("1"),
            pull("2"),
            pull("3"),
            pull("4"),
            pull("5"),
            pull("6"),
            pull("7"),
            pull("8"),
            pull("9")
        );
        assert!(nine.8.is_ok());
        assert_eq!((most.into_inner(), begun.elapsed().as_secs()), (CONCURRENT_PULLS_MAX, 3));
    }

    #[tokio::test]
    async fn a_job_that_waited_for_a_failed_pull_tries_by_itself() {
        let (pulls, engine, image) = (SharedPulls::new(), RefusingEngine::refusing(1), image("a:1"));
        let job = || pulls.pull_once(&image, pulls.created(), engine.pull());
        assert_eq!(tokio::join!(job(), job(), job()), (Err("denied"), Ok(()), Ok(())));
        assert_eq!(engine.pulls(), 2);
    }

    #[tokio::test]
    async fn a_pull_that_its_job_gives_up_is_taken_over_by_a_job_that_waits() {
        let (pulls, engine, image) = (SharedPulls::new(), RefusingEngine::refusing(0), image("a:1"));
        let stopped = async {
            tokio::select! {
                biased;
                _ = pulls.pull_once(&image, pulls.created(), std::future::pending::<Result<(), &str>>()) => {}
                () = async { yield_now().await; yield_now().await } => {}
            }
        };
        let waiting = pulls.pull_once(&image, pulls.created(), engine.pull());
        assert_eq!((tokio::join!(stopped, waiting).1, engine.pulls()), (Ok(()), 1));
    }

    #[tokio::test]
    async fn a_retry_and_another_platform_are_pulled_again() {
        let (pulls, engine, image) = (SharedPulls::new(), RefusingEngine::refusing(0), image("a:1"));
        pulls.pull_once(&image, pulls.created(), engine.pull()).await.unwrap();
        let other = ImagePlan { platform: Some("linux/arm64".to_owned()), ..image.clone() };
        pulls.pull_once(&other, pulls.created(), engine.pull()).await.unwrap();
        assert_eq!(engine.pulls(), 2);
        let retried = Instant::now();
        pulls.pull_once(&image, retried, engine.pull()).await.unwrap();
        pulls.pull_once(&image, pulls.created(), engine.pull()).await.unwrap();
        assert_eq!(engine.pulls(), 3);
    }
}
