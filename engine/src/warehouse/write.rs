//! Streams of batches as Parquet files, side by side.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use chrono::Utc;
use datafusion::execution::SendableRecordBatchStream;
use deltalake_core::kernel::Add;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use object_store::path::Path;
use parquet::arrow::AsyncArrowWriter;
use parquet::errors::ParquetError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::delta_types::Conversion;
use super::encoding::{ROW_GROUP_ROWS, properties};
use super::relation::Progress;
use super::statistics::statistics;
use super::store::Store;
use super::upload::Upload;
use crate::error::{Error, ErrorKind, Result};

/// A file is closed once it has this many bytes.
const FILE_BYTES: usize = 128 << 20;

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
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let writers = cores / streams.len().max(1);

    let mut tasks: Vec<JoinHandle<Result<Vec<Add>>>> = Vec::new();
    let mut batches: Vec<Batches> = Vec::new();
    for stream in streams {
        let stream = read(stream);
        if writers > 1 {
            let (reader, shares) = shared(stream, writers, stop.clone());
            tasks.push(reader);
            batches.extend(shares);
        } else {
            batches.push(stream);
        }
    }
    for share in batches {
        let task = FileWriter {
            store: Arc::clone(store),
            relation: relation.to_owned(),
            folder: folder.clone(),
            conversion: Arc::clone(conversion),
            open: None,
            adds: Vec::new(),
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

/// What fails here is what is read, not the relation.
fn read(stream: SendableRecordBatchStream) -> Batches {
    stream.map(|batch| batch.map_err(Error::from)).boxed()
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

/// Writes batches as one file after another.
struct FileWriter {
    store: Arc<Store>,
    relation: String,
    folder: Path,
    conversion: Arc<Conversion>,
    open: Option<OpenFile>,
    adds: Vec<Add>,
    rows: Arc<AtomicU64>,
    progress: Progress,
    stop: CancellationToken,
}

struct OpenFile {
    name: String,
    writer: AsyncArrowWriter<Upload>,
}

impl FileWriter {
    async fn run(mut self, batches: Batches) -> Result<Vec<Add>> {
        let written = match self.write_all(batches).await {
            Ok(()) => self.close().await,
            failed => failed,
        };
        if let Err(e) = written {
            self.stop.cancel();
            if let Some(file) = self.open
                && let Err(left) = file.writer.into_inner().abort().await
            {
                tracing::warn!("{}: an upload could not be taken back: {left}", self.relation);
            }
            return Err(e);
        }
        Ok(self.adds)
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
            let batch = self.conversion.convert(&batch?)?;
            if batch.num_rows() > 0 {
                self.write(&batch).await?;
            }
            let rows = batch.num_rows() as u64;
            (self.progress)(self.rows.fetch_add(rows, Ordering::Relaxed) + rows);
        }
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let file = match &mut self.open {
            Some(file) => file,
            None => {
                let name = format!("part-{}.zstd.parquet", Uuid::now_v7());
                let upload =
                    Upload::new(Arc::clone(&self.store.objects), self.folder.clone().join(name.as_str()));
                let properties = properties(batch).map_err(|e| e.on(&self.relation))?;
                let writer =
                    AsyncArrowWriter::try_new(upload, Arc::clone(&self.conversion.arrow), Some(properties))
                        .map_err(|e| self.store.failure(&self.relation, &e))?;
                self.open.insert(OpenFile { name, writer })
            }
        };
        file.writer.write(batch).await.map_err(|e| self.store.failure(&self.relation, &e))?;
        if file.writer.bytes_written() + file.writer.in_progress_size() >= FILE_BYTES {
            self.close().await?;
        }
        Ok(())
    }

    /// Completes the file that is open.
    async fn close(&mut self) -> Result<()> {
        let Some(file) = &mut self.open else { return Ok(()) };
        let failure = |e: ParquetError| self.store.failure(&self.relation, &e);
        let metadata = file.writer.finish().await.map_err(failure)?;
        let size = file.writer.bytes_written();
        self.adds.push(Add {
            path: file.name.clone(),
            partition_values: HashMap::new(),
            size: i64::try_from(size).unwrap_or(i64::MAX),
            modification_time: Utc::now().timestamp_millis(),
            data_change: true,
            stats: Some(statistics(&self.conversion.arrow, &metadata).map_err(failure)?),
            tags: None,
            deletion_vector: None,
            base_row_id: None,
            default_row_commit_version: None,
            clustering_provider: None,
        });
        self.open = None;
        Ok(())
    }
}
