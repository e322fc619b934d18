//! Opening connections: the one place in which a tool's request leaves this computer.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;

/// Opens connections to addresses that were judged. Tests replace it to stand in for the network.
#[async_trait::async_trait]
pub trait Dial: Send + Sync {
    /// Connects to exactly this address.
    ///
    /// # Errors
    /// When there is no connection.
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream>;
}

/// The network.
#[derive(Clone, Copy, Debug, Default)]
pub struct Network;

#[async_trait::async_trait]
impl Dial for Network {
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
