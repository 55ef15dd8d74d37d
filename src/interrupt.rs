//! Ctrl-C: the first asks for an orderly end, the second ends at once.

use tokio::sync::watch;

/// Tells whoever holds it that the user wants to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
}

impl Interrupt {
    /// Listens for SIGINT and SIGTERM on the present runtime.
    ///
    /// # Errors
    /// A signal that cannot be listened to.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (ask, asked) = watch::channel(false);
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::spawn(async move {
            loop {
                tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
                if ask.send_replace(true) {
                    at_once();
                }
            }
        });
        Ok(Self { asked })
    }

    /// One that never comes, for runs that nobody interrupts.
    #[must_use]
    pub fn never() -> Self {
        Self { asked: watch::channel(false).1 }
    }

    /// Whether the user wants to stop.
    #[must_use]
    pub fn asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Returns when the user wants to stop.
    pub async fn wait(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            // Nobody listens any more, so nobody can ask.
            std::future::pending::<()>().await;
        }
    }
}

#[expect(clippy::exit, reason = "a second interrupt means now; what is on disk is safe at any moment")]
fn at_once() -> ! {
    std::process::exit(130)
}
