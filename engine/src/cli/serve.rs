//! `onefold serve`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::{ProjectArgs, one, open};
use crate::Error;
use crate::execute::apply::apply;
use crate::serve::{Server, TlsConfig};

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// Where Arrow Flight SQL listens, or `off`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    flight_sql: Option<String>,
    /// Where the PostgreSQL protocol listens, or `off`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    postgres: Option<String>,
    /// Where /healthz and /metrics answer, or `off`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<String>,
    /// Let programs on this machine connect without a name and do everything.
    #[arg(long)]
    anonymous: bool,
    /// The server's certificate, as a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// The authority of the certificates that Flight SQL asks of clients.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_client_authority: Option<PathBuf>,
}

pub(super) async fn serve(args: ServeArgs) -> Result<ExitCode, Vec<Error>> {
    let engine = open(&args.project).await?;
    let mut config = engine.project().config.serve.clone();
    let settings = [
        (&mut config.flight_sql, args.flight_sql),
        (&mut config.postgres, args.postgres),
        (&mut config.http, args.http),
    ];
    for (setting, given) in settings {
        if let Some(given) = given {
            *setting = given;
        }
    }
    config.anonymous |= args.anonymous;
    // What is given on the command line starts from where the command runs, not from the project.
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    if let (Some(certificate), Some(key)) = (args.tls_certificate, args.tls_key) {
        let client_authority = args.tls_client_authority.map(absolute);
        let (certificate, key) = (absolute(certificate), absolute(key));
        config.tls = Some(TlsConfig { certificate, key, client_authority });
    }
    let files = engine.project().files().map_err(one)?;
    let applied = apply(&engine.session(), &files, true).await?;
    for error in &applied.unreachable {
        eprintln!("warning: {error}");
    }
    let nobody = !engine.catalog().known().state.users.values().any(|u| u.login && u.verifier.is_some());
    let (tls, anonymous) = (config.tls.is_some(), config.anonymous);
    let server = Server::bind(engine, config).await.map_err(one)?;
    let addresses = server.addresses();
    let with = if tls { " with TLS" } else { "" };
    if let Some(at) = addresses.flight_sql {
        println!("Flight SQL   {}://{at}", if tls { "grpc+tls" } else { "grpc" });
    }
    if let Some(at) = addresses.postgres {
        println!("PostgreSQL   postgresql://{at}/onefold{with}");
    }
    if let Some(at) = addresses.http {
        println!("HTTP         http://{at}/healthz, http://{at}/metrics");
    }
    if nobody && !anonymous {
        println!("no user can connect yet; make one: onefold sql -c \"CREATE USER name PASSWORD '…'\"");
    }
    server.run(asked_to_stop()).await.map_err(one)?;
    println!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C, or SIGTERM.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without a signal to wait for, the process ends by itself only.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
