//! Certificates from PEM files. Whatever is wrong with them stops the server.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::config::TlsConfig;
use crate::{Error, Result};

/// What both protocols need of the certificates.
#[derive(Clone)]
pub(super) struct Tls {
    /// For PostgreSQL.
    pub(super) acceptor: TlsAcceptor,
    /// For Flight SQL.
    pub(super) tonic: tonic::transport::ServerTlsConfig,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the files of the configuration.
    ///
    /// # Errors
    /// If one cannot be read, is no PEM, or the key is not the certificate's.
    pub(super) fn load(config: &TlsConfig, dir: &Path) -> Result<Self> {
        let read = |key: &str, path: &Path| {
            let path = dir.join(path);
            let at = format!("serve.tls.{key} {}", path.display());
            std::fs::read(&path).map_err(|e| Error::config(e.to_string()).on(&at)).map(|text| (at, text))
        };
        let bad = |at: &str, e: String| Error::config(e).on(at).hint("give a PEM file");
        let (cert_at, cert) = read("certificate", &config.certificate)?;
        let (key_at, key) = read("key", &config.key)?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&cert)
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| bad(&cert_at, e.to_string()))?;
        if chain.is_empty() {
            return Err(bad(&cert_at, "has no certificate".to_owned()));
        }
        let private = PrivateKeyDer::from_pem_slice(&key).map_err(|e| bad(&key_at, e.to_string()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| bad(&cert_at, e.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|e| bad(&cert_at, e.to_string()).hint("give the key of this certificate"))?;
        server.alpn_protocols = vec![b"postgresql".to_vec()];
        let identity = tonic::transport::Identity::from_pem(&cert, &key);
        let mut tonic = tonic::transport::ServerTlsConfig::new().identity(identity);
        if let Some(path) = &config.client_authority {
            let (at, authority) = read("client_authority", path)?;
            let found = CertificateDer::pem_slice_iter(&authority).next();
            if !matches!(found, Some(Ok(_))) {
                return Err(bad(&at, "has no certificate".to_owned()));
            }
            // tonic verifies clients by the provider of the process; one that is there already serves as well.
            let _ = rustls::crypto::ring::default_provider().install_default();
            tonic = tonic.client_ca_root(tonic::transport::Certificate::from_pem(&authority));
        }
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(server)), tonic })
    }
}
