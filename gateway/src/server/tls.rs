//! TLS: the certificate and the key that the listener shows, and their renewal while it runs.
//!
//! What always holds: a file that cannot be used ends a start, and changes nothing at a renewal. Connections that are
//! open keep what they were opened with.

use super::{config::TlsFiles, error::RunError};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};
use tokio_rustls::TlsAcceptor;

/// What the listener shows to whoever connects.
pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    pub(crate) fn load(files: &TlsFiles) -> Result<Self, RunError> {
        let current = read(files).map_err(RunError::Tls)?;
        Ok(Self {
            files: files.clone(),
            current: RwLock::new(current),
        })
    }

    /// The acceptor of the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(current.clone())
    }

    /// Reads the files again, for the connections from here on.
    pub(crate) fn renew(&self) {
        match read(&self.files) {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
                tracing::info!(certificate = %self.files.certificate.display(), "the certificate was read again");
            }
            Err(why) => tracing::error!(why, "the certificate cannot be read again; the one before stays"),
        }
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, String> {
    let TlsFiles { certificate, key } = files;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| format!("{}: {error}", certificate.display()))?;
    if chain.is_empty() {
        return Err(format!("{}: no certificate in it", certificate.display()));
    }
    if is_exposed(key).map_err(|error| format!("{}: {error}", key.display()))? {
        return Err(format!(
            "{0} can be read by everybody; run: chmod o-rwx {0}",
            key.display()
        ));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| format!("{}: {error}", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|error| format!("{} and {}: {error}", certificate.display(), key.display()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Whether everybody on the machine may read a file. Its group may: that is how renewing programs hand keys on.
#[cfg(unix)]
fn is_exposed(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o007 != 0)
}

#[cfg(not(unix))]
fn is_exposed(path: &Path) -> std::io::Result<bool> {
    std::fs::metadata(path).map(|_| false)
}
