//! A connection that sends together what is written in one turn of its task. HTTP/2 writes frames of 16 kB and flushes
//! after each: a system call and a waking of the reader for every one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tonic::transport::server::Connected;

/// What is sent at once: as much as the kernel hands on in one piece.
const ENOUGH: usize = 64 << 10;

/// The connection.
#[derive(Debug)]
pub(super) struct Gathered<S> {
    inner: S,
    /// What was written and not sent.
    held: Vec<u8>,
    /// How much of it was sent already.
    sent: usize,
}

impl<S> Gathered<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner, held: Vec::new(), sent: 0 }
    }
}

impl<S: AsyncWrite + Unpin> Gathered<S> {
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.sent < self.held.len() {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, &self.held[self.sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => self.sent += n,
            }
        }
        self.held.clear();
        self.sent = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.held.len() >= ENOUGH {
            ready!(this.poll_send(cx))?;
        }
        for piece in pieces {
            this.held.extend_from_slice(piece);
        }
        Poll::Ready(Ok(pieces.iter().map(|piece| piece.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// What is held is sent when the task has its next turn, which is at once, and reads.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(Err(e)) = this.poll_send(cx) {
            return Poll::Ready(Err(e));
        }
        Pin::new(&mut this.inner).poll_read(cx, buffer)
    }
}

impl<S: Connected> Connected for Gathered<S> {
    type ConnectInfo = S::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// A task of a connection as HTTP/2 has it: it reads in each of its turns.
    async fn turns(mut server: Gathered<DuplexStream>, frames: usize) {
        for frame in 0..frames {
            server.write_all(&vec![frame as u8; 16_393]).await.unwrap();
            server.flush().await.unwrap();
            std::future::poll_fn(|cx| {
                let mut byte = [0];
                let _ = Pin::new(&mut server).poll_read(cx, &mut ReadBuf::new(&mut byte));
                Poll::Ready(())
            })
            .await;
        }
        server.shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn all_that_was_written_arrives_in_order() {
        // The reader is slower than the writer, and takes less at once than is written.
        let (server, mut client) = duplex(1000);
        let writing = tokio::spawn(turns(Gathered::new(server), 40));
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        writing.await.unwrap();
        assert_eq!(received.len(), 40 * 16_393);
        assert!(received.chunks(16_393).enumerate().all(|(n, frame)| frame.iter().all(|b| *b == n as u8)));
    }

    #[tokio::test]
    async fn what_was_flushed_is_sent_in_the_next_turn() {
        let (server, mut client) = duplex(1000);
        let mut server = Gathered::new(server);
        server.write_all(b"ping").await.unwrap();
        server.flush().await.unwrap();
        // Nothing else is written: the flush has woken the task, which reads.
        let mut answer = [0; 4];
        let (read, sent) = tokio::join!(server.read_exact(&mut answer), async {
            let mut asked = [0; 4];
            client.read_exact(&mut asked).await.unwrap();
            client.write_all(b"pong").await.unwrap();
            asked
        });
        read.unwrap();
        assert_eq!((&sent, &answer), (b"ping", b"pong"));
    }
}
