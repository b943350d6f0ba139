//! TLS to a server, by rustls.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::{Error, OpenRequest, Result};

/// How much a server has to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS if the server can; nothing is checked.
    Prefer,
    /// TLS; nothing is checked.
    Require,
    /// TLS, and the certificate comes from an authority that is trusted.
    VerifyCa,
    /// So does it, and it is for this host.
    VerifyFull,
}

impl TlsMode {
    /// The words there are.
    pub(crate) const WORDS: &str = "it is disable, prefer, require, verify_ca or verify_full";

    /// The mode of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "disable" => Self::Disable,
            "prefer" | "allow" | "preferred" => Self::Prefer,
            "require" | "required" => Self::Require,
            "verify_ca" => Self::VerifyCa,
            "verify_full" | "verify_identity" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// The files that the options name.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsFiles {
    pub(crate) ca: Option<PathBuf>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads the options; paths are relative to the project.
    ///
    /// # Errors
    /// A certificate without key, or a key without certificate.
    pub(crate) fn new(request: &OpenRequest, ca: Option<&str>) -> Result<Self> {
        let path = |text: &str| request.base.join(text);
        let option = |name: &str| request.options.text(name).map(path);
        let files = Self { ca: ca.map(path), certificate: option("tls_certificate"), key: option("tls_key") };
        if files.certificate.is_some() != files.key.is_some() {
            return Err(Error::new("tls_certificate and tls_key go together").hint("give both or none"));
        }
        Ok(files)
    }
}

/// A client's configuration.
///
/// # Errors
/// A file that cannot be read, or that has no certificate or key.
pub(crate) fn client_config(mode: TlsMode, files: &TlsFiles) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let failed = |e: &dyn std::fmt::Display| Error::new(format!("TLS cannot be set up: {e}"));
    let roots = match mode {
        TlsMode::VerifyCa | TlsMode::VerifyFull => Some(roots(files.ca.as_deref())?),
        _ => None,
    };
    let inner = match roots {
        Some(roots) => {
            let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            Some(builder.build().map_err(|e| failed(&e))?)
        }
        None => None,
    };
    let verifier =
        Arc::new(Verifier { inner, any_name: mode == TlsMode::VerifyCa, provider: Arc::clone(&provider) });
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| failed(&e))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    match (&files.certificate, &files.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate, "tls_certificate")?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|e| unreadable(key, "tls_key", &e))?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|e| failed(&e).hint("check that tls_key is the key of tls_certificate"))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            for certificate in certificates(path, "tls_ca")? {
                roots.add(certificate).map_err(|e| unreadable(path, "tls_ca", &e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(Error::new("there are no certificates of authorities to trust")
            .hint("name a file of them by the option tls_ca"));
    }
    Ok(roots)
}

fn certificates(path: &Path, option: &str) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).map_err(|e| unreadable(path, option, &e))?;
    let found = read.collect::<Result<Vec<_>, _>>().map_err(|e| unreadable(path, option, &e))?;
    if found.is_empty() {
        return Err(unreadable(path, option, &"it has no certificate"));
    }
    Ok(found)
}

/// The error of a file that an option names.
pub(crate) fn unreadable(path: &Path, option: &str, cause: &dyn std::fmt::Display) -> Error {
    Error::new(format!("{} cannot be read: {cause}", path.display()))
        .on(format!("option {option}"))
        .hint("name a PEM file, relative to the project")
}

/// Checks as much as the mode asks for.
#[derive(Debug)]
struct Verifier {
    inner: Option<Arc<WebPkiServerVerifier>>,
    any_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(inner) = &self.inner else { return Ok(ServerCertVerified::assertion()) };
        match inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.any_name => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
