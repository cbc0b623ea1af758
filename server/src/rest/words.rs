//! How the document describes the enums that are one word.

/// Two functions that describe an enum's words, and what they tell: alone, and where null may stand in their place.
macro_rules! word_schema {
    ($name:ident, $or_null:ident, $of:ty, $about:literal) => {
        #[allow(dead_code, reason = "not every enum is used both ways")]
        fn $name() -> utoipa::openapi::schema::Object {
            utoipa::openapi::schema::ObjectBuilder::new()
                .schema_type(utoipa::openapi::schema::Type::String)
                .enum_values(Some(<$of>::ALL.iter().map(|word| word.as_str())))
                .description(Some($about))
                .build()
        }

        #[allow(dead_code, reason = "not every enum is used both ways")]
        fn $or_null() -> utoipa::openapi::schema::Object {
            use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
            let words = <$of>::ALL.iter().map(|word| serde_json::Value::from(word.as_str()));
            ObjectBuilder::new()
                .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
                .enum_values(Some(words.chain([serde_json::Value::Null])))
                .description(Some($about))
                .build()
        }
    };
}
pub(crate) use word_schema;
