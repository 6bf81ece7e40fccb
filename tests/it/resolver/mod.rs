//! The resolver from outside: replies nobody wrote it for, what must hold for any text, odd and hostile texts.

mod stage;
mod unseen;
