//! National languages of the shift tables (3GPP 23.038 sec 6.2.1.2.4). Unknown ones are read with the default tables.

/// A language with a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum Language {
    /// The default alphabet.
    #[default]
    Default = 0,
    /// Turkish.
    Turkish = 1,
    /// Spanish; it has a single shift table only.
    Spanish = 2,
    /// Portuguese.
    Portuguese = 3,
    /// Bengali.
    Bengali = 4,
    /// Gujarati.
    Gujarati = 5,
    /// Hindi.
    Hindi = 6,
    /// Kannada.
    Kannada = 7,
    /// Malayalam.
    Malayalam = 8,
    /// Oriya.
    Oriya = 9,
    /// Punjabi.
    Punjabi = 10,
    /// Tamil.
    Tamil = 11,
    /// Telugu.
    Telugu = 12,
    /// Urdu.
    Urdu = 13,
}

impl Language {
    /// All of them, in the order of their identifiers.
    pub const ALL: [Self; 14] = [
        Self::Default,
        Self::Turkish,
        Self::Spanish,
        Self::Portuguese,
        Self::Bengali,
        Self::Gujarati,
        Self::Hindi,
        Self::Kannada,
        Self::Malayalam,
        Self::Oriya,
        Self::Punjabi,
        Self::Tamil,
        Self::Telugu,
        Self::Urdu,
    ];

    /// The language with this identifier.
    #[must_use]
    pub fn of(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }

    /// The identifier in information elements 24 and 25.
    pub const fn id(self) -> u8 {
        self as u8
    }
}

/// The pair of tables a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Shift {
    /// The main table (element 25).
    pub locking: Language,
    /// The table behind the escape (element 24).
    pub single: Language,
}

impl Shift {
    /// The default alphabet and its extension.
    pub const DEFAULT: Self = Self { locking: Language::Default, single: Language::Default };
}

/// A set of languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Languages(u16);

impl Languages {
    /// None.
    pub const NONE: Self = Self(0);
    /// All that have tables.
    pub const ALL: Self = Self(0x3FFE);

    /// This set with one more.
    #[must_use]
    pub const fn with(self, language: Language) -> Self {
        Self(self.0 | 1 << language.id())
    }

    /// Whether the language is in the set.
    pub const fn contains(self, language: Language) -> bool {
        self.0 >> language.id() & 1 == 1
    }
}
