//! Bodies of answers: held in memory up to a bound, or written to a file.

use std::{
    fs::File,
    io::{self, Seek, Write},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use super::trouble::{self, NoBody};

/// Most bytes of a body that is held in memory, after decompression: no answer of either API comes near it.
const MOST: usize = 64 << 20;
/// Longest download of a file: the server's silence is bounded apart from it.
const DOWNLOAD: Duration = Duration::from_hours(6);

/// Where the body of a good answer goes.
pub(super) trait Sink {
    /// Begins anew: what a try before this one brought is thrown away.
    fn begin(&mut self) -> io::Result<()>;
    /// Takes the next bytes; tells whether there is room for them.
    fn take(&mut self, bytes: &[u8]) -> io::Result<bool>;
    /// What is held in memory, at the end.
    fn finish(&mut self) -> io::Result<Bytes>;
    /// How long the whole answer may take, where that is not the client's.
    fn timeout(&self) -> Option<Duration>;
}

/// Memory, up to [`MOST`] bytes.
#[derive(Debug, Default)]
pub(super) struct Held(BytesMut);

impl Sink for Held {
    fn begin(&mut self) -> io::Result<()> {
        self.0.clear();
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let room = self.0.len().saturating_add(bytes.len()) <= MOST;
        if room {
            self.0.extend_from_slice(bytes);
        }
        Ok(room)
    }

    fn finish(&mut self) -> io::Result<Bytes> {
        Ok(std::mem::take(&mut self.0).freeze())
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
        NoBody::Unusable(format!("the answer cannot be kept: {error}"))
    };
    sink.begin().map_err(disk)?;
    while let Some(bytes) = response.chunk().await.map_err(|error| trouble::no_body(&error))? {
        if !sink.take(&bytes).map_err(disk)? {
            return Err(NoBody::Unusable("the answer is larger than 64 MB, which no answer of this API is".into()));
        }
    }
    sink.finish().map_err(disk)
}
