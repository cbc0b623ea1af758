//! The demo's people and what they say.

/// Members: e-mail address, name, role's word.
pub const MEMBERS: [(&str, &str, &str); 4] = [
    ("olivia@sunny.example", "Olivia Hart", "owner"),
    ("marco@sunny.example", "Marco Bianchi", "manager"),
    ("ana@sunny.example", "Ana Silva", "agent"),
    ("ben@sunny.example", "Ben Okafor", "agent"),
];

/// What becomes of a demo customer's chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Stays with the bot.
    Bot,
    /// Waits for a person.
    Waits,
    /// Held by the member with this place in [`MEMBERS`]; the customer spoke last.
    HeldWaiting(usize),
    /// Held by that member, who spoke last.
    HeldAnswered(usize),
    /// Resolved by that member.
    Resolved(usize),
}

/// A demo customer: name (none for a username-only one), phone number, minutes since the first message, what
/// they write, and what becomes of it.
pub struct Role {
    /// As they call themselves.
    pub name: Option<&'static str>,
    /// Without `+`; empty for a customer known by BSUID only.
    pub phone: &'static str,
    /// Minutes before the demo was made.
    pub minutes: i64,
    /// What they write, a minute apart. `#id|Title` taps a button or chooses a row.
    pub says: &'static [&'static str],
    /// What becomes of it.
    pub fate: Fate,
}

const fn role(
    name: &'static str,
    phone: &'static str,
    minutes: i64,
    says: &'static [&'static str],
    fate: Fate,
) -> Role {
    Role { name: Some(name), phone, minutes, says, fate }
}

/// What an agent answers, in order.
pub const ANSWERS: [&str; 4] = [
    "Good afternoon, this is the desk of Sunny Goods. I am looking at it right now.",
    "Thank you for waiting. I have found it and asked the warehouse.",
    "It is with the carrier and should be at your door by Thursday.",
    "You are welcome. Have a good day!",
];

const TRACK: &str = "#track|Track an order";
const MORE: &str = "#more|Other questions";
const PERSON: &str = "#person|Talk to a person";

/// Everybody.
pub const CUSTOMERS: [Role; 34] = [
    role(
        "Mireille Laurent",
        "33639980123",
        62,
        &[
            "Hello, where is my order 20418?",
            TRACK,
            "20418",
            "#person_after|Talk to a person",
            "Thank you! 🙏",
            "and can it still arrive before Friday?",
        ],
        Fate::HeldWaiting(2),
    ),
    role(
        "Jonas Weber",
        "4915112340001",
        48,
        &["Hi", PERSON, "the parcel was open when it came"],
        Fate::HeldAnswered(2),
    ),
    role(
        "Priya Raman",
        "919812340002",
        40,
        &["Hello!", TRACK, "77812", "I need a real person please", "still here?"],
        Fate::HeldWaiting(3),
    ),
    role(
        "Kofi Mensah",
        "233241234003",
        35,
        &["Good morning", PERSON, "Two of the four glasses are broken"],
        Fate::HeldAnswered(3),
    ),
    role("Lucía Fernández", "5491112340004", 14, &["Hola", PERSON], Fate::Waits),
    role(
        "Tom Baker",
        "447700900123",
        9,
        &["hi there", TRACK, "my number is lost", "I said I do not have it"],
        Fate::Waits,
    ),
    role("Aiko Tanaka", "819012340005", 4, &["こんにちは", "agent please"], Fate::Waits),
    role("Zoë van Dijk", "31612340006", 3, &["Hello", MORE, "#returns|Returns"], Fate::Bot),
    role("Samuel Ortiz", "5215512340007", 6, &["Hola, buenas", TRACK, "30311"], Fate::Bot),
    role("Fatima Zahra", "212612340008", 11, &["السلام عليكم", MORE, "#hours|Opening hours"], Fate::Bot),
    role("Emma Lindqvist", "46701234009", 17, &["Hej", MORE, "#offers|Offers", "Sweden"], Fate::Bot),
    role(
        "Noah Müller",
        "4915112340010",
        22,
        &["Hallo", MORE, "#invoice|Invoice by e-mail", "noah.mueller@example.com"],
        Fate::Bot,
    ),
    role("Chiara Russo", "393312340011", 28, &["Ciao!", TRACK, "88123"], Fate::Bot),
    role("Liam O'Connor", "353861234012", 33, &["Hello"], Fate::Bot),
    role("Mei Chen", "8613812340013", 45, &["你好", TRACK, "55120"], Fate::Bot),
    role("Oluwaseun Adeyemi", "2348012340014", 58, &["Good day", MORE, "#returns|Returns"], Fate::Bot),
    role("Sofia Rossi", "393312340015", 75, &["Buongiorno", TRACK, "12009"], Fate::Bot),
    role("Arjun Patel", "919812340016", 92, &["Hi", MORE, "#offers|Offers", "India"], Fate::Bot),
    role("Hannah Schmidt", "4915112340017", 120, &["Guten Tag", TRACK, "30777"], Fate::Bot),
    role("David Cohen", "972501234018", 150, &["Shalom", MORE, "#hours|Opening hours"], Fate::Bot),
    role("Camila Souza", "5511987654321", 170, &["Oi, tudo bem?", TRACK, "44310"], Fate::Bot),
    role(
        "Ibrahim Yılmaz",
        "905321234020",
        210,
        &["Merhaba", PERSON, "I would like to change the address"],
        Fate::Resolved(2),
    ),
    role("Julia Nowak", "48501234021", 260, &["Dzień dobry", PERSON, "The invoice is missing"], Fate::Resolved(3)),
    role("Peter Novák", "420601234022", 320, &["Hello", TRACK, "20001"], Fate::Bot),
    role("Grace Kim", "821012340023", 420, &["Hello", MORE, "#offers|Offers", "Korea"], Fate::Bot),
    role("Marta Santos", "351912340024", 560, &["Olá", PERSON, "Can I pay on delivery?"], Fate::Resolved(2)),
    Role {
        name: None,
        phone: "",
        minutes: 26,
        says: &["Hi, I only have a username here", MORE, "#hours|Opening hours"],
        fate: Fate::Bot,
    },
    role("Ahmed Hassan", "201012340026", 1_380, &["Hello", TRACK, "90001"], Fate::Bot),
    role("Elena Popescu", "40721234027", 1_700, &["Bună", TRACK, "71001"], Fate::Bot),
    role("William Brown", "12025550128", 2_100, &["Hello", PERSON, "Where is my refund?"], Fate::Resolved(3)),
    role("Nadia Petrova", "359881234029", 2_800, &["Hello", PERSON], Fate::Waits),
    role("Carlos Mendoza", "573001234030", 3_300, &["Hola", MORE, "#returns|Returns"], Fate::Bot),
    role("Ingrid Berg", "4791234031", 4_400, &["Hei", TRACK, "60001"], Fate::Bot),
    role("Yusuf Demir", "905321234032", 5_800, &["Merhaba", PERSON, "Do you deliver to Izmir?"], Fate::Resolved(2)),
];
