//! What a daemon holds on its machine: its port and its socket (the store locks its own directory). Every refusal says what
//! to do.

use std::fmt;
use std::fs::Permissions;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;

use nix::unistd::{Group, chown};
use tokio::net::{TcpListener, UnixListener, UnixStream};

use crate::config::{Config, ModemPort, Modems};
use crate::serial::{PortWish, Ports, hotplug};
use crate::store;

/// Why the daemon does not run, in one line that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// With these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self(error.to_string())
    }
}

/// A box that begins with nothing says so: it may not be what its owner expects.
pub fn tell_origin(origin: store::Origin, dir: &Path) {
    let dir = dir.display();
    match origin {
        store::Origin::Found => {}
        store::Origin::New => tracing::info!("{dir} is new: a database was made"),
        store::Origin::Anew => tracing::warn!(
            "{dir} has held a daemon's state before, and no database is left there: a new one was made, and nothing is known. \
             If nobody removed it on purpose, stop the daemon, look at the disk and restore the newest backup"
        ),
    }
}

/// The ports that the modems' room drives.
pub fn ports(modems: &Modems) -> Ports {
    match modems {
        Modems::Scan(patterns) => Ports::Scan { patterns: patterns.clone(), roots: hotplug::Roots::default(), baud: None },
        Modems::Named(named) => Ports::Named(named.iter().map(wish).collect()),
    }
}

fn wish(modem: &ModemPort) -> PortWish {
    let file = modem.port.file_name().map_or_else(|| modem.port.display().to_string(), |name| name.to_string_lossy().into_owned());
    PortWish { path: modem.port.clone(), name: modem.name.clone().unwrap_or(file), baud: modem.baud, scanned: false }
}

/// What is served on.
pub struct Doors {
    /// The port.
    pub network: TcpListener,
    /// Its address, with the number that port 0 became.
    pub address: SocketAddr,
    /// The socket.
    pub local: UnixListener,
}

/// Binds port and socket.
pub async fn open(config: &Config) -> Result<Doors, Error> {
    let listen = config.listen;
    let network = TcpListener::bind(listen).await.map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => {
            Error(format!("{listen} is in use by another program (`ss -ltnp` tells which); stop it or change [http] listen"))
        }
        ErrorKind::PermissionDenied => Error(format!("{listen}: ports below 1024 need a privilege; choose a higher one in [http] listen")),
        _ => Error(format!("{listen} cannot be listened on ({cause}); correct [http] listen")),
    })?;
    let address = network.local_addr().map_err(|cause| Error(format!("{listen}: {cause}")))?;
    let local = socket(&config.socket).await?;
    Ok(Doors { network, address, local })
}

async fn socket(path: &Path) -> Result<UnixListener, Error> {
    let shown = path.display();
    let fix = "make its directory, own it by the user who runs the daemon, or change [http] socket";
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir).map_err(|cause| Error(format!("{shown}: its directory cannot be made ({cause}); {fix}")))?;
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(Error(format!("{shown} is there and is no socket; remove it or change [http] socket")));
        }
        Ok(_) if UnixStream::connect(path).await.is_ok() => {
            return Err(Error(format!("{shown} is in use by a running daemon; stop it, or give this one its own [http] socket")));
        }
        // Left by a daemon that was killed.
        Ok(_) => std::fs::remove_file(path).map_err(|cause| Error(format!("{shown} cannot be replaced ({cause}); {fix}")))?,
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(|cause| Error(format!("{shown} cannot be made ({cause}); {fix}")))?;
    std::fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE)).map_err(|cause| Error(format!("{shown}: {cause}")))?;
    if let Ok(Some(group)) = Group::from_name(GROUP) {
        // Not root and not in the group: then the socket stays with the user's own group, which is right on a developer's machine.
        let _ = chown(path, None, Some(group.gid));
    }
    Ok(listener)
}

/// Who is in this group may use the local commands.
const GROUP: &str = "answerback";
const SOCKET_MODE: u32 = 0o660;

/// Takes the socket's name away; it may be gone already.
pub fn close(socket: &Path) {
    drop(std::fs::remove_file(socket));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("a.sock");
        drop(socket(&path).await.expect("new"));
        assert!(path.exists(), "a killed daemon leaves it");
        let live = socket(&path).await.expect("replaced");
        let refused = socket(&path).await.expect_err("live").to_string();
        assert!(refused.contains("in use by a running daemon"), "{refused}");
        drop(live);
        std::fs::remove_file(&path).expect("ours");
        std::fs::write(&path, "x").expect("a file");
        assert!(socket(&path).await.expect_err("a file").to_string().contains("is no socket"));
    }
}
