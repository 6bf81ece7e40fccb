//! The `answerback` program.

fn main() -> std::process::ExitCode {
    answerback::cli::main()
}
