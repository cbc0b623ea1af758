//! Words as search compares them: without case, accents, vowel points and lengthening; scripts that put no spaces
//! between words in pairs of neighbouring letters.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of a word that count, in what is kept and in what is looked for.
const LONGEST: usize = 48;

/// A word, and where it stands in the text it is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Folded.
    pub word: String,
    /// Its first byte.
    pub from: usize,
    /// The byte after its last.
    pub to: usize,
    /// The byte after its first letter, where it is one of a pair.
    pub head: usize,
    /// Whether it is from a script without spaces.
    pub pair: bool,
}

/// One letter as people see it, with its marks.
struct Letter {
    folded: String,
    from: usize,
    to: usize,
}

/// A text's words in order. A run of a script without spaces gives every pair of neighbours, and its last letter alone:
/// so every letter begins some word.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut run: Vec<Letter> = Vec::new();
    let mut pairs = false;
    let mut letters = text.char_indices().peekable();
    while let Some((from, letter)) = letters.next() {
        let mut to = from + letter.len_utf8();
        while let Some((at, mark)) = letters.next_if(|(_, next)| attaches(*next)) {
            to = at + mark.len_utf8();
        }
        if !letter.is_alphanumeric() {
            close(&mut run, pairs, &mut tokens);
            continue;
        }
        if unspaced(letter) != pairs {
            close(&mut run, pairs, &mut tokens);
            pairs = !pairs;
        }
        run.push(Letter { folded: fold(&text[from..to]), from, to });
    }
    close(&mut run, pairs, &mut tokens);
    tokens
}

fn close(run: &mut Vec<Letter>, pairs: bool, tokens: &mut Vec<Token>) {
    let letters = std::mem::take(run);
    let (Some(first), Some(last)) = (letters.first(), letters.last()) else { return };
    if pairs {
        for pair in letters.windows(2) {
            let word = format!("{}{}", pair[0].folded, pair[1].folded);
            tokens.push(Token { word, from: pair[0].from, to: pair[1].to, head: pair[0].to, pair: true });
        }
        let (word, from, to) = (last.folded.clone(), last.from, last.to);
        tokens.push(Token { word, from, to, head: to, pair: true });
    } else {
        let word: String = letters.iter().flat_map(|letter| letter.folded.chars()).take(LONGEST).collect();
        tokens.push(Token { word, from: first.from, to: last.to, head: last.to, pair: false });
    }
    while tokens.last().is_some_and(|token| token.word.is_empty()) {
        tokens.pop();
    }
}

fn fold(letter: &str) -> String {
    let plain: String =
        letter.nfkd().filter(|c| !ignored(*c)).flat_map(char::to_lowercase).filter(|c| !ignored(*c)).collect();
    let mut folded = String::with_capacity(plain.len());
    for letter in plain.nfc() {
        match alike(letter) {
            Some(words) => folded.push_str(words),
            None if letter.is_alphanumeric() || is_combining_mark(letter) => folded.push(letter),
            None => {}
        }
    }
    folded
}

/// Letters that people write for one another and that do not come apart.
fn alike(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        // Arabic: alef in all its forms, yeh, teh marbuta; Persian's kaf and yeh
        'ٱ' => "ا",
        'ى' | 'ی' => "ي",
        'ة' => "ه",
        'ک' => "ك",
        // Hebrew's final letters
        'ך' => "כ",
        'ם' => "מ",
        'ן' => "נ",
        'ף' => "פ",
        'ץ' => "צ",
        '٠' | '۰' => "0",
        '١' | '۱' => "1",
        '٢' | '۲' => "2",
        '٣' | '۳' => "3",
        '٤' | '۴' => "4",
        '٥' | '۵' => "5",
        '٦' | '۶' => "6",
        '٧' | '۷' => "7",
        '٨' | '۸' => "8",
        '٩' | '۹' => "9",
        _ => return None,
    })
}

/// What makes no other word of a word: accents, Hebrew's points, Arabic's vowel signs and lengthening, joiners.
fn ignored(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Whether it stands on the letter before: marks, kana's voicing, Hangul's vowels and finals where they are written apart.
fn attaches(letter: char) -> bool {
    ignored(letter) || is_combining_mark(letter) || matches!(letter, '\u{ff9e}' | '\u{ff9f}' | '\u{1160}'..='\u{11ff}')
}

/// Scripts that put no spaces between words, or endings onto them: Thai, Lao, Burmese, Khmer, Hangul, kana, Han.
fn unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{318f}' | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.word).collect()
    }

    #[track_caller]
    fn alike(texts: &[&str]) {
        for text in texts {
            assert_eq!(words(text), words(texts[0]), "{text} and {}", texts[0]);
        }
    }

    #[test]
    fn case_accents_and_ways_of_writing_make_no_difference() {
        alike(&["Crème brûlée", "creme BRULEE", "cre\u{300}me bru\u{302}le\u{301}e"]);
        alike(&["Straße", "STRASSE", "strasse"]);
        alike(&["İstanbul", "istanbul", "ISTANBUL"]);
        alike(&["ığdır", "igdir"]);
        alike(&["Łódź", "lodz"]);
        alike(&["Ёлка", "елка"]);
        alike(&["ΟΔΥΣΣΕΎΣ", "οδυσσευς", "Οδυσσεύς"]);
        alike(&["ｉｎｖｏｉｃｅ １２", "invoice 12"]);
        alike(&["ﬁnal", "final"]);
        alike(&["Việt Nam", "viet nam"]);
    }

    #[test]
    fn arabic_and_hebrew_without_points_lengthening_and_forms() {
        alike(&["مَرْحَبًا", "مرحبا", "مرحـــبا"]);
        alike(&["أحمد", "احمد", "إحمد", "ٱحمد", "آحمد"]);
        alike(&["مدرسة", "مدرسه"]);
        alike(&["على", "علي", "علی"]);
        alike(&["کتاب", "كتاب"]);
        alike(&["٢٠٢٦", "۲۰۲۶", "2026"]);
        alike(&["ﻣﺮﺣﺒﺎ", "مرحبا"]);
        alike(&["שָׁלוֹם", "שלום", "שלומ"]);
        // A maqaf joins two words with a hyphen.
        assert_eq!(words("בית־ספר").len(), 2);
    }

    #[test]
    fn scripts_without_spaces_come_in_pairs() {
        assert_eq!(words("订单号"), ["订单", "单号", "号"]);
        assert_eq!(words("東京タワー"), ["東京", "京タ", "タワ", "ワー", "ー"]);
        alike(&["ガス", "ｶﾞｽ", "カ\u{3099}ス"]);
        assert_ne!(words("ガス"), words("カス"), "voicing makes another word");
        assert_eq!(words("한국어"), ["한국", "국어", "어"]);
        alike(&["한국어", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}\u{110b}\u{1165}"]);
        assert_eq!(words("iPhone手机A1"), ["iphone", "手机", "机", "a1"]);
        assert_eq!(words("王"), ["王"]);
    }

    #[test]
    fn words_end_at_what_is_neither_letter_nor_digit() {
        assert_eq!(words("INV-2024/001, don't 👍 a_b"), ["inv", "2024", "001", "don", "t", "a", "b"]);
        assert!(words("👍🏽 …!").is_empty() && words("").is_empty());
        assert_eq!(words(&"x".repeat(500))[0].len(), LONGEST);
        assert_eq!(words("हिन्दी"), ["हिन्दी"], "vowels of Indian scripts belong to the word");
    }

    #[test]
    fn a_word_knows_its_place() {
        let text = "a Crème x 订单";
        let found = tokens(text);
        assert_eq!(&text[found[1].from..found[1].to], "Crème");
        assert_eq!(&text[found[3].from..found[3].to], "订单");
        assert_eq!(&text[found[3].from..found[3].head], "订");
    }
}
