//! Bodies of answers: held in memory up to a bound, or written to a file.

use std::{
    fs::File,
    io::{self, Seek, Write},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::trouble::{self, NoBody};
use crate::json;

/// Most bytes of a body that is held in memory, after decompression: no answer of either API comes near it.
const MOST: usize = 64 << 20;
/// Most values in one: what is built of it takes some fifty bytes a value, however small that is.
const MOST_VALUES: usize = 1_000_000;
/// A body that is larger waits until no other of that size is held: pages of both APIs have a hundredth of it.
const LARGE: usize = 8 << 20;
/// Longest wait for that: who holds one and asks for another must not wait for themselves.
const LONGEST_TURN: Duration = Duration::from_secs(20);
static TURN: Semaphore = Semaphore::const_new(1);
/// Longest download of a file: the server's silence is bounded apart from it.
const DOWNLOAD: Duration = Duration::from_hours(6);

/// Where the body of a good answer goes.
pub(super) trait Sink {
    /// Begins anew: what a try before this one brought is thrown away.
    fn begin(&mut self) -> io::Result<()>;
    /// Waits until there may be so many bytes more.
    async fn turn(&mut self, more: usize);
    /// Takes the next bytes; tells whether there is room for them.
    fn take(&mut self, bytes: &[u8]) -> io::Result<bool>;
    /// What is held in memory, at the end.
    fn finish(&mut self) -> io::Result<Bytes>;
    /// How long the whole answer may take, where that is not the client's.
    fn timeout(&self) -> Option<Duration>;
}

/// Memory, up to [`MOST`] bytes.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: BytesMut,
    /// From [`LARGE`] bytes on.
    turn: Option<SemaphorePermit<'static>>,
}

/// A body, and its turn for as long as anybody holds it.
struct Turn(BytesMut, #[expect(dead_code, reason = "it is given back when dropped")] SemaphorePermit<'static>);

impl AsRef<[u8]> for Turn {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Sink for Held {
    fn begin(&mut self) -> io::Result<()> {
        *self = Self::default();
        Ok(())
    }

    async fn turn(&mut self, more: usize) {
        if self.turn.is_none() && self.bytes.len().saturating_add(more) > LARGE {
            self.turn = tokio::time::timeout(LONGEST_TURN, TURN.acquire()).await.ok().and_then(Result::ok);
        }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let room = self.bytes.len().saturating_add(bytes.len()) <= MOST;
        if room {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(room)
    }

    fn finish(&mut self) -> io::Result<Bytes> {
        let Self { bytes, turn } = std::mem::take(self);
        Ok(match turn {
            Some(turn) => Bytes::from_owner(Turn(bytes, turn)),
            None => bytes.freeze(),
        })
    }

    fn timeout(&self) -> Option<Duration> {
        None
    }
}

impl Sink for File {
    fn begin(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.rewind()
    }

    async fn turn(&mut self, _more: usize) {}

    fn take(&mut self, bytes: &[u8]) -> io::Result<bool> {
        self.write_all(bytes).map(|()| true)
    }

    fn finish(&mut self) -> io::Result<Bytes> {
        self.flush()?;
        self.rewind()?;
        Ok(Bytes::new())
    }

    fn timeout(&self) -> Option<Duration> {
        Some(DOWNLOAD)
    }
}

/// Receives a body: where the answer says yes into `sink`, else into memory.
pub(super) async fn receive(response: Response, sink: &mut impl Sink) -> Result<Bytes, NoBody> {
    if response.status().is_success() { receive_into(response, sink).await } else { words(response).await }
}

async fn words(response: Response) -> Result<Bytes, NoBody> {
    receive_into(response, &mut Held::default()).await
}

async fn receive_into(mut response: Response, sink: &mut impl Sink) -> Result<Bytes, NoBody> {
    let disk = |error: io::Error| {
        // Some answers are extras that nothing stops for; a disk that fails is told all the same.
        tracing::warn!("an answer cannot be kept on this machine: {error}");
        NoBody::Unusable(format!("the answer cannot be kept, make room for it: {error}"))
    };
    sink.begin().map_err(disk)?;
    while let Some(bytes) = response.chunk().await.map_err(|error| trouble::no_body(&error))? {
        sink.turn(bytes.len()).await;
        if !sink.take(&bytes).map_err(disk)? {
            return Err(NoBody::Unusable("the answer is larger than 64 MB, which no answer of this API is".into()));
        }
    }
    let body = sink.finish().map_err(disk)?;
    if json::holds_more_values(&body, MOST_VALUES) {
        return Err(NoBody::Unusable(
            "the answer holds more than 1,000,000 values, which no answer of this API does".into(),
        ));
    }
    Ok(body)
}
