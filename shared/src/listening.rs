//! The first three steps of a server, as lesson 06 takes them.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

use crate::Failure;

/// A listening socket with an accept queue of 4096 clients, or as many as the kernel allows.
///
/// # Errors
/// If the address is in use, or is not an address of this machine.
pub fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)] // as the standard library does (lesson 04)
    listener.set_reuse_address(true)?;
    listener.bind(&address.into()).map_err(|error| Failure::bind(address, error))?;
    listener.listen(4096)?;
    Ok(listener.into())
}
