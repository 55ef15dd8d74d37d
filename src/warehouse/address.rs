//! `WAREHOUSE_URL` in the forms that people have: what it says, what libpq's environment adds, and nothing of it shown.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use crate::failure::Failure;

/// Port where none is given.
const DEFAULT_PORT: u16 = 5432;
/// How long a connection may take where nothing is said; the library alone would wait for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How a connection is to be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// In the clear, whatever the server offers.
    Never,
    /// Where the server can.
    WherePossible,
    /// Always, and the server must prove who it is.
    Always,
}

/// Where a warehouse is, and as whom to read it.
#[derive(Debug, Clone)]
pub struct Address {
    /// Name or address of the server, or the folder of its socket.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// Name of the database.
    pub database: String,
    /// Role to log in as.
    pub user: String,
    /// Its password, where one was found.
    pub password: Option<SecretString>,
    /// How the connection is to be encrypted.
    pub encryption: Encryption,
    /// Certificates to trust instead of the machine's own.
    pub root_certificates: Option<PathBuf>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
}

/// The environment as libpq's own programs read it; a value, so that tests need none.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Address {
    /// Reads a URL; what it leaves out is taken from `PGHOST`, `PGPORT`, `PGDATABASE`, `PGUSER`, `PGPASSWORD`,
    /// `PGSSLMODE`, `PGSSLROOTCERT` and the password file, as libpq does.
    ///
    /// # Errors
    /// What is no URL of PostgreSQL, or has a setting that is not known here; the URL itself is never shown.
    pub fn parse(text: &str, environment: Lookup<'_>) -> Result<Self, Failure> {
        let form = "`postgres://USER:PASSWORD@HOST:5432/DATABASE?sslmode=require`";
        let wrong = |what: &str| Failure::usage(format!("`WAREHOUSE_URL` {what}")).hint(format!("its form is {form}"));
        if !(text.starts_with("postgres://") || text.starts_with("postgresql://")) {
            return Err(wrong("does not begin with `postgres://`"));
        }
        // The error itself would show the URL, and with it the password.
        let url = Url::parse(text).map_err(|_| {
            wrong("is no URL").hint(format!(
                "its form is {form}; characters such as `@`, `/`, `#` and `%` in a password are written as `%40`, `%2F`, `%23`, `%25`"
            ))
        })?;
        let decoded = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        let setting = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        check_settings(&url)?;
        let given = |value: &str| Some(decoded(value)).filter(|value| !value.is_empty());
        let host = url.host_str().and_then(given).map(|host| host.trim_matches(['[', ']']).to_owned());
        let host = host.or_else(|| setting("host")).or_else(|| environment("PGHOST")).unwrap_or("localhost".into());
        if host.contains(',') {
            return Err(wrong("names several hosts; give the one to read from, a standby if there is one"));
        }
        let port = match url.port() {
            Some(port) => port,
            None => match setting("port").or_else(|| environment("PGPORT")) {
                Some(port) => port.parse().map_err(|_| wrong("has a port that is no number"))?,
                None => DEFAULT_PORT,
            },
        };
        let user = given(url.username()).or_else(|| setting("user")).or_else(|| environment("PGUSER"));
        let user = user.or_else(|| environment("USER")).ok_or_else(|| wrong("names no user"))?;
        let database = given(url.path().trim_start_matches('/')).or_else(|| setting("dbname"));
        let database = database.or_else(|| environment("PGDATABASE")).unwrap_or_else(|| user.clone());
        let password = url.password().and_then(given).or_else(|| setting("password"));
        let password = password.or_else(|| environment("PGPASSWORD"));
        let password = match password {
            Some(password) => Some(password),
            None => from_password_file(setting("passfile"), environment, [&host, &port.to_string(), &database, &user])?,
        };
        let encryption = match setting("sslmode").or_else(|| environment("PGSSLMODE")).as_deref() {
            Some("disable") => Encryption::Never,
            None | Some("allow" | "prefer") => Encryption::WherePossible,
            Some("require" | "verify-ca" | "verify-full") => Encryption::Always,
            Some(_) => {
                return Err(wrong("has an `sslmode` that is none of `disable`, `prefer`, `require`, `verify-full`"));
            }
        };
        let root_certificates = setting("sslrootcert").or_else(|| environment("PGSSLROOTCERT"));
        let connect_timeout = match setting("connect_timeout") {
            Some(seconds) => match seconds.parse() {
                Ok(0) => CONNECT_TIMEOUT,
                Ok(seconds) => Duration::from_secs(seconds),
                Err(_) => return Err(wrong("has a `connect_timeout` that is no number of seconds")),
            },
            None => CONNECT_TIMEOUT,
        };
        Ok(Self {
            host,
            port,
            database,
            user,
            password: password.map(SecretString::from),
            encryption,
            root_certificates: root_certificates.filter(|path| path != "system").map(PathBuf::from),
            connect_timeout,
        })
    }

    /// Host, port and database: what may be shown and kept, without user and password.
    #[must_use]
    pub fn place(&self) -> String {
        format!("postgres://{}:{}/{}", self.host, self.port, self.database)
    }

    /// Whether the server is this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.host.starts_with('/')
            || self.host == "localhost"
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Settings that are read, and those that change nothing here.
const SETTINGS: [&str; 15] = [
    "host",
    "port",
    "user",
    "dbname",
    "password",
    "passfile",
    "sslmode",
    "sslrootcert",
    "connect_timeout",
    "application_name",
    "channel_binding",
    "client_encoding",
    "gssencmode",
    "keepalives",
    "target_session_attrs",
];

fn check_settings(url: &Url) -> Result<(), Failure> {
    let unknown = url.query_pairs().map(|(name, _)| name.into_owned()).find(|name| !SETTINGS.contains(&name.as_str()));
    match unknown {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!(
            "`WAREHOUSE_URL` has a setting `{}` that is not known here",
            name.escape_debug()
        ))
        .hint("take it out; known are `sslmode`, `sslrootcert`, `passfile` and `connect_timeout`")),
    }
}

/// The password that the first fitting line of a password file holds, by libpq's rules.
fn from_password_file(
    named: Option<String>,
    environment: Lookup<'_>,
    asked: [&String; 4],
) -> Result<Option<String>, Failure> {
    let named = named.or_else(|| environment("PGPASSFILE"));
    let path = match (&named, environment("HOME")) {
        (Some(path), _) => PathBuf::from(path),
        (None, Some(home)) => Path::new(&home).join(".pgpass"),
        (None, None) => return Ok(None),
    };
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::usage(format!("cannot read the password file `{}`", path.display())).because(error));
        }
    };
    if !metadata.is_file() {
        return Err(Failure::usage(format!("the password file `{}` is no file", path.display())));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(Failure::usage(format!("the password file `{}` can be read by others", path.display()))
            .hint(format!("`chmod 600 {}`", crate::invocation::quoted(&path.display().to_string()))));
    }
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::usage(format!("cannot read the password file `{}`", path.display())).because(error)
    })?;
    Ok(text.lines().find_map(|line| password_of(line, asked)))
}

/// The password of a line `host:port:database:user:password` that fits; a backslash takes a colon's meaning away.
fn password_of(line: &str, asked: [&String; 4]) -> Option<String> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let plain = match character {
            '\\' => characters.next(),
            ':' if fields.len() < 5 => {
                fields.push(String::new());
                continue;
            }
            other => Some(other),
        };
        if let (Some(field), Some(plain)) = (fields.last_mut(), plain) {
            field.push(plain);
        }
    }
    let fits = fields.iter().zip(asked).all(|(field, asked)| field == "*" || field == asked);
    (fits && fields.len() == 5).then(|| fields.swap_remove(4))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn parse(text: &str, environment: &[(&str, &str)]) -> Result<Address, Failure> {
        Address::parse(text, &|name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn password(address: &Address) -> Option<&str> {
        address.password.as_ref().map(ExposeSecret::expose_secret)
    }

    #[test]
    fn a_url_says_it_all() {
        let address =
            parse("postgresql://me%40x:p%40ss%2F@db.example:6543/space?sslmode=verify-full&sslrootcert=/ca.pem", &[])
                .unwrap();
        assert_eq!((address.host.as_str(), address.port, address.database.as_str()), ("db.example", 6543, "space"));
        assert_eq!((address.user.as_str(), password(&address)), ("me@x", Some("p@ss/")));
        assert_eq!(address.encryption, Encryption::Always);
        assert_eq!(address.root_certificates, Some("/ca.pem".into()));
        assert_eq!(address.place(), "postgres://db.example:6543/space");
    }

    #[test]
    fn the_environment_fills_in_what_the_url_leaves_out() {
        let environment =
            [("PGHOST", "/var/run/postgresql"), ("PGUSER", "me"), ("PGPASSWORD", "secret"), ("PGPORT", "1")];
        let address = parse("postgres:///space", &environment).unwrap();
        assert_eq!((address.host.as_str(), address.port, address.user.as_str()), ("/var/run/postgresql", 1, "me"));
        assert_eq!(password(&address), Some("secret"));
        assert!(address.is_local());
    }

    #[test]
    fn a_password_file_is_read_by_its_first_fitting_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords");
        fs::write(&file, "# comment\nother:*:*:*:no\n*:5432:space:me:se\\:cr\\\\et\n*:*:*:*:later\n").unwrap();
        let url = format!("postgres://me@db.example/space?passfile={}", file.display());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(parse(&url, &[]).unwrap_err().message.contains("can be read by others"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(password(&parse(&url, &[]).unwrap()), Some("se:cr\\et"));
        let other = format!("postgres://me@db.example/other?passfile={}", file.display());
        assert_eq!(password(&parse(&other, &[]).unwrap()), Some("later"));
    }

    #[test]
    fn a_url_that_is_wrong_is_told_without_being_shown() {
        for wrong in [
            "mysql://me:hunter2@host/db",
            "postgres://me:hunter2@ho st/db",
            "postgres://me:hunter2@host:port/db",
            "postgres://me:hunter2@host/db?sslmode=perhaps",
            "postgres://me:hunter2@host/db?service=x",
            "postgres://me:hunter2@host/db?connect_timeout=soon",
        ] {
            let failure = parse(wrong, &[]).unwrap_err();
            let shown = format!("{failure:?}");
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(failure.message.contains("WAREHOUSE_URL"), "{shown}");
        }
    }
}
