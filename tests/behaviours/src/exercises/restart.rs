//! Exercise 04: close first, and start again at once.

use std::time::Duration;

use shared::gbk;
use stage::{Connection, Program, Server, Verdict, kernel};

/// Longer than the kernel needs to acknowledge a FIN, on a busy machine too.
const MOMENT: Duration = Duration::from_secs(2);

/// 再见, and FIN.
pub fn sends_goodbye_then_fin(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.connect_client()?;
    receives_goodbye(&client)?;
    server.exits_with_status_0().map(drop)
}

/// The client closes after the server, as any client, so that TIME_WAIT stays on the server's port.
pub fn restarts_immediately_on_the_same_port(program: &Program) -> Verdict {
    let address = program.address()?;
    for _start in 1..=6 {
        let server = Server::start_on(program, address)?;
        let mut client = server.connect_client()?;
        receives_goodbye(&client)?;
        // A server that has just reset its client has no FIN, and leaves no TIME_WAIT: no fault here.
        let _ = kernel::fin_is_acknowledged(program.deadline.or_after(MOMENT), address);
        client.closes();
        server.exits_with_status_0()?;
    }
    Ok(())
}

/// While the second server fails, the first one waits for its client. Then it serves the client.
pub fn a_second_server_fails_while_the_first_listens(program: &Program) -> Verdict {
    // A call would end the first one, so it is the kernel that is asked whether it listens.
    let address = program.address()?;
    let first = Server::start_on(program, address)?;
    first.listens()?;
    Server::start_on(program, address)?.is_refused()?;
    let client = first.connect_client()?;
    receives_goodbye(&client)?;
    first.exits_with_status_0().map(drop)
}

fn receives_goodbye(client: &Connection) -> Verdict {
    client.receives(gbk("再见"))?;
    client.receives_the_end()
}
