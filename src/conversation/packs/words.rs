//! Many short texts, each held once in one stretch of memory and known by a number. The packs hold tens of thousands of words:
//! a text of its own for each would be most of what the box needs.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

/// Texts by number and numbers by text.
#[derive(Debug, Clone, Default)]
pub struct Words {
    all: String,
    /// Where each ends.
    ends: Vec<u32>,
    numbers: HashTable<u32>,
}

/// Of a text, in every table of words.
pub(in crate::conversation) fn hash(text: &str) -> u64 {
    #[cfg(test)]
    work::add(text.len());
    // Only what is shipped or configured is put into a table; what people write is looked up in it.
    FixedState::default().hash_one(text)
}

impl Words {
    /// The number of a text, a new one where it has none.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.find(text) {
            return number;
        }
        let number = self.ends.len() as u32;
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
        let Self { all, ends, numbers } = self;
        numbers.insert_unique(hash(text), number, |number| hash(part(all, ends, *number)));
        number
    }

    /// The number of a text that is among them.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.find_hashed(hash(text), text)
    }

    /// The same, where its hash is known.
    pub(super) fn find_hashed(&self, hash: u64, text: &str) -> Option<u32> {
        if self.ends.is_empty() {
            return None;
        }
        self.numbers.find(hash, |number| self.get(*number) == text).copied()
    }

    /// Whether a text is among them.
    pub fn contains(&self, text: &str) -> bool {
        self.find(text).is_some()
    }

    /// The text with a number that was given out.
    #[inline]
    pub fn get(&self, number: u32) -> &str {
        part(&self.all, &self.ends, number)
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|number| self.get(number))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Gives back what was kept for more of them.
    pub fn shrink(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
        let Self { all, ends, numbers } = self;
        numbers.shrink_to_fit(|number| hash(part(all, ends, *number)));
    }
}

#[inline]
fn part<'a>(all: &'a str, ends: &[u32], number: u32) -> &'a str {
    let at = number as usize;
    let from = at.checked_sub(1).map_or(0, |before| ends[before]);
    &all[from as usize..ends[at] as usize]
}

impl<'a> Extend<&'a str> for Words {
    fn extend<T: IntoIterator<Item = &'a str>>(&mut self, texts: T) {
        for text in texts {
            self.number(text);
        }
    }
}

impl<'a> FromIterator<&'a str> for Words {
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Self {
        let mut words = Self::default();
        words.extend(texts);
        words
    }
}

/// What texts cost in steps, whatever else the machine does.
#[cfg(test)]
pub(in crate::conversation) mod work {
    use std::cell::Cell;

    thread_local! {
        static DONE: Cell<usize> = const { Cell::new(0) };
    }

    /// So many letters were looked at.
    pub fn add(steps: usize) {
        DONE.set(DONE.get() + steps);
    }

    /// How many letters this looks at.
    pub fn of(act: impl FnOnce()) -> usize {
        let before = DONE.get();
        act();
        DONE.get() - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number_and_each_number_its_text() {
        let mut words = Words::default();
        for (text, number) in [("", 0), ("no", 1), ("так", 2), ("no", 1), ("", 0), ("いいえ", 3)] {
            assert_eq!(words.number(text), number, "{text}");
            assert_eq!((words.find(text), words.get(number)), (Some(number), text));
        }
        assert_eq!(words.iter().collect::<Vec<_>>(), ["", "no", "так", "いいえ"]);
        assert_eq!((words.len(), words.contains("yes"), words.find("n")), (4, false, None));
        let many: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        words.extend(many.iter().map(String::as_str));
        words.shrink();
        assert!((0..1000).all(|number| words.get(number + 4) == many[number as usize] && words.contains(&many[number as usize])));
    }
}
