//! Streams of batches as Parquet files, side by side.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use deltalake_core::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake_core::kernel::Add;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::delta_types::Conversion;
use super::relation::Progress;
use super::store::Store;
use crate::error::{Error, ErrorKind, Result};

/// A file is closed once it has this many bytes.
const FILE_BYTES: u64 = 128 << 20;

/// A row group is what a reader takes at a time and skips as a whole: small enough that two cores share a
/// table of a million rows, large enough to compress well.
const ROW_GROUP_ROWS: usize = 256 << 10;

/// Wide rows close a row group earlier, so that a writer's memory stays bounded.
const ROW_GROUP_BYTES: usize = 128 << 20;

/// How many rows go to the encoder at once.
const WRITE_ROWS: usize = 64 << 10;

/// How many batches wait for a writer that shares its stream with others.
const BATCHES_AHEAD: usize = 4;

/// The files of a relation that are not yet part of it.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) adds: Vec<Add>,
    pub(super) rows: u64,
}

/// Writes the streams by tasks of their own: encoding is work for a core. Where there are fewer streams than
/// cores, a long stream is shared by several writers. The first failure stops them all. When the future is
/// dropped, the tasks stop and take back what they were writing; complete files stay behind, referenced by
/// nobody.
pub(super) async fn write_streams(
    store: &Arc<Store>,
    relation: &str,
    folder: &Path,
    conversion: &Arc<Conversion>,
    streams: Vec<SendableRecordBatchStream>,
    progress: &Progress,
) -> Result<Files> {
    let stop = CancellationToken::new();
    let _stop_when_dropped = stop.clone().drop_guard();
    let rows = Arc::new(AtomicU64::new(0));
    let config = writer_config(conversion)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let writers = cores / streams.len().max(1);

    let mut tasks: Vec<JoinHandle<Result<Vec<Add>>>> = Vec::new();
    let mut batches: Vec<Batches> = Vec::new();
    for stream in streams {
        let stream = converted(stream, relation, conversion);
        if writers > 1 {
            let (reader, shares) = shared(stream, writers, stop.clone());
            tasks.push(reader);
            batches.extend(shares);
        } else {
            batches.push(stream);
        }
    }
    for share in batches {
        let table = PrefixStore::new(Arc::clone(&store.objects), folder.clone());
        let task = FileWriter {
            writer: DeltaWriter::new(Arc::new(table), config.clone()),
            store: Arc::clone(store),
            relation: relation.to_owned(),
            rows: Arc::clone(&rows),
            progress: Arc::clone(progress),
            stop: stop.clone(),
        };
        tasks.push(tokio::spawn(task.run(share)));
    }

    let mut adds = Vec::new();
    let mut failed: Option<Error> = None;
    for task in tasks {
        let outcome = task.await.unwrap_or_else(|e| {
            stop.cancel();
            Err(Error::internal(format!("a writer stopped: {e}")).on(relation))
        });
        match outcome {
            Ok(files) => adds.extend(files),
            // The writers that were told to stop say so; the one that failed says why.
            Err(e) if failed.as_ref().is_none_or(|first| first.kind == ErrorKind::Cancelled) => {
                failed = Some(e)
            }
            Err(_) => {}
        }
    }
    match failed {
        Some(e) => Err(e),
        None => Ok(Files { adds, rows: rows.load(Ordering::Relaxed) }),
    }
}

type Batches = BoxStream<'static, Result<RecordBatch>>;

fn converted(stream: SendableRecordBatchStream, relation: &str, conversion: &Arc<Conversion>) -> Batches {
    let relation = relation.to_owned();
    let conversion = Arc::clone(conversion);
    stream.map(move |batch| conversion.convert(&batch.map_err(|e| Error::from(e).on(&relation))?)).boxed()
}

/// One stream for several writers, batch by batch in turn, so that each keeps the order of the stream. A short
/// stream goes to the first alone: a small table is one file.
fn shared(
    mut stream: Batches,
    writers: usize,
    stop: CancellationToken,
) -> (JoinHandle<Result<Vec<Add>>>, Vec<Batches>) {
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..writers).map(|_| mpsc::channel(BATCHES_AHEAD)).unzip();
    let deal = async move {
        let (mut turn, mut rows) = (0, 0);
        while let Some(batch) = stream.next().await {
            rows += batch.as_ref().map_or(0, RecordBatch::num_rows);
            // A writer that is gone has said why.
            if senders[turn].send(batch).await.is_err() {
                break;
            }
            if rows > ROW_GROUP_ROWS {
                turn = (turn + 1) % writers;
            }
        }
    };
    let reader = tokio::spawn(async move {
        stop.run_until_cancelled(deal).await;
        Ok(Vec::new())
    });
    let shares = receivers.into_iter().map(|receiver| {
        stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) }).boxed()
    });
    (reader, shares.collect())
}

fn writer_config(conversion: &Conversion) -> Result<WriterConfig> {
    let level = ZstdLevel::try_new(1).map_err(|e| Error::internal(e.to_string()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by(format!("onefold {}", env!("CARGO_PKG_VERSION")))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .build();
    Ok(WriterConfig::new(
        Arc::clone(&conversion.arrow),
        Vec::new(),
        Some(properties),
        NonZeroU64::new(FILE_BYTES),
        Some(WRITE_ROWS),
        Default::default(),
        None,
    ))
}

struct FileWriter {
    writer: DeltaWriter,
    store: Arc<Store>,
    relation: String,
    rows: Arc<AtomicU64>,
    progress: Progress,
    stop: CancellationToken,
}

impl FileWriter {
    async fn run(mut self, batches: Batches) -> Result<Vec<Add>> {
        if let Err(e) = self.write_all(batches).await {
            self.stop.cancel();
            if let Err(left) = self.writer.abort().await {
                tracing::warn!("{}: an upload could not be taken back: {left}", self.relation);
            }
            return Err(e);
        }
        self.writer.close().await.map_err(|e| {
            self.stop.cancel();
            self.store.failure(&self.relation, &e)
        })
    }

    async fn write_all(&mut self, mut batches: Batches) -> Result<()> {
        loop {
            let next = tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    return Err(Error::new(ErrorKind::Cancelled, "writing was stopped").on(&self.relation));
                }
                next = batches.next() => next,
            };
            let Some(batch) = next else { return Ok(()) };
            let batch = batch?;
            self.writer.write(&batch).await.map_err(|e| self.store.failure(&self.relation, &e))?;
            let rows = batch.num_rows() as u64;
            (self.progress)(self.rows.fetch_add(rows, Ordering::Relaxed) + rows);
        }
    }
}
