//! Ctrl-C, heard even while all threads of the runtime compute.

use tokio::sync::watch;

use crate::{Error, Result};

/// Counts how often Ctrl-C was pressed.
#[derive(Debug, Clone)]
pub(super) struct Interrupts(watch::Receiver<u64>);

impl Interrupts {
    /// Begins to listen; from then on Ctrl-C no longer ends the process.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub(super) fn listen() -> Result<Self> {
        let (sender, receiver) = watch::channel(0);
        let failed = |e: std::io::Error| Error::internal(e.to_string()).on("signals");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (ready, is_ready) = std::sync::mpsc::channel();
        let listen = move || {
            runtime.block_on(async {
                let mut first = Box::pin(tokio::signal::ctrl_c());
                let registered = futures::poll!(&mut first);
                if ready.send(()).is_err() {
                    return;
                }
                if registered.is_pending() && first.await.is_ok() {
                    sender.send_modify(|count| *count += 1);
                }
                while tokio::signal::ctrl_c().await.is_ok() {
                    sender.send_modify(|count| *count += 1);
                }
            });
        };
        std::thread::Builder::new().name("interrupts".to_owned()).spawn(listen).map_err(failed)?;
        // The line editor puts back the handler that it finds, which must be this one: else Ctrl-C ends the process.
        is_ready.recv().map_err(|e| Error::internal(e.to_string()).on("signals"))?;
        Ok(Self(receiver))
    }

    /// Waits for the next Ctrl-C.
    pub(super) async fn next(&mut self) {
        self.0.mark_unchanged();
        if self.0.changed().await.is_err() {
            // The listener has gone, so that none will come.
            std::future::pending().await
        }
    }
}
