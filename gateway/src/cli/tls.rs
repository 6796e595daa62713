//! How the command line trusts an exchange that speaks TLS: by the system's root certificates, or by those that were
//! given and no others.

use super::{args::Exchange, error::CliError};
use axum::http::Uri;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::sync::Arc;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{WebSocketStream, client_async};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A stream of bytes, with TLS or without.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The root certificates that an exchange at this address is checked by; none where it speaks no TLS.
fn roots(exchange: &Exchange) -> Result<Vec<CertificateDer<'static>>, CliError> {
    if !exchange.url.starts_with("https://") {
        return Ok(Vec::new());
    }
    let roots = match &exchange.root_certificate {
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?,
        // What cannot be read of them is as good as not there.
        None => rustls_native_certs::load_native_certs().certs,
    };
    if roots.is_empty() {
        let why = "there is no root certificate to check the exchange by (--root-certificate)";
        return Err(CliError::failed(why));
    }
    Ok(roots)
}

/// What the HTTP client checks by.
pub(super) fn config(exchange: &Exchange) -> Result<TlsConfig, CliError> {
    let roots = roots(exchange)?;
    let roots: Vec<_> = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&roots))
        .unversioned_rustls_crypto_provider(provider())
        .build())
}

/// A WebSocket to the exchange at `base`, of nobody in particular.
pub(super) async fn websocket(exchange: &Exchange, base: &str) -> Result<WebSocketStream<Box<dyn Wire>>, CliError> {
    let url = format!("ws{}/v1/ws", base.trim_start_matches("http"));
    let failed = |error: &dyn std::fmt::Display| CliError::failed(format!("{url}: {error}"));
    let uri: Uri = url.parse().map_err(|error| failed(&error))?;
    let secure = uri.scheme_str() == Some("wss");
    let host = uri.host().unwrap_or_default();
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await.map_err(|error| failed(&error))?;
    let wire: Box<dyn Wire> = if secure {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots(exchange)?);
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_root_certificates(store)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(&error))?;
        let connector = TlsConnector::from(Arc::new(config));
        Box::new(connector.connect(name, stream).await.map_err(|error| failed(&error))?)
    } else {
        Box::new(stream)
    };
    let (socket, _) = client_async(&url, wire).await.map_err(|error| failed(&error))?;
    Ok(socket)
}
