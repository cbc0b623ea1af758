use super::{Kind, Shape, key_of};

fn shape(kind: Kind) -> Shape {
    Shape {
        name: "Test".into(),
        kind,
        options: ["Bronze", "Silver", "Gold, and more"].map(Into::into).to_vec(),
        currency: "EUR".into(),
        help: String::new(),
        required_on_resolve: false,
        shown_to_bot: true,
    }
}

#[track_caller]
fn reads(kind: Kind, typed: &str, kept: &str, shown: &str) {
    let shape = shape(kind);
    assert_eq!(shape.parse(typed).as_deref(), Ok(kept), "{typed}");
    assert_eq!(shape.show(kept), shown);
    assert_eq!(shape.parse(kept).as_deref(), Ok(kept), "what is kept is read as itself");
}

#[track_caller]
fn refuses(kind: Kind, typed: &[&str]) {
    for typed in typed {
        let said = shape(kind).parse(typed).expect_err(typed);
        assert!(said.ends_with(['.', '?', '…']) || said.contains("Choose from"), "a sentence: {said}");
    }
}

#[test]
fn nothing_typed_is_no_value() {
    for kind in Kind::ALL {
        assert_eq!(shape(*kind).parse(" \n ").as_deref(), Ok(""));
        assert_eq!(shape(*kind).show(""), "", "{kind}");
        assert_eq!(kind.as_str().parse::<Kind>(), Ok(*kind));
    }
}

#[test]
fn texts_and_their_lengths() {
    reads(Kind::Text, "  two\n lines\u{0} here ", "two lines here", "two lines here");
    reads(Kind::LongText, " a\r\n\r\nb ", "a\n\nb", "a\n\nb");
    assert!(shape(Kind::Text).parse(&"é".repeat(500)).is_ok());
    refuses(Kind::Text, &["x".repeat(501).as_str()]);
    assert!(shape(Kind::LongText).parse(&"é".repeat(5000)).is_ok());
    refuses(Kind::LongText, &["x".repeat(5001).as_str()]);
}

#[test]
fn numbers_with_and_without_separators() {
    for (typed, kept, shown) in [
        ("42", "42", "42"),
        ("007", "7", "7"),
        ("-3.50", "-3.5", "-3.5"),
        ("−1 234", "-1234", "-1,234"),
        ("1,234", "1234", "1,234"),
        ("1,5", "1.5", "1.5"),
        ("1.234", "1.234", "1.234"),
        ("1.234,56", "1234.56", "1,234.56"),
        ("1,234,567.25", "1234567.25", "1,234,567.25"),
        ("1.234.567", "1234567", "1,234,567"),
        ("1'000’000", "1000000", "1,000,000"),
        ("1\u{202f}000", "1000", "1,000"),
        (".5", "0.5", "0.5"),
        ("-0,0", "0", "0"),
    ] {
        reads(Kind::Number, typed, kept, shown);
    }
    refuses(
        Kind::Number,
        &[
            "twelve",
            "1,23,456",
            "1.2.3",
            "12.",
            "--3",
            "1e5",
            "1,234,5",
            ".",
            "-",
            "0.1234567",
            "1234567890123456",
            "٣",
        ],
    );
    assert_eq!(shape(Kind::Number).show("about ten"), "about ten", "what the bot heard stays readable");
}

#[test]
fn amounts_in_the_attributes_currency() {
    reads(Kind::Money, "12", "12", "12 EUR");
    reads(Kind::Money, "€ 12,5", "12.50", "12.50 EUR");
    reads(Kind::Money, "1.234,50 eur", "1234.50", "1,234.50 EUR");
    reads(Kind::Money, "EUR 1,000", "1000", "1,000 EUR");
    refuses(Kind::Money, &["12 USD", "$12", "12.345", "a lot", "€"]);
}

#[test]
fn days_in_common_forms() {
    for typed in
        ["2026-05-03", "2026/5/3", "3.5.2026", "03.05.2026", "3 May 2026", "May 3, 2026", "3rd may 2026", "3. May 2026"]
    {
        reads(Kind::Date, typed, "2026-05-03", "3 May 2026");
    }
    reads(Kind::Date, "31/12/2026", "2026-12-31", "31 Dec 2026");
    reads(Kind::Date, "12/31/2026", "2026-12-31", "31 Dec 2026");
    reads(Kind::Date, "29 February 2028", "2028-02-29", "29 Feb 2028");
    reads(Kind::Date, "5/5/2026", "2026-05-05", "5 May 2026");
    refuses(
        Kind::Date,
        &[
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "3/4/2026",
            "tomorrow",
            "3.5.26",
            "31.4.2026",
            "2026-05",
            "0.5.2026",
        ],
    );
    assert_eq!(shape(Kind::Date).show("next week"), "next week");
}

#[test]
fn addresses() {
    reads(Kind::Email, " Ana@Example.COM ", "Ana@example.com", "Ana@example.com");
    refuses(
        Kind::Email,
        &["ana", "ana@", "@example.com", "ana@example", "a b@example.com", "a@b@c.de", "ana@.com", "ana@example.com."],
    );
    reads(Kind::Link, "example.com/a?b=c", "https://example.com/a?b=c", "https://example.com/a?b=c");
    reads(Kind::Link, "HTTP://example.com:8080", "http://example.com:8080", "http://example.com:8080");
    refuses(
        Kind::Link,
        &[
            "javascript:alert(1)",
            "ftp://example.com",
            "https://",
            "example",
            "https://a b.com",
            "https://user@example.com",
            "data:text/html,x",
        ],
    );
    reads(Kind::Phone, "+33 6 39 98 01 23", "+33639980123", "+33639980123");
    refuses(Kind::Phone, &["12345", "call me"]);
}

#[test]
fn choices() {
    reads(Kind::YesNo, "YES", "yes", "Yes");
    reads(Kind::YesNo, "n", "no", "No");
    refuses(Kind::YesNo, &["perhaps"]);
    reads(Kind::OneOf, " silver ", "Silver", "Silver");
    refuses(Kind::OneOf, &["Platinum"]);
    reads(Kind::ManyOf, "silver\nBronze\nsilver", "Bronze\nSilver", "Bronze, Silver");
    reads(Kind::ManyOf, "Silver, bronze", "Bronze\nSilver", "Bronze, Silver");
    reads(Kind::ManyOf, "Gold, and more", "Gold, and more", "Gold, and more");
    refuses(Kind::ManyOf, &["Bronze\nPlatinum"]);
}

#[test]
fn what_a_supervisor_decides_is_checked() {
    let ok = Shape { name: "  Order\n total ".into(), currency: "eur".into(), ..shape(Kind::Money) }.check().unwrap();
    assert_eq!((ok.name.as_str(), ok.currency.as_str(), ok.options.len()), ("Order total", "EUR", 0));
    assert_eq!(shape(Kind::OneOf).check().unwrap().options.len(), 3);
    for wrong in [
        Shape { name: " ".into(), ..shape(Kind::Text) },
        Shape { name: "x".repeat(61), ..shape(Kind::Text) },
        Shape { help: "x".repeat(201), ..shape(Kind::Text) },
        Shape { currency: "€".into(), ..shape(Kind::Money) },
        Shape { options: vec![" ".into()], ..shape(Kind::OneOf) },
        Shape { options: vec!["a".into(), "A".into()], ..shape(Kind::ManyOf) },
        Shape { options: vec!["x".repeat(61)], ..shape(Kind::ManyOf) },
        Shape { options: (0..101).map(|n| n.to_string()).collect(), ..shape(Kind::ManyOf) },
    ] {
        assert!(wrong.clone().check().is_err(), "{wrong:?}");
    }
    assert_eq!(key_of(" Order  Nº (new)"), "order_nº_new");
}
