//! The first four steps of a server, as lesson 06 takes them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use crate::{Failure, exit, ip_and_port, is_exhausted, is_of_one_client, say};

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

/// The next client. If accept can never succeed again, the program ends.
pub fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut is_reported = false;
    loop {
        match listener.accept() {
            Ok((connection, client)) => return (connection, ip_and_port(&client.into())),
            Err(error) if is_of_one_client(&error) => {}
            Err(error) if is_exhausted(&error) => {
                if !is_reported {
                    say(format!("error: accept: {error}"));
                }
                is_reported = true;
                // Without this pause the loop uses a whole core.
                thread::sleep(Duration::from_millis(100));
            }
            Err(error) => exit(error.into()),
        }
    }
}

/// Where a program connects to its own listening socket: that of `0.0.0.0` is at `127.0.0.1`.
pub fn own(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
        address.set_ip(if address.is_ipv4() { v4 } else { v6 });
    }
    address
}
