//! What a thread for each client costs: memory, context switches and CPU (Linux). 每个线程的开销。

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;

use shared::socket_table::{self, State};
use shared::{CommandLine, Failure, print_line};

const HELP: &str = "\
Measures what a thread for each client costs lesson 06, with 10, 100, 1000 and 5000 clients, of which
each was answered (Linux). For so many you may need `ulimit -n 6000` in both terminals.

Usage: thread-cost [ADDRESS]

  ADDRESS  IP:PORT of a server that is running: lesson-06 [default: 127.0.0.1:7788]
";

/// What is measured: KiB, context switches, and nanoseconds on a core.
struct Cost {
    own: u64,
    page_tables: u64,
    stacks: u64,
    slab: u64,
    switches: u64,
    time: u64,
}

fn main() -> ExitCode {
    let arguments = CommandLine::new(HELP).read();
    shared::exit_status(measure(arguments.address))
}

fn measure(address: SocketAddr) -> Result<(), Failure> {
    let server = process_that_listens_on(address)?;
    print_line("          KiB for each client                      for each message")?;
    print_line("clients   own   page tables   kernel stack   slab  switches  CPU")?;
    let before = Cost::of(server)?;
    let mut clients = Vec::new();
    for count in [10, 100, 1000, 5000] {
        while clients.len() < count {
            let client = TcpStream::connect(address).map_err(|e| Failure::connect(address, e))?;
            say_hello(&client)?;
            clients.push(client);
        }
        let with = Cost::of(server)?;
        for client in &clients {
            say_hello(client)?;
        }
        let after = Cost::of(server)?;
        let each = |with: u64, before: u64| with.saturating_sub(before) as f64 / count as f64;
        print_line(&format!(
            "{count:7} {:5.1} {:13.1} {:14.1} {:6.1} {:9.1} {:4.1} µs",
            each(with.own, before.own),
            each(with.page_tables, before.page_tables),
            each(with.stacks, before.stacks),
            each(with.slab, before.slab),
            each(after.switches, with.switches),
            each(after.time, with.time) / 1000.0,
        ))?;
    }
    Ok(())
}

/// Sends a message, and waits for the reply: the server has a thread for this client.
fn say_hello(mut client: &TcpStream) -> Result<(), Failure> {
    client.write_all(b"hello\n")?;
    BufReader::new(client).skip_until(b'\n')?;
    Ok(())
}

impl Cost {
    /// The memory of the process `server`, and of the kernel; and how often its threads went to sleep
    /// or had to leave their core (proc(5)).
    fn of(server: u32) -> Result<Self, Failure> {
        let process = format!("/proc/{server}");
        let (mut switches, mut time) = (0, 0);
        for thread in fs::read_dir(format!("{process}/task"))? {
            let thread = thread?.path().to_string_lossy().into_owned();
            switches += number(&format!("{thread}/status"), "voluntary_ctxt_switches:")?;
            switches += number(&format!("{thread}/status"), "nonvoluntary_ctxt_switches:")?;
            time += number(&format!("{thread}/schedstat"), "")?;
        }
        Ok(Cost {
            own: number(&format!("{process}/status"), "VmRSS:")?,
            page_tables: number(&format!("{process}/status"), "VmPTE:")?,
            stacks: number("/proc/meminfo", "KernelStack:")?,
            slab: number("/proc/meminfo", "Slab:")?,
            switches,
            time,
        })
    }
}

/// The number after `name` in a file of /proc.
fn number(file: &str, name: &str) -> Result<u64, Failure> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| Failure::new(format!("{file} has no {name}")))
}

/// The process that has the listening socket open.
fn process_that_listens_on(address: SocketAddr) -> Result<u32, Failure> {
    let sockets = socket_table::on(address)?;
    let listening = sockets.iter().find(|socket| socket.state == State::Listen);
    let inode = listening.and_then(|socket| socket.inode);
    let inode = inode.ok_or_else(|| Failure::new(format!("no program listens on {address}")))?;
    let name = format!("socket:[{inode}]");
    for process in fs::read_dir("/proc")?.flatten() {
        let id = process.file_name().to_string_lossy().parse();
        let files = fs::read_dir(process.path().join("fd"));
        let (Ok(id), Ok(files)) = (id, files) else { continue };
        let is_open = |file: fs::DirEntry| {
            fs::read_link(file.path()).is_ok_and(|file| file.to_string_lossy() == *name)
        };
        if files.flatten().any(is_open) {
            return Ok(id);
        }
    }
    Err(Failure::new("the server is a process of another user"))
}
