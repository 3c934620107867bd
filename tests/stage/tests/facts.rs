//! What the book says of the kernel, and of the programs that the course grew out of, where no
//! lesson shows it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use shared::socket_table::{self, State};
use socket2::{Domain, Socket, Type};
use stage::{Deadline, Verdict, kernel};

/// The longest that one call may last.
const DEADLINE: Duration = Duration::from_secs(10);

fn patience() -> Deadline {
    Deadline::after(DEADLINE)
}

/// The two ends of a connection: the client's and the server's.
fn call() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    for end in [&client, &server] {
        end.set_read_timeout(Some(DEADLINE))?;
        end.set_write_timeout(Some(DEADLINE))?;
    }
    Ok((client, server))
}

/// Waits until `end` could receive `count` bytes at once.
fn has_come(end: &TcpStream, count: usize) -> Verdict {
    kernel::wait_for(patience(), "that all has come", "全部到达", || {
        Ok(end.peek(&mut vec![0; count])? == count)
    })
}

#[test]
fn the_kernel_completes_the_handshake_before_accept() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    client.write_all(b"is anybody there?")?;
    client.shutdown(Shutdown::Write)?;
    let (mut connection, _) = listener.accept()?;
    connection.set_read_timeout(Some(DEADLINE))?;
    assert_eq!(io::read_to_string(&mut connection)?, "is anybody there?");
    Ok(())
}

#[test]
fn listening_and_connected_sockets_share_one_port() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let _clients = [TcpStream::connect(address)?, TcpStream::connect(address)?];
    let connections = [listener.accept()?.0, listener.accept()?.0];
    for connection in connections {
        assert_eq!(connection.local_addr()?, address);
    }
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
fn listen_n_holds_n_plus_1_clients() -> Verdict {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    listener.listen(2)?;
    let address = shared::ip_and_port(&listener.local_addr()?);
    let _waiting = [1, 2, 3].map(|_| TcpStream::connect_timeout(&address, DEADLINE));
    kernel::shows_waiting_clients(patience(), 3, address)?;
    // The kernel does not refuse the fourth client. It sends nothing.
    let fourth = TcpStream::connect_timeout(&address, Duration::from_millis(300));
    assert_eq!(fourth.map_err(|error| error.kind()).err(), Some(io::ErrorKind::TimedOut));
    Ok(())
}

#[test]
fn two_sends_can_come_as_one_recv() -> Verdict {
    let (mut client, mut server) = call()?;
    client.set_nodelay(true)?;
    client.write_all(b"one")?;
    client.write_all(b"two")?;
    has_come(&server, 6)?;
    let mut buffer = [0; 1024];
    assert_eq!(server.read(&mut buffer)?, 6);
    Ok(())
}

#[test]
fn one_send_can_take_many_recvs() -> Verdict {
    let (mut client, mut server) = call()?;
    client.write_all(&[b'x'; 3000])?;
    has_come(&server, 3000)?;
    let mut buffer = [0; 1024];
    let counts = [server.read(&mut buffer)?, server.read(&mut buffer)?, server.read(&mut buffer)?];
    assert_eq!(counts, [1024, 1024, 952]);
    Ok(())
}

#[test]
fn recv_returns_0_after_all_data_and_again() -> io::Result<()> {
    let (mut client, mut server) = call()?;
    client.write_all(b"bye")?;
    drop(client);
    let mut buffer = [0; 1024];
    let counts = [server.read(&mut buffer)?, server.read(&mut buffer)?, server.read(&mut buffer)?];
    assert_eq!(counts, [3, 0, 0]);
    Ok(())
}

#[test]
fn send_returns_before_the_peer_receives() -> io::Result<()> {
    let (mut client, _server) = call()?;
    client.write_all(&[b'x'; 64 << 10])
}

#[test]
fn the_first_send_after_the_other_side_has_closed_succeeds() -> Verdict {
    let (mut client, server) = call()?;
    let address = server.local_addr()?;
    drop(server);
    assert_eq!(client.read(&mut [0; 1])?, 0);
    client.write_all(b"hello?")?;
    // The answer to it is RST.
    let theirs = client.local_addr()?;
    kernel::wait_for(patience(), "the end of the connection", "连接的结束", || {
        let ours = |entry: &socket_table::Entry| entry.local == theirs && entry.remote == address;
        Ok(!socket_table::read()?.iter().any(ours))
    })?;
    let second = client.write_all(b"hello??").map_err(|error| shared::is_reset(&error));
    assert_eq!(second, Err(true));
    Ok(())
}

#[test]
fn closing_with_unread_bytes_sends_rst() -> Verdict {
    let (mut client, server) = call()?;
    client.write_all(b"listen to me")?;
    has_come(&server, 12)?;
    drop(server);
    let ending = client.read(&mut [0; 1]).map_err(|error| shared::is_reset(&error));
    assert_eq!(ending, Err(true));
    Ok(())
}

#[test]
fn queued_clients_are_reset_when_the_server_ends() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    client.set_read_timeout(Some(DEADLINE))?;
    drop(listener);
    let ending = client.read(&mut [0; 1]).map_err(|error| shared::is_reset(&error));
    assert_eq!(ending, Err(true));
    Ok(())
}

#[test]
fn a_half_closed_connection_still_receives() -> io::Result<()> {
    let (mut client, mut server) = call()?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(server.read(&mut [0; 1])?, 0);
    server.write_all(b"one more thing")?;
    drop(server);
    assert_eq!(io::read_to_string(&mut client)?, "one more thing");
    Ok(())
}

/// The write-write-read trap: Nagle's algorithm holds the second write back until the first one is
/// acknowledged, and the other kernel delays that for 40 ms. It takes two writes of one message, in a
/// connection that has exchanged something before, and no TCP_NODELAY.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
fn a_message_in_two_writes_waits_for_a_delayed_ack() -> io::Result<()> {
    let two: &[&[u8]] = &[b"hello", b"\n"];
    // A program that has to wait for its turn sends the second write after the ACK, or replies late:
    // most of the replies wait for the kernel, and the fastest waits for nothing.
    assert!(waits_for_replies(two, false)?[5] > Duration::from_millis(30));
    assert!(waits_for_replies(two, true)?[0] < Duration::from_millis(30));
    assert!(waits_for_replies(&[b"hello\n"], false)?[0] < Duration::from_millis(30));
    Ok(())
}

/// How long the reply to a line takes that is sent by these writes: of eleven after a first one, the
/// shortest wait first.
fn waits_for_replies(writes: &[&[u8]], nodelay: bool) -> io::Result<Vec<Duration>> {
    let (mut client, mut server) = call()?;
    client.set_nodelay(nodelay)?;
    let replying = thread::spawn(move || -> io::Result<()> {
        let (mut buffer, mut line) = ([0; 64], Vec::new());
        loop {
            let count = server.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            line.extend_from_slice(&buffer[..count]);
            if line.ends_with(b"\n") {
                server.write_all(b"received")?;
                line.clear();
            }
        }
    });
    let mut waits = Vec::new();
    for message in 0..=11 {
        let begin = Instant::now();
        for bytes in writes {
            client.write_all(bytes)?;
        }
        client.read_exact(&mut [0; 8])?;
        if message > 0 {
            waits.push(begin.elapsed());
        }
    }
    drop(client);
    replying.join().expect("it returns its errors")?;
    waits.sort();
    Ok(waits)
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
fn two_connections_can_share_a_client_port() -> io::Result<()> {
    let servers = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    let caller = |port, server: &TcpListener| -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
        socket.connect(&server.local_addr()?.into())?;
        Ok(socket)
    };
    let one = caller(0, &servers[0])?;
    let port = shared::ip_and_port(&one.local_addr()?).port();
    let other = caller(port, &servers[1])?;
    assert_eq!(shared::ip_and_port(&other.local_addr()?).port(), port);
    Ok(())
}

#[test]
fn close_wait_lasts_until_the_program_closes() -> Verdict {
    let (client, mut server) = call()?;
    let (ours, theirs) = (server.local_addr()?, client.local_addr()?);
    let state = || -> io::Result<Option<State>> {
        let ours = |entry: &&socket_table::Entry| entry.local == ours && entry.remote == theirs;
        Ok(socket_table::read()?.iter().find(ours).map(|entry| entry.state))
    };
    drop(client);
    assert_eq!(server.read(&mut [0; 1])?, 0);
    assert_eq!(state()?, Some(State::CloseWait));
    drop(server);
    kernel::wait_for(patience(), "the end of CLOSE_WAIT", "CLOSE_WAIT 的结束", || {
        Ok(state()? != Some(State::CloseWait))
    })
}

#[test]
fn a_client_has_its_port_from_the_kernel() -> io::Result<()> {
    let (client, server) = call()?;
    assert_ne!(client.local_addr()?.port(), 0);
    assert_eq!(server.peer_addr()?, client.local_addr()?);
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
fn every_address_of_this_machine_overlaps_with_0_0_0_0() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let all = SocketAddr::from(([0, 0, 0, 0], listener.local_addr()?.port()));
    let refused = TcpListener::bind(all).map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(io::ErrorKind::AddrInUse));
    Ok(())
}

/// What is left of a server that asked for `reuse_port` and closed first keeps no other one away
/// that asks for it too.
#[test]
#[cfg(target_os = "linux")]
fn so_reuseport_on_both_takes_a_port_in_time_wait() -> Verdict {
    let listen = |address: SocketAddr, reuse_port| -> io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_port(reuse_port)?;
        socket.bind(&address.into())?;
        socket.listen(1)?;
        Ok(socket)
    };
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)), true)?;
    let address = shared::ip_and_port(&listener.local_addr()?);
    let mut client = TcpStream::connect(address)?;
    drop(listener.accept()?);
    drop(listener);
    assert_eq!(client.read(&mut [0; 1])?, 0);
    kernel::fin_is_acknowledged(patience(), address)?;
    drop(client);
    kernel::shows(patience(), State::TimeWait, address)?;
    let refused = listen(address, false).map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(io::ErrorKind::AddrInUse));
    listen(address, true)?;
    Ok(())
}

/// An open connection of an old server keeps a new one away no more than TIME_WAIT does.
#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
fn so_reuseaddr_on_both_takes_a_port_beside_an_open_connection() -> io::Result<()> {
    // Both set it: TcpListener::bind does.
    let old = TcpListener::bind("127.0.0.1:0")?;
    let address = old.local_addr()?;
    let _client = TcpStream::connect(address)?;
    let _connection = old.accept()?;
    drop(old);
    TcpListener::bind(address)?;
    Ok(())
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "measured on Linux only")]
fn a_client_can_hold_the_port_that_a_server_wants() -> io::Result<()> {
    let (client, _server) = call()?;
    let refused = TcpListener::bind(client.local_addr()?).map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(io::ErrorKind::AddrInUse));
    Ok(())
}
