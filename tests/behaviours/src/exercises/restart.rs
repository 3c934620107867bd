//! Exercise 04: close first, and start again at once.

use std::time::Duration;

use shared::gbk;
use stage::{Connection, Program, Server, Verdict, kernel};

/// Longer than the kernel needs to acknowledge a FIN.
const MOMENT: Duration = Duration::from_millis(500);

/// 再见, and FIN.
pub fn the_first_client_is_bidden_farewell(program: &Program) -> Verdict {
    let server = Server::start(program)?;
    let client = server.is_called()?;
    is_bidden_farewell(&client)?;
    server.ends_well().map(drop)
}

/// The client closes after the server, as any client, so that TIME_WAIT stays on the server's port.
pub fn it_starts_again_at_once_on_the_same_port(program: &Program) -> Verdict {
    let address = program.address()?;
    for _start in 1..=6 {
        let server = Server::start_on(program, address)?;
        let mut client = server.is_called()?;
        is_bidden_farewell(&client)?;
        // A server that has just reset its client has no FIN, and leaves no TIME_WAIT: no fault here.
        let _ = kernel::fin_is_acknowledged(program.deadline.or_after(MOMENT), address);
        client.closes();
        server.ends_well()?;
    }
    Ok(())
}

/// The first one waits for its client meanwhile, and serves him then.
pub fn a_second_one_is_refused_while_it_listens(program: &Program) -> Verdict {
    // A call would end the first one, so it is the kernel that is asked whether it listens.
    let address = program.address()?;
    let first = Server::start_on(program, address)?;
    first.listens()?;
    Server::start_on(program, address)?.is_refused()?;
    let client = first.is_called()?;
    is_bidden_farewell(&client)?;
    first.ends_well().map(drop)
}

fn is_bidden_farewell(client: &Connection) -> Verdict {
    client.receives(gbk("再见"))?;
    client.receives_the_end()
}
