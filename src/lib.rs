//! Answerback holds text-message conversations for a utility over its own GSM modems. docs/architecture.md is the map.

// L0
pub mod balance;
pub mod chance;
pub mod committed;
pub mod hooks;
pub mod ids;
pub mod msisdn;
pub mod office;
pub mod own_text;
pub mod roster;
pub mod settings;
pub mod signature;
pub mod target;
pub mod terms;
pub mod text;
pub mod time;
pub mod value;
// L1
pub mod conversation;
pub mod delivery;
pub mod modem;
// L2
pub mod store;
// L3
pub mod engine;
// Below L4: the one HTTP client of webhook and endpoint.
pub mod courier;
// L4
pub mod endpoint;
pub mod http;
pub mod rehearsal;
pub mod serial;
pub mod timers;
pub mod web;
pub mod webhook;
// L5
pub mod cli;
pub mod config;
pub mod daemon;
pub mod telemetry;
