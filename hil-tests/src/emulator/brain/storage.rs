//! Message storage: SM, ME and SR with a fixed number of slots each (27.005 section 3.2.2).

/// A memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    Sm,
    Me,
    Sr,
}

/// What lies in a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// 0 unread, 1 read, 2 unsent, 3 sent.
    pub(super) stat: u8,
    /// SMSC octets and TPDU.
    pub(super) pdu: Vec<u8>,
}

/// The three memories.
#[derive(Debug)]
pub(super) struct Storage {
    slots: [Vec<Option<Stored>>; 3],
    first_index: u16,
}

impl Memory {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sm => "SM",
            Self::Me => "ME",
            Self::Sr => "SR",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Sm, Self::Me, Self::Sr].into_iter().find(|memory| memory.name().eq_ignore_ascii_case(name))
    }
}

impl Storage {
    pub(super) fn new(slots: [u16; 3], first_index: u16) -> Self {
        Self { slots: slots.map(|count| vec![None; usize::from(count)]), first_index }
    }

    /// What lies on the card goes with it.
    pub(super) fn card_swapped(&mut self) {
        self.slots[Memory::Sm as usize].fill(None);
    }

    pub(super) fn exists(&self, memory: Memory) -> bool {
        self.total(memory) > 0
    }

    pub(super) fn total(&self, memory: Memory) -> usize {
        self.slots[memory as usize].len()
    }

    pub(super) fn used(&self, memory: Memory) -> usize {
        self.slots[memory as usize].iter().flatten().count()
    }

    /// Puts a message into the first free slot; `None` when there is none.
    pub(super) fn put(&mut self, memory: Memory, stored: Stored) -> Option<u16> {
        let slots = &mut self.slots[memory as usize];
        let free = slots.iter().position(Option::is_none)?;
        slots[free] = Some(stored);
        Some(free as u16 + self.first_index)
    }

    /// Frees the oldest slot: what modems do with a full report memory.
    pub(super) fn drop_first(&mut self, memory: Memory) {
        if let Some(slot) = self.slots[memory as usize].iter_mut().find(|slot| slot.is_some()) {
            *slot = None;
        }
    }

    /// The slot of an index; `None` when the memory has no such index.
    pub(super) fn slot(&mut self, memory: Memory, index: u16) -> Option<&mut Option<Stored>> {
        let place = index.checked_sub(self.first_index)?;
        self.slots[memory as usize].get_mut(usize::from(place))
    }

    /// Every message of a memory with its index.
    pub(super) fn list(&mut self, memory: Memory) -> impl Iterator<Item = (u16, &mut Stored)> {
        let first = self.first_index;
        self.slots[memory as usize]
            .iter_mut()
            .enumerate()
            .filter_map(move |(place, slot)| slot.as_mut().map(|stored| (place as u16 + first, stored)))
    }

    /// Deletes every message whose stat is in `stats`.
    pub(super) fn clear(&mut self, memory: Memory, stats: &[u8]) {
        for slot in &mut self.slots[memory as usize] {
            if slot.as_ref().is_some_and(|stored| stats.contains(&stored.stat)) {
                *slot = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_index_is_given_again_at_once() {
        let mut storage = Storage::new([2, 0, 0], 1);
        let message = || Stored { stat: 0, pdu: vec![0] };
        assert_eq!(storage.put(Memory::Sm, message()), Some(1));
        assert_eq!(storage.put(Memory::Sm, message()), Some(2));
        assert_eq!(storage.put(Memory::Sm, message()), None);
        *storage.slot(Memory::Sm, 1).expect("index 1 exists") = None;
        assert_eq!(storage.put(Memory::Sm, message()), Some(1));
        assert!(storage.slot(Memory::Sm, 3).is_none() && storage.slot(Memory::Sm, 0).is_none());
        assert_eq!(storage.put(Memory::Me, message()), None);
    }
}
