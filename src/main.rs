//! The `answerback` program.

fn main() -> std::process::ExitCode {
    share_arenas();
    answerback::cli::main()
}

/// The C library gives nearly every thread a heap of its own, and none gives back what it once held: 10 MB on two cores. Two
/// heaps are enough for what the threads do at one time.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "mallopt takes two numbers, no pointers, and no other thread runs yet")]
fn share_arenas() {
    // SAFETY: as above; a number that it does not know changes nothing.
    let _unknown = unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
}

#[cfg(not(target_env = "gnu"))]
fn share_arenas() {}
