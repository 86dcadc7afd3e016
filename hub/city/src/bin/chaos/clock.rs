//! Programs whose clock is wrong, by libfaketime. The monotonic clock goes on as it did, as it
//! does when somebody sets the time of a real machine.

use anyhow::ensure;

/// Where Debian puts it.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

/// The settings with which a program believes that it is so many seconds later.
pub(crate) fn turned(seconds: i64) -> anyhow::Result<[(&'static str, String); 3]> {
    let library = LIBRARIES.into_iter().find(|it| std::path::Path::new(it).exists());
    ensure!(library.is_some(), "libfaketime not found: apt-get install faketime");
    Ok([
        ("LD_PRELOAD", library.unwrap_or_default().to_owned()),
        ("FAKETIME", format!("{seconds:+}s")),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ])
}
