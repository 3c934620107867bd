// Has the compiler read a program that is right.
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

static SOLUTION: &[u8] = include_bytes!("@SOLUTION@");

fn main() -> std::io::Result<()> {
    let file = std::env::current_dir()?.join(format!("solution-{}", std::process::id()));
    std::fs::write(&file, SOLUTION)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o700))?;
    let address = std::env::args().nth(1).unwrap_or_default();
    Err(std::process::Command::new(file).args(["forgets-nothing", &address]).exec())
}
