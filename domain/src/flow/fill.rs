//! The blanks in the bot's words.

/// Puts values into the words' blanks, such as `{name}`; what is not known becomes nothing.
pub fn fill(words: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let Some(length) = rest[open..].find('}') else {
            filled.push_str(&rest[open..]);
            return filled;
        };
        match value(&rest[open + 1..open + length]) {
            Some(value) => filled.push_str(&value),
            None if filled.ends_with(' ') => {
                filled.pop();
            }
            None => {}
        }
        rest = &rest[open + length + 1..];
    }
    filled.push_str(rest);
    filled
}

/// The first of a name's words.
pub fn first_name(name: &str) -> Option<String> {
    name.split_whitespace().next().map(str::to_owned)
}
