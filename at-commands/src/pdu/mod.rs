//! SMS transfer protocol data units (3GPP 23.040), one file per TPDU and per field. Field names are the standard's.
//!
//! ```
//! use at_commands::{hex, pdu::{Deliver, Smsc}};
//!
//! let octets = hex::decode("07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07").unwrap();
//! let message = Deliver::decode(&octets, Smsc::Present).unwrap();
//! assert_eq!(message.oa.number().as_deref(), Some("+31641600986"));
//! assert_eq!(message.text().as_deref(), Some("How are you?"));
//! ```
//!
//! Nothing here panics or allocates on damaged octets; a [`DecodeError`] names the field, the octet and the cause.

mod address;
mod anonymous;
mod answer;
mod command;
mod cursor;
mod dcs;
mod deliver;
mod deliver_report;
mod error;
mod failure_cause;
mod first_octet;
mod ie;
mod inbound;
mod octets;
mod outbound;
mod parameters;
mod pid;
mod purpose;
mod semi_octet;
mod smsc;
mod status;
mod status_report;
mod submit;
mod submit_report;
mod timestamp;
mod type_of_address;
mod udh;
mod user_data;
mod validity;

pub use address::{ADDRESS_DIGITS_MAX, Address, AddressError};
pub use anonymous::anonymise;
pub use answer::Answer;
pub use command::Command;
pub use dcs::{Alphabet, Class, Dcs, Waiting, WaitingKind};
pub use deliver::Deliver;
pub use deliver_report::DeliverReport;
pub use error::{DecodeCause, DecodeError, EncodeError};
pub use failure_cause::FailureCause;
pub use ie::{Concat, Ie, Ports, SpecialMessage};
pub use inbound::Inbound;
pub use octets::Octets;
pub use outbound::Outbound;
pub use parameters::Parameters;
pub use pid::Pid;
pub use purpose::Purpose;
pub use smsc::Smsc;
pub use status::{Status, StatusClass};
pub use status_report::StatusReport;
pub use submit::Submit;
pub use submit_report::SubmitReport;
pub use timestamp::Timestamp;
pub use type_of_address::{Npi, Ton, TypeOfAddress};
pub use udh::Udh;
pub use user_data::{SEPTETS_MAX, USER_DATA_OCTETS_MAX, UserData};
pub use validity::{Enhanced, EnhancedPeriod, ValidityPeriod};
