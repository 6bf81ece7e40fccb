//! Serves a router on the loopback port and on the unix socket until the daemon stops.

use std::net::SocketAddr;

use axum::Router;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::watch;

use super::auth::Peer;

/// The loopback port. Answers are small and whole: waiting to fill a packet would only add delay.
pub struct Network(TcpListener);

impl Listener for Network {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.0).await;
        // A socket that does not take the option is slower, not wrong.
        drop(stream.set_nodelay(true));
        (stream, peer)
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves callers that bring a key.
pub async fn serve_network(listener: TcpListener, router: Router, stopping: watch::Receiver<bool>) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<Peer>();
    axum::serve(Network(listener), service).with_graceful_shutdown(stopped(stopping)).await
}

/// Serves the local commands, whom the kernel vouches for.
pub async fn serve_local(listener: UnixListener, router: Router, stopping: watch::Receiver<bool>) -> std::io::Result<()> {
    axum::serve(listener, router.into_make_service_with_connect_info::<Peer>()).with_graceful_shutdown(stopped(stopping)).await
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the daemon has let go of the switch: then it has stopped, too.
    drop(stopping.wait_for(|stop| *stop).await);
}
