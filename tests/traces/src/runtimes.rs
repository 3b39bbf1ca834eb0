//! Where programs run.

use std::future::Future;

use tokio::runtime::Builder;

/// What a program's futures are polled by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// Its own thread, without tokio.
    None,
    /// tokio's, on its own thread.
    CurrentThread,
    /// tokio's, on a thread beside.
    OneWorker,
    /// tokio's, on four threads beside.
    FourWorkers,
}

impl Runtime {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::None, Self::CurrentThread, Self::OneWorker, Self::FourWorkers];

    /// Has a program run there: where there are workers, on one of them.
    ///
    /// # Panics
    ///
    /// If the program does, or there can be no runtime.
    pub fn run<T: Send + 'static>(self, program: impl Future<Output = T> + Send + 'static) -> T {
        let workers = match self {
            Self::None => return futures::executor::block_on(program),
            Self::CurrentThread => {
                let runtime = Builder::new_current_thread().enable_all().build();
                return runtime.expect("a runtime").block_on(program);
            }
            Self::OneWorker => 1,
            Self::FourWorkers => 4,
        };
        let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build().expect("a runtime");
        runtime.block_on(async { tokio::spawn(program).await.expect("it does not panic") })
    }
}
