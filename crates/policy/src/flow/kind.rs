//! Kinds of target values: they choose how a value is bound to the person's words (`injection.md` 2.2, "roles").

/// What kind of thing a record stands for, as the data format names it: `file`, `event`, `email`, `txn`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum RecordKind {
    /// A file of a drive.
    File,
    /// An event of a calendar.
    Event,
    /// A mail.
    Email,
    /// A payment, made or standing.
    Transaction,
}

impl RecordKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::File, Self::Event, Self::Email, Self::Transaction];

    /// From the word of the data format.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "file" => Self::File,
            "event" => Self::Event,
            "email" => Self::Email,
            "txn" => Self::Transaction,
            _ => return None,
        })
    }
}

/// The kind of a target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Free text that decides what is hit: a title, a street, an enumeration.
    Text,
    /// An amount.
    Number,
    /// A switch; only turning it on needs the person's words.
    Flag,
    /// A day.
    Date,
    /// A day with a time.
    DateTime,
    /// A level of access.
    Permission,
    /// An address on the web.
    Url,
    /// An e-mail address.
    Email,
    /// A password or another value the person must have put in quotation marks.
    Quoted,
    /// The name of a person or place.
    Name,
    /// Who is paid: an account, or a name.
    Payee,
    /// The name of a file.
    FileName,
    /// A name from a directory the harness itself looks up, which has this name itself.
    Directory(String),
    /// The opaque id of a record.
    Id(RecordKind),
    /// Something attached: an object with the id of a file, or the name of one.
    Attachment,
    /// Somebody or somewhere, of a tool that was never described: an address, an account, or a name in any directory.
    Recipient,
    /// The id or the name of a record of a connector whose records count as an address book.
    Listed {
        /// The connector the tool belongs to.
        connector: String,
        /// Whether it may also be all that [`Kind::Recipient`] may be.
        recipient: bool,
    },
    /// Nothing is known that could bind it: always asked.
    Opaque,
}

impl Kind {
    /// The kind for a tool of a connector whose records count as an address book: there an id that nothing else is known of
    /// may be one of its records'.
    #[must_use]
    pub fn listed_in(self, connector: &str) -> Self {
        let recipient = match self {
            Self::Opaque => false,
            Self::Recipient => true,
            other => return other,
        };
        Self::Listed {
            connector: connector.to_owned(),
            recipient,
        }
    }

    /// From the word of the data format, without the `*` that says that there may be several. A word that is not known is
    /// bound as text is.
    pub fn from_word(word: &str) -> Self {
        if let Some(directory) = word.strip_prefix("dir:") {
            return Self::Directory(directory.to_owned());
        }
        if let Some(record) = word.strip_prefix("id:") {
            return RecordKind::from_word(record).map_or(Self::Opaque, Self::Id);
        }
        match word {
            "number" => Self::Number,
            "flag" => Self::Flag,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "perm" => Self::Permission,
            "url" => Self::Url,
            "email" => Self::Email,
            "quoted" => Self::Quoted,
            "name" => Self::Name,
            "payee" => Self::Payee,
            "filename" => Self::FileName,
            "attach" => Self::Attachment,
            _ => Self::Text,
        }
    }
}
