//! The record that `shim.c` wrote, as deeds in the order in which they were done. Pure: octets in, deeds out.

/// One thing the program did, with the names of files as they are called in the watched folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A process began; what its descriptors are is not known from the one before.
    Started,
    /// A file was made.
    Created {
        /// Its name.
        file: String,
    },
    /// Octets were written.
    Written {
        /// Into which file.
        file: String,
        /// Where.
        at: u64,
        /// Which.
        octets: Vec<u8>,
    },
    /// A file was cut or lengthened.
    Truncated {
        /// Which.
        file: String,
        /// Its new length.
        length: u64,
    },
    /// A file's content was flushed.
    Synced {
        /// Which.
        file: String,
        /// The flush vouches for what was done before this place in the record.
        before: usize,
    },
    /// The folder's own entries were flushed.
    FolderSynced {
        /// The flush vouches for what was done before this place in the record.
        before: usize,
    },
    /// A file was removed.
    Removed {
        /// Which.
        file: String,
    },
    /// Octets left through a socket or a terminal.
    Left {
        /// Through which.
        fd: i32,
        /// It is a terminal: a modem.
        terminal: bool,
        /// Which.
        octets: Vec<u8>,
    },
    /// Octets were read from a terminal.
    Heard {
        /// From which.
        fd: i32,
        /// Which.
        octets: Vec<u8>,
    },
    /// A socket or terminal was closed; its number may be given again.
    Closed {
        /// Which.
        fd: i32,
    },
}

/// Why a record cannot be read.
pub type Unreadable = String;

const HEAD_OCTETS: usize = 24;

/// Reads the records of one process after the other. A process that was killed may have left half a record at its end: that
/// deed was not done.
pub fn read(processes: &[Vec<u8>]) -> Result<Vec<Deed>, Unreadable> {
    let mut deeds = Vec::new();
    for log in processes {
        // The process counts its own records only, and does not know of the one that is put in front of them.
        let base = deeds.len() + 1;
        deeds.push(Deed::Started);
        let mut rest = log.as_slice();
        while let Some((deed, behind)) = next(rest, base).map_err(|why| format!("record {}: {why}", deeds.len()))? {
            deeds.push(deed);
            rest = behind;
        }
    }
    Ok(deeds)
}

fn next(rest: &[u8], base: usize) -> Result<Option<(Deed, &[u8])>, Unreadable> {
    let Some((head, rest)) = rest.split_at_checked(HEAD_OCTETS) else { return Ok(None) };
    let little_endian = |octets: &[u8]| octets.iter().rev().fold(0, |number: u64, octet| number << 8 | u64::from(*octet));
    let (kind, name_octets, fd) = (head[0], little_endian(&head[2..4]) as usize, little_endian(&head[4..8]) as i32);
    let (number, octets) = (little_endian(&head[8..16]), little_endian(&head[16..20]) as usize);
    let Some((name, rest)) = rest.split_at_checked(name_octets) else { return Ok(None) };
    let Some((octets, rest)) = rest.split_at_checked(octets) else { return Ok(None) };
    let file = String::from_utf8(name.to_vec()).map_err(|_| "the name of a file is no text".to_owned())?;
    let (octets, before) = (octets.to_vec(), base + number as usize);
    let deed = match kind {
        b'C' => Deed::Created { file },
        b'W' => Deed::Written { file, at: number, octets },
        b'T' => Deed::Truncated { file, length: number },
        b'S' => Deed::Synced { file, before },
        b'D' => Deed::FolderSynced { before },
        b'U' => Deed::Removed { file },
        b'O' => Deed::Left { fd, terminal: false, octets },
        b'o' => Deed::Left { fd, terminal: true, octets },
        b'i' => Deed::Heard { fd, octets },
        b'X' => Deed::Closed { fd },
        other => return Err(format!("no deed is called {other:#04x}")),
    };
    Ok(Some((deed, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, name: &str, fd: i32, number: u64, octets: &[u8]) -> Vec<u8> {
        let mut record = vec![kind, 0];
        record.extend((name.len() as u16).to_le_bytes());
        record.extend(fd.to_le_bytes());
        record.extend(number.to_le_bytes());
        record.extend((octets.len() as u32).to_le_bytes());
        record.extend([0; 4]);
        record.extend(name.bytes());
        record.extend(octets);
        record
    }

    #[test]
    fn records_of_two_processes_are_one_story() {
        let first = [record(b'C', "a.db", 5, 0, b""), record(b'W', "a.db", 5, 7, b"xy"), record(b'S', "a.db", 5, 2, b"")].concat();
        let mut second = record(b'S', "a.db", 5, 0, b"");
        second.extend(&record(b'W', "a.db", 5, 0, b"half of it")[..30]);
        let deeds = read(&[first, second]).expect("readable");
        let file = || "a.db".to_owned();
        let expected = [
            Deed::Started,
            Deed::Created { file: file() },
            Deed::Written { file: file(), at: 7, octets: b"xy".to_vec() },
            Deed::Synced { file: file(), before: 3 },
            Deed::Started,
            Deed::Synced { file: file(), before: 5 },
        ];
        assert_eq!(deeds, expected);
    }

    #[test]
    fn an_unknown_record_is_said_to_be_one() {
        let error = read(&[record(b'?', "", 0, 0, b"")]).expect_err("refused");
        assert!(error.contains("record 1") && error.contains("0x3f"), "{error}");
    }
}
