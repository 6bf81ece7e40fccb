//! TP-PI and the optional fields behind it: TP-PID, TP-DCS, TP-UD (3GPP 23.040 sec 9.2.3.27), shared by the three reports.

use super::cursor::Cursor;
use super::dcs::Dcs;
use super::error::{DecodeError, EncodeError};
use super::octets::Octets;
use super::udh::Udh;
use super::user_data::UserData;

const PID: u8 = 0x01;
const DCS: u8 = 0x02;
const UD: u8 = 0x04;
/// Another indicator octet follows; what it announces is not defined.
const EXTENDED: u8 = 0x80;
/// Bits 3 to 6, which mean nothing today and are kept.
const RESERVED: u8 = 0x78;

/// The optional fields of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// The reserved bits of TP-PI, as they came.
    pub reserved: u8,
    /// Further indicator octets, as they came.
    pub extension: Octets<7>,
    /// TP-PID.
    pub pid: Option<u8>,
    /// TP-DCS.
    pub dcs: Option<Dcs>,
    /// The header of the user data.
    pub udh: Udh,
    /// TP-UD.
    pub ud: Option<UserData>,
}

impl Parameters {
    /// The first octet of TP-PI.
    #[must_use]
    pub fn indicator(&self) -> u8 {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        self.reserved & RESERVED
            | bit(self.pid.is_some(), PID)
            | bit(self.dcs.is_some(), DCS)
            | bit(self.ud.is_some(), UD)
            | bit(!self.extension.is_empty(), EXTENDED)
    }

    /// TP-PI alone: which fields follow, and the rest of the indicator.
    pub(crate) fn read_indicator(cursor: &mut Cursor<'_>) -> Result<(u8, Self), DecodeError> {
        let indicator = cursor.octet("pi")?;
        let mut parameters = Self { reserved: indicator & RESERVED, ..Self::default() };
        let mut last = indicator;
        while last & EXTENDED != 0 {
            let at = cursor.offset();
            last = cursor.octet("pi")?;
            if !parameters.extension.push(last) {
                let cause = super::error::DecodeCause::TooLong { length: 9, max: 8, unit: "octets" };
                return Err(DecodeError::new("pi", at, cause));
            }
        }
        Ok((indicator, parameters))
    }

    /// The fields that `indicator` announces.
    pub(crate) fn read_fields(
        mut self,
        cursor: &mut Cursor<'_>,
        indicator: u8,
        udhi: bool,
        octets_max: usize,
    ) -> Result<Self, DecodeError> {
        if indicator & PID != 0 {
            self.pid = Some(cursor.octet("pid")?);
        }
        if indicator & DCS != 0 {
            self.dcs = Some(Dcs::new(cursor.octet("dcs")?));
        }
        if indicator & UD != 0 {
            let (udh, ud) = UserData::read(cursor, self.dcs.unwrap_or(Dcs::GSM7), udhi, octets_max)?;
            self.udh = udh;
            self.ud = Some(ud);
        }
        Ok(self)
    }

    pub(crate) fn write_indicator(&self, out: &mut Vec<u8>) {
        out.push(self.indicator());
        out.extend_from_slice(&self.extension);
    }

    pub(crate) fn write_fields(&self, octets_max: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.extend(self.pid);
        out.extend(self.dcs.map(Dcs::octet));
        match &self.ud {
            Some(ud) => ud.write(&self.udh, self.dcs.unwrap_or(Dcs::GSM7), octets_max, out),
            None if self.udh.is_present() => Err(EncodeError::MissingUserData),
            None => Ok(()),
        }
    }

    /// Octets on the wire, indicator included.
    pub(crate) fn octets(&self) -> usize {
        let ud = self.ud.as_ref().map_or(0, |ud| ud.octets(&self.udh).saturating_add(1));
        let [pid, dcs] = [self.pid.is_some(), self.dcs.is_some()].map(usize::from);
        ud.saturating_add(pid).saturating_add(dcs).saturating_add(self.extension.len()).saturating_add(1)
    }

    /// The text of the report, where it has one.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        self.ud.as_ref().and_then(UserData::text)
    }
}
