//! A connection whose rows of `COPY` come many to a message.
//!
//! PostgreSQL sends each row as a message of its own, `d`, a length and the row, and what is done for a message costs more
//! than the row. So the messages that arrive together are made one before tokio-postgres sees them; the bytes in them
//! are the same. All other messages pass as they are.
//!
//! tokio-postgres lets a stream be put around its own where it encrypts, so that is what this claims to do, around a
//! stream that encrypts or around one that does not.

use std::fmt;
use std::future::{Future, Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready as when_ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

/// So much is read at a time.
const READ: usize = 64 << 10;

/// The letter and the length of a message.
const HEAD: usize = 5;

/// Connects without encryption.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain;

/// Connects with the encryption of another.
#[derive(Debug, Clone)]
pub(super) struct Encrypted<T>(pub(super) T);

/// A stream in which rows that arrive together are one message.
pub(super) struct Merged<S> {
    inner: S,
    binding: fn(&S) -> ChannelBinding,
    /// What was read, up to `filled`.
    input: Vec<u8>,
    filled: usize,
    /// What is to be passed on, from `passed` on.
    output: Vec<u8>,
    passed: usize,
    /// So many bytes that come next belong to a long message whose beginning is passed on.
    open: usize,
}

impl<S> Merged<S> {
    fn new(inner: S, binding: fn(&S) -> ChannelBinding) -> Self {
        let input = vec![0; READ];
        Self { inner, binding, input, filled: 0, output: Vec::new(), passed: 0, open: 0 }
    }

    /// Moves whole messages from the input to the output, and the beginning of one that is too long to wait for.
    fn merge(&mut self) {
        self.output.clear();
        self.passed = 0;
        let input = &self.input[..self.filled];
        let mut at = self.open.min(input.len());
        self.output.extend_from_slice(&input[..at]);
        self.open -= at;
        // Where the message begins that rows are added to.
        let mut rows = None;
        while let Some([letter, length @ ..]) = input.get(at..).and_then(|b| b.first_chunk::<HEAD>()) {
            let end = at + 1 + u32::from_be_bytes(*length) as usize;
            let Some(message) = input.get(at..end) else {
                if end - at > READ / 2 {
                    self.output.extend_from_slice(&input[at..]);
                    self.open = end - input.len();
                    at = input.len();
                }
                break;
            };
            at = end;
            match rows {
                Some(start) if *letter == b'd' => {
                    self.output.extend_from_slice(message.get(HEAD..).unwrap_or_default());
                    let length = (self.output.len() - start - 1) as u32;
                    self.output[start + 1..start + HEAD].copy_from_slice(&length.to_be_bytes());
                }
                _ => {
                    rows = (*letter == b'd').then_some(self.output.len());
                    self.output.extend_from_slice(message);
                }
            }
        }
        self.input.copy_within(at..self.filled, 0);
        self.filled -= at;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Merged<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.passed == this.output.len() {
            let mut free = ReadBuf::new(&mut this.input[this.filled..]);
            when_ready!(Pin::new(&mut this.inner).poll_read(context, &mut free))?;
            let read = free.filled().len();
            if read == 0 {
                return Poll::Ready(Ok(()));
            }
            this.filled += read;
            this.merge();
        }
        let length = out.remaining().min(this.output.len() - this.passed);
        out.put_slice(&this.output[this.passed..this.passed + length]);
        this.passed += length;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Merged<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Merged<S> {
    fn channel_binding(&self) -> ChannelBinding {
        (self.binding)(&self.inner)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> MakeTlsConnect<S> for Plain {
    type Stream = Merged<S>;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, _: &str) -> io::Result<Self> {
        Ok(*self)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Plain {
    type Stream = Merged<S>;
    type Error = io::Error;
    type Future = Ready<io::Result<Merged<S>>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(Merged::new(stream, |_| ChannelBinding::none())))
    }
}

impl<S, T: MakeTlsConnect<S>> MakeTlsConnect<S> for Encrypted<T>
where
    T::TlsConnect: TlsConnect<S, Future: Send + 'static>,
    T::Stream: 'static,
{
    type Stream = Merged<T::Stream>;
    type TlsConnect = Encrypted<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, T::Error> {
        self.0.make_tls_connect(domain).map(Encrypted)
    }
}

impl<S, T: TlsConnect<S, Future: Send + 'static>> TlsConnect<S> for Encrypted<T>
where
    T::Stream: 'static,
{
    type Stream = Merged<T::Stream>;
    type Error = T::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Merged<T::Stream>, T::Error>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        let connected = self.0.connect(stream);
        Box::pin(async move { Ok(Merged::new(connected.await?, TlsStream::channel_binding)) })
    }
}

impl<S> fmt::Debug for Merged<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merged").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    fn message(letter: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[letter], &length[..], body].concat()
    }

    /// The messages of a stream, rows beside each other being one.
    fn read(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut found: Vec<(u8, Vec<u8>)> = Vec::new();
        while let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() {
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4;
            let (body, rest) = rest.split_at(length);
            match found.last_mut() {
                Some((b'd', known)) if head[0] == b'd' => known.extend(body),
                _ => found.push((head[0], body.to_vec())),
            }
            bytes = rest;
        }
        found
    }

    #[tokio::test]
    async fn what_comes_is_what_was_sent() {
        let row = |number: usize| message(b'd', &vec![number as u8; 40 + number % 300]);
        let mut sent = message(b'H', b"head");
        sent.extend((0..600).flat_map(row));
        sent.extend(message(b'N', b"notice"));
        sent.extend(message(b'd', &vec![7; 2 * READ]));
        sent.extend((0..10).flat_map(row));
        sent.extend([message(b'c', b""), message(b'C', b"COPY 611"), message(b'Z', b"I")].concat());
        for part in [1, 3, 4, 5, 6, 1000, READ / 2, READ, usize::MAX] {
            let parts = sent.chunks(part.min(sent.len()));
            let mut stream = merged(parts.map(<[u8]>::to_vec).collect());
            let mut found = Vec::new();
            stream.read_to_end(&mut found).await.unwrap();
            assert!(read(&found) == read(&sent), "in parts of {part}");
            assert!(part < READ / 2 || found.len() < sent.len() - 4 * 500, "rows are merged");
        }
    }

    /// A stream that gives parts one at a time.
    fn merged(mut parts: Vec<Vec<u8>>) -> Merged<Parts> {
        parts.reverse();
        Merged::new(Parts(parts), |_| ChannelBinding::none())
    }

    struct Parts(Vec<Vec<u8>>);

    impl AsyncRead for Parts {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            out: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(mut part) = self.0.pop() {
                let length = part.len().min(out.remaining());
                out.put_slice(&part[..length]);
                if length < part.len() {
                    self.0.push(part.split_off(length));
                }
            }
            Poll::Ready(Ok(()))
        }
    }
}
