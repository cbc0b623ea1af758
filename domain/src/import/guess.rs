//! What a column probably holds, by its name.

use super::Column;
use crate::AttributeId;

const PHONE: &[&str] = &[
    "phone",
    "phone number",
    "mobile",
    "mobile number",
    "mobile phone",
    "whatsapp",
    "whatsapp number",
    "number",
    "tel",
    "telephone",
    "cell",
    "wa id",
    "telefone",
    "celular",
    "telefono",
    "teléfono",
    "móvil",
    "movil",
    "numero",
    "número",
    "telefon",
    "telefonnummer",
    "handy",
    "mobil",
    "téléphone",
    "portable",
];
const NAME: &[&str] =
    &["name", "full name", "contact name", "customer", "customer name", "nome", "nombre", "nom", "vollständiger name"];
const TAGS: &[&str] = &["tags", "tag", "labels", "label", "etiquetas", "segments"];
const OPTED: &[&str] =
    &["opted", "opt in", "opted in", "optin", "consent", "marketing", "marketing consent", "subscribed", "campaigns"];
const SOURCE: &[&str] = &["source", "lead source", "origin", "origem", "origen", "quelle", "channel"];

/// A column for each heading; attributes are recognised by their names. Nothing is guessed twice.
pub fn guess(headers: &[String], attributes: &[(AttributeId, String)]) -> Vec<Column> {
    let mut guessed: Vec<Column> = Vec::with_capacity(headers.len());
    for header in headers {
        let column = one(&plain(header), attributes);
        let column = if guessed.contains(&column) { Column::Skip } else { column };
        guessed.push(column);
    }
    guessed
}

fn one(header: &str, attributes: &[(AttributeId, String)]) -> Column {
    let known = [(PHONE, Column::Phone), (NAME, Column::Name), (TAGS, Column::Tags), (OPTED, Column::Opted)];
    let named = attributes.iter().find(|(_, name)| plain(name) == header);
    let e_mail = |(_, name): &&(AttributeId, String)| matches!(plain(name).as_str(), "e mail" | "email");
    match named {
        Some((id, _)) => Column::Attribute(*id),
        None => match known.iter().find(|(words, _)| words.contains(&header)) {
            Some((_, column)) => *column,
            None if SOURCE.contains(&header) => Column::Source,
            None if matches!(header, "e mail" | "email" | "mail" | "email address" | "e mail address" | "correo") => {
                attributes.iter().find(e_mail).map_or(Column::Skip, |(id, _)| Column::Attribute(*id))
            }
            None => Column::Skip,
        },
    }
}

/// Lower-case words with one blank between.
fn plain(text: &str) -> String {
    let words: String = text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_in_several_languages_are_recognised_and_none_twice() {
        let id = |n: u128| AttributeId(uuid::Uuid::from_u128(n));
        let attributes = [(id(1), "E-mail".to_owned()), (id(2), "Order number".to_owned())];
        let columns =
            |headers: &[&str]| guess(&headers.iter().map(|&header| header.to_owned()).collect::<Vec<_>>(), &attributes);
        assert_eq!(
            columns(&["Full Name", "WhatsApp_Number", "email address", "order-number", "Tags", "Opt-in", "Colour"]),
            [
                Column::Name,
                Column::Phone,
                Column::Attribute(id(1)),
                Column::Attribute(id(2)),
                Column::Tags,
                Column::Opted,
                Column::Skip
            ]
        );
        assert_eq!(columns(&["Nome", "Celular", "Telefone"]), [Column::Name, Column::Phone, Column::Skip]);
        assert_eq!(columns(&["Teléfono", "Origen"]), [Column::Phone, Column::Source]);
    }
}
