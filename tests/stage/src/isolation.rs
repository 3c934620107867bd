//! A separate place for the program of a stranger (Linux). The program sees only its own processes,
//! its own network and the files that it needs. Nothing that it changes stays.
//!
//! Two processes lead into it. The first [`enter`]s namespaces and starts the second, which is the
//! first process of the new process namespace, and [`furnish`]es them. All that is in them ends
//! with it (pid_namespaces(7)).

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::CloneFlags;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::setsid;

use crate::copy::copy;
use crate::namespaces::{self, set_loopback};

/// Where any program may write; the user's terminals; and the sockets of the machine's services.
const SHARED: [&str; 5] = ["/tmp", "/var/tmp", "/dev/shm", "/dev/pts", "/run"];

/// How much can be written into each of these.
const SIZE: &str = "size=64m";

/// The user that a program in its place is: anybody but root.
const NOBODY: u32 = 65_534;

/// Keeps this process's files and memory from others of the same user, where they share its
/// namespaces. It is of no use against root.
///
/// # Errors
/// Where the kernel refuses it.
pub fn keep_to_oneself() -> io::Result<()> {
    Ok(prctl::set_dumpable(false)?)
}

/// What is to be seen of the files of this machine. Everything else is there, and read-only.
pub struct View {
    /// Folders that are empty.
    pub hidden: Vec<PathBuf>,
    /// Files and folders that are there anyway, also inside hidden ones.
    pub shown: Vec<PathBuf>,
    /// A folder that the program may change: a copy of it, gone in the end.
    pub own: PathBuf,
}

/// Gets this process into a user namespace in which it is root, and what it starts next into
/// namespaces of processes, mounts, network and IPC. It can't have a second thread yet.
///
/// # Errors
/// Where this machine does not allow it.
pub fn enter() -> io::Result<()> {
    end_with_parent()?;
    let others = CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC;
    namespaces::enter(others, 0, 0)
}

/// Shows what is in `view`, and gives up every right over it. It can't have a second thread yet.
///
/// # Errors
/// Where the kernel refuses it.
pub fn furnish(view: &View) -> io::Result<()> {
    end_with_parent()?;
    // Without our terminal: /dev/tty is that of the session.
    setsid()?;
    set_loopback(true)?;
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE)?;
    make_read_only()?;
    // Opened now: soon these can't be found by their names.
    let process = File::open("/proc/self")?;
    let own = File::open(&view.own)?;
    let shown = view.shown.iter().map(|place| Ok((place, File::open(place)?)));
    let shown = shown.collect::<io::Result<Vec<_>>>()?;

    mount_proc()?;
    let shared = SHARED.iter().map(PathBuf::from).chain([std::env::temp_dir()]);
    for folder in shared.chain(view.hidden.iter().cloned()).filter(|folder| folder.is_dir()) {
        mount_empty(&folder)?;
    }
    fs::create_dir_all(&view.own)?;
    copy(&opened(&own), &view.own, u64::MAX)?;
    for (place, file) in shown.iter().filter(|(place, _)| !place.exists()) {
        show(place, file)?;
    }
    std::env::set_current_dir(&view.own)?;
    // The mounts belong to the outer user namespace: in this one nothing can take them away.
    let none = CloneFlags::empty();
    namespaces::enter_as_seen_in(&opened(&process), none, NOBODY, NOBODY)
}

const NONE: Option<&Path> = None;

/// The name of an open file: it leads to it wherever it is.
fn opened(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// If the process that grades is killed, this process ends too.
fn end_with_parent() -> io::Result<()> {
    Ok(prctl::set_pdeathsig(Signal::SIGKILL)?)
}

/// Puts a file or folder in its place, where nothing is any more.
fn show(place: &Path, file: &File) -> io::Result<()> {
    if file.metadata()?.is_dir() {
        fs::create_dir_all(place)?;
    } else {
        fs::create_dir_all(place.parent().unwrap_or(place))?;
        File::options().append(true).create(true).open(place)?;
    }
    Ok(mount(Some(&opened(file)), place, NONE, MsFlags::MS_BIND, NONE)?)
}

/// A /proc of this process namespace, in which only what one may trace is to be seen: not us. Before
/// Linux 5.8 the group root sees everything nevertheless.
fn mount_proc() -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    let proc = |option| mount(Some("proc"), "/proc", Some("proc"), flags, Some(option));
    Ok(proc("hidepid=4").or_else(|_| proc("hidepid=2"))?)
}

fn mount_empty(folder: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Ok(mount(Some("tmpfs"), folder, Some("tmpfs"), flags, Some(SIZE))?)
}

/// Makes every mount read-only but /proc, which is replaced. These flags have to stay set: the kernel
/// refuses to take them off (mount_namespaces(7)).
fn make_read_only() -> io::Result<()> {
    for line in fs::read_to_string("/proc/self/mountinfo")?.lines() {
        let mut words = line.split(' ').skip(4);
        let (Some(place), Some(options)) = (words.next(), words.next()) else { continue };
        let place = PathBuf::from(place.replace("\\040", " "));
        if place.starts_with("/proc") {
            continue;
        }
        let kept: MsFlags = options.split(',').map(flag).collect();
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | kept;
        match mount(NONE, &place, NONE, flags, NONE) {
            // Another mount lies on it; or nothing of this user may get there, which is as good.
            Ok(()) | Err(Errno::ENOENT | Errno::EACCES) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn flag(option: &str) -> MsFlags {
    match option {
        "nosuid" => MsFlags::MS_NOSUID,
        "nodev" => MsFlags::MS_NODEV,
        "noexec" => MsFlags::MS_NOEXEC,
        _ => MsFlags::empty(),
    }
}
