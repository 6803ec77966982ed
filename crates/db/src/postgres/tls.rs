//! Encrypted connections, by rustls.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{fs, io};

use aws_lc_rs::digest::{self, digest};
use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use spki::{AlgorithmIdentifierRef, ObjectIdentifier};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as RustlsStream;

use super::url::Roots;

/// Makes encrypted connections to servers that prove who they are.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

/// Why no encrypted connection can be made to any server.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("cannot read the certificates {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{} holds no certificate that can be trusted", path.display())]
    NoCertificate { path: PathBuf },
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl Tls {
    pub(super) fn new(roots: &Roots) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let builder = match roots {
            Roots::System => builder.with_platform_verifier()?,
            Roots::File(path) => builder.with_root_certificates(read_roots(path)?),
        };
        Ok(Self(Arc::new(builder.with_no_client_auth()).into()))
    }
}

fn read_roots(path: &PathBuf) -> Result<RootCertStore, TlsError> {
    let pem = fs::read(path).map_err(|error| TlsError::Unreadable { path: path.clone(), error })?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    if roots.is_empty() {
        return Err(TlsError::NoCertificate { path: path.clone() });
    }
    Ok(roots)
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Encrypted<S>;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, InvalidDnsNameError> {
        let server = ServerName::try_from(host.to_owned())?;
        Ok(Handshake { connector: self.0.clone(), server })
    }
}

/// One connection to be encrypted.
pub(super) struct Handshake {
    connector: TlsConnector,
    server: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Encrypted<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            Ok(Encrypted(Box::new(self.connector.connect(self.server, stream).await?)))
        })
    }
}

/// An encrypted connection.
pub(super) struct Encrypted<S>(Box<RustlsStream<S>>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Encrypted<S> {
    /// `tls-server-end-point` (RFC 5929 section 4): SCRAM then proves the password only to the
    /// server that the certificate names.
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        let certificate = session.peer_certificates().and_then(<[_]>::first);
        match certificate.and_then(|certificate| end_point(certificate)) {
            Some(hash) => ChannelBinding::tls_server_end_point(hash),
            None => ChannelBinding::none(),
        }
    }
}

/// The certificate hashed as its own signature is, but by SHA-256 where that would be MD5 or SHA-1.
/// `None` where the signature's algorithm does not say how it hashes.
fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    /// RSA with MD5, SHA-1, SHA-256, SHA-384, SHA-512 (RFC 8017 appendix C); ECDSA with SHA-1,
    /// SHA-256, SHA-384, SHA-512 (RFC 5758 section 3.2).
    const HASHES: [(&str, &digest::Algorithm); 9] = [
        ("1.2.840.113549.1.1.4", &digest::SHA256),
        ("1.2.840.113549.1.1.5", &digest::SHA256),
        ("1.2.840.113549.1.1.11", &digest::SHA256),
        ("1.2.840.113549.1.1.12", &digest::SHA384),
        ("1.2.840.113549.1.1.13", &digest::SHA512),
        ("1.2.840.10045.4.1", &digest::SHA256),
        ("1.2.840.10045.4.3.2", &digest::SHA256),
        ("1.2.840.10045.4.3.3", &digest::SHA384),
        ("1.2.840.10045.4.3.4", &digest::SHA512),
    ];
    let algorithm = signature_algorithm(certificate).ok()?.to_string();
    let (_, hash) = HASHES.iter().find(|(oid, _)| *oid == algorithm)?;
    Some(digest(hash, certificate).as_ref().to_vec())
}

/// `Certificate.signatureAlgorithm` (RFC 5280 section 4.1).
fn signature_algorithm(certificate: &[u8]) -> Result<ObjectIdentifier, der::Error> {
    SliceReader::new(certificate)?.sequence(|certificate| {
        AnyRef::decode(certificate)?;
        let algorithm = AlgorithmIdentifierRef::decode(certificate)?;
        AnyRef::decode(certificate)?;
        Ok(algorithm.oid)
    })
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Encrypted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Encrypted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
