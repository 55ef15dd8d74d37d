//! Connections to PostgreSQL: encrypted where they can be, and what goes wrong with them in words.

use std::{
    error::Error,
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustls::{
    CertificateError, ClientConfig, OtherError, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use secrecy::ExposeSecret;
use tokio_postgres::{
    Client, Config, NoTls, Socket,
    config::SslMode,
    error::{DbError, SqlState},
    tls::{MakeTlsConnect, TlsConnect},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::Tables;
use crate::{
    failure::Failure,
    warehouse::address::{Address, Encryption},
};

/// A connection, and whether it is encrypted.
pub(super) async fn open(address: &Address, tls: Option<&MakeRustlsConnect>) -> Result<(Client, bool), Failure> {
    let mut config = Config::new();
    config.host(&address.host).port(address.port).dbname(&address.database).user(&address.user);
    config.connect_timeout(address.connect_timeout).application_name(env!("CARGO_PKG_NAME"));
    if let Some(password) = &address.password {
        config.password(password.expose_secret());
    }
    let insisted = address.encryption == Encryption::Always;
    // Nobody listens to a socket in the file system but the machine itself.
    let tls = tls.filter(|_| insisted || !address.host.starts_with('/'));
    let Some(tls) = tls else {
        config.ssl_mode(SslMode::Disable);
        let connected = config.connect(NoTls).await;
        let (client, connection) = connected.map_err(|error| failure(&error, address, None))?;
        tokio::spawn(connection);
        return Ok((client, false));
    };
    config.ssl_mode(if insisted { SslMode::Require } else { SslMode::Prefer });
    let begun = Arc::new(AtomicBool::new(false));
    let handshake = Handshake { with: tls.clone(), begun: Arc::clone(&begun) };
    match config.connect(handshake).await {
        Ok((client, connection)) => {
            tokio::spawn(connection);
            Ok((client, begun.load(Ordering::SeqCst)))
        }
        // The library has no type for it: of what ends a connection before the handshake only the server's no is no error
        // of input or output.
        Err(error) if insisted && !begun.load(Ordering::SeqCst) && of_kind::<io::Error>(&error).is_none() => {
            let place = address.place();
            Err(Failure::usage(format!("`{place}` takes no encrypted connections, and `sslmode` asks for one"))
                .hint("turn TLS on at the server, or put `sslmode=disable` where the network is trusted"))
        }
        Err(error) => Err(failure(&error, address, None)),
    }
}

/// Encrypts, and remembers that the server agreed to it.
#[derive(Clone)]
struct Handshake<T> {
    with: T,
    begun: Arc<AtomicBool>,
}

impl<T: MakeTlsConnect<Socket>> MakeTlsConnect<Socket> for Handshake<T> {
    type Stream = T::Stream;
    type TlsConnect = Handshake<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Self::TlsConnect, T::Error> {
        Ok(Handshake { with: self.with.make_tls_connect(domain)?, begun: Arc::clone(&self.begun) })
    }
}

impl<T: TlsConnect<Socket>> TlsConnect<Socket> for Handshake<T> {
    type Stream = T::Stream;
    type Error = T::Error;
    type Future = T::Future;

    fn connect(self, stream: Socket) -> T::Future {
        self.begun.store(true, Ordering::SeqCst);
        self.with.connect(stream)
    }
}

/// The first cause of an error that is of a type.
fn of_kind<E: Error + 'static>(error: &tokio_postgres::Error) -> Option<&E> {
    let mut cause = error.source();
    while let Some(error) = cause {
        // What an error of input or output carries is no source of it.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = error.downcast_ref().or_else(|| carried.and_then(|carried| carried.downcast_ref()));
        if found.is_some() {
            return found;
        }
        cause = error.source();
    }
    None
}

/// What proves the server: the certificates that were named, else the machine's own.
pub(super) fn tls(address: &Address) -> Result<MakeRustlsConnect, Failure> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &address.root_certificates {
        let unusable = |what: &str, error: Box<dyn Error + Send + Sync>| {
            Failure::usage(format!("`sslrootcert` names `{}`, which {what}", path.display()))
                .because(error)
                .hint("it is the certificate of the server's authority, in PEM form: `-----BEGIN CERTIFICATE-----`")
        };
        let text = fs::read(path).map_err(|error| unusable("cannot be read", error.into()))?;
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate = certificate.map_err(|error| unusable("holds no certificates", error.into()))?;
            roots.add(certificate).map_err(|error| unusable("holds no certificates", error.into()))?;
        }
        if roots.is_empty() {
            return Err(unusable("holds no certificates", "there is none in it".into()));
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::stopped("encryption cannot be set up").because(error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// All that an error and its causes say; the error alone says no more than where it came from.
fn causes(error: &tokio_postgres::Error) -> String {
    let mut words = Vec::new();
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(error) = cause {
        words.push(error.to_string());
        cause = error.source();
    }
    if words.is_empty() { error.to_string() } else { words.join(": ") }
}

/// What went wrong, and what to do about it.
pub(super) fn failure(error: &tokio_postgres::Error, address: &Address, tables: Option<&Tables>) -> Failure {
    let place = address.place();
    let words = causes(error);
    let code = error.as_db_error().map(DbError::code);
    let stopped = |what: String| Failure::stopped(format!("{what}: {words}"));
    let shown = tables.map_or(String::new(), |tables| format!("{}, {}", tables.traits, tables.identifiers));
    match code {
        Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
            Failure::usage(format!("`{place}` does not let `{}` in: {words}", address.user))
                .hint("check user and password in `WAREHOUSE_URL`, `PGPASSWORD` or the password file, and the server's `pg_hba.conf`")
        }
        Some(&SqlState::INVALID_CATALOG_NAME) => Failure::usage(format!("`{place}` has no such database: {words}"))
            .hint("the database is the last part of `WAREHOUSE_URL`"),
        Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME) => {
            Failure::usage(format!("a table of the space is not there: {words}")).hint(
                "give the space's schema with `--schema`, and other names with `--table user_traits=NAME`",
            )
        }
        Some(&SqlState::UNDEFINED_COLUMN) => Failure::usage(format!("a table has other columns than Profiles Sync writes: {words}"))
            .hint("`user_traits` needs canonical_segment_id, name, value, seq; `user_identifiers` needs canonical_segment_id, type, value, seq"),
        Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Failure::usage(format!("the role `{}` may not read: {words}", address.user))
            .hint(format!("grant it USAGE on the schema and SELECT on {shown}")),
        Some(&SqlState::QUERY_CANCELED) => stopped("the server ended the query".into()).again("to continue,"),
        Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE | &SqlState::UNTRANSLATABLE_CHARACTER) => {
            stopped("a text of the warehouse is not in the encoding that its database claims".into())
                .hint("find and mend it there (`SELECT … WHERE value ~ …`); what was read before it is kept")
        }
        Some(&SqlState::T_R_SERIALIZATION_FAILURE) => {
            stopped("the standby had to end the query for what it replays".into())
                .again("set `hot_standby_feedback` or `max_standby_streaming_delay` on the standby to avoid it, then")
        }
        Some(&SqlState::DISK_FULL) => stopped("the server has no room for sorting".into())
            .again("make room for its temporary files, or raise `temp_file_limit`, then"),
        _ => match of_kind::<rustls::Error>(error) {
            Some(rustls::Error::InvalidCertificate(certificate)) => unproved(certificate, address, &words),
            _ => stopped(format!("the warehouse `{place}` cannot be read"))
                .again("check that it is up, and host and port in `WAREHOUSE_URL`, then"),
        },
    }
}

/// A certificate that does not convince.
fn unproved(certificate: &CertificateError, address: &Address, words: &str) -> Failure {
    let place = address.place();
    match certificate {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Failure::usage(format!("the certificate of `{place}` is not for the name `{}`: {words}", address.host))
                .hint("put a name that it is for into `WAREHOUSE_URL`")
        }
        CertificateError::Other(other) if is_authority(other) => {
            Failure::usage(format!("`{place}` does not prove who it is: its certificate is that of an authority itself"))
                .hint("give the server a certificate that an authority signed for its name, and name the authority's with `sslrootcert=FILE`")
        }
        _ => Failure::usage(format!("`{place}` does not prove who it is: {words}"))
            .hint("name the certificate of its authority with `sslrootcert=FILE` in `WAREHOUSE_URL`"),
    }
}

fn is_authority(error: &OtherError) -> bool {
    matches!(error.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}
