//! The document for machines, and the same as a page for people: rendered from it, without a script.

use super::PREFIX;
use super::document::DOCUMENT;
use super::problem::Kind;
use axum::response::{Html, IntoResponse, Response};
use domain::api_key::Scope;
use http::{HeaderName, header};
use leptos::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("docs.css")
);
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
const KEPT: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

/// `GET /api/v1/openapi.json`
pub async fn document() -> Response {
    static TEXT: LazyLock<String> = LazyLock::new(|| DOCUMENT.to_string());
    ([(header::CONTENT_TYPE, "application/json"), KEPT], TEXT.as_str()).into_response()
}

/// `GET /api/v1/docs`
pub async fn page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(|| format!("<!DOCTYPE html>{}", whole(&DOCUMENT).to_html()));
    ([(header::CONTENT_SECURITY_POLICY, POLICY), KEPT], Html(PAGE.as_str())).into_response()
}

/// `GET /api/v1/docs.css`
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css"), KEPT], STYLE).into_response()
}

/// A call, as the document tells it.
struct Call<'a> {
    method: &'a str,
    path: &'a str,
    about: &'a Value,
}

impl Call<'_> {
    fn anchor(&self) -> String {
        format!("{}-{}", self.method, self.path.trim_start_matches(PREFIX).replace(['/', '{', '}'], ""))
    }

    fn scope(&self) -> String {
        text(&self.about["security"][0]["key"][0])
    }
}

fn whole(document: &Value) -> impl IntoView + use<> {
    let calls = document["paths"].as_object().into_iter().flatten().flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, about)| Call { method, path, about })
    });
    let calls: Vec<_> = calls.collect();
    let mut groups: Vec<String> = Vec::new();
    for call in &calls {
        let group = text(&call.about["tags"][0]);
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let within = |group: &str| calls.iter().filter(|call| call.about["tags"][0] == group).collect::<Vec<_>>();
    let contents = groups.iter().map(|group| {
        let links = within(group).into_iter().map(|call| {
            view! { <li><a href=format!("#{}", call.anchor())>{text(&call.about["summary"])}</a></li> }
        });
        view! { <h2>{group.clone()}</h2><ul>{links.collect_view()}</ul> }
    });
    let contents = contents.collect_view();
    let sections = groups.iter().map(|group| {
        let calls = within(group).into_iter().map(|call| one(call, document)).collect_view();
        view! { <section><h2>{group.clone()}</h2>{calls}</section> }
    });
    let sections = sections.collect_view();
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>"REST API · Baton"</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=format!("{PREFIX}/docs.css") />
            </head>
            <body>
                <nav aria-label="Contents">
                    <b>"Baton REST API"</b>
                    <h2>"Overview"</h2>
                    <ul>
                        <li><a href="#keys">"Keys and scopes"</a></li>
                        <li><a href="#lists">"Lists"</a></li>
                        <li><a href="#once">"Doing things once"</a></li>
                        <li><a href="#limits">"Limits"</a></li>
                        <li><a href="#problems">"Problems"</a></li>
                    </ul>
                    {contents}
                </nav>
                <main>
                    <h1>"REST API"</h1>
                    <p class="lead">{text(&document["info"]["description"])}</p>
                    <p><a href=format!("{PREFIX}/openapi.json")>"openapi.json"</a>" is the same for machines (OpenAPI 3.1)."</p>
                    {overview()}
                    {sections}
                </main>
            </body>
        </html>
    }
}

fn overview() -> impl IntoView {
    let scopes = Scope::ALL
        .iter()
        .map(|scope| view! { <tr><th><code>{scope.as_str()}</code></th><td>{scope.about()}</td></tr> });
    let problems = Kind::ALL.map(Kind::about).map(|(status, word, title)| {
        view! { <tr id=word><th>{status.as_u16()}</th><td><code>{word}</code></td><td>{title}</td></tr> }
    });
    view! {
        <section id="keys">
            <h2>"Keys and scopes"</h2>
            <p>"An Owner makes keys under Manage, API keys. Send one with every call. A cookie opens nothing here."</p>
            <pre>"curl -H \"Authorization: Bearer $BATON_KEY\" https://desk.example.com/api/v1/contacts"</pre>
            <table><tbody>{scopes.collect_view()}</tbody></table>
        </section>
        <section id="lists">
            <h2>"Lists"</h2>
            <p>"A list answers with "<code>"items"</code>" and "<code>"next"</code>". Send "<code>"next"</code>" as "<code>"after"</code>
                " for the following page; at the end it is null. Of what was there when you began, nothing is left out and nothing comes twice; what is made
                meanwhile may come or not."</p>
        </section>
        <section id="once">
            <h2>"Doing things once"</h2>
            <p>"Give each request that changes something a header "<code>"Idempotency-Key"</code>", a random text of your own. Sent again
                within a day it is not done again: you get the first answer, with "<code>"Idempotency-Replayed: true"</code>
                ". The same key with another request is refused. What failed left nothing, and may be sent again."</p>
        </section>
        <section id="limits">
            <h2>"Limits"</h2>
            <p>"Every answer tells in "<code>"RateLimit-Policy"</code>" how many calls ("<code>"q"</code>") a key may make in how many
                seconds ("<code>"w"</code>"), and in "<code>"RateLimit"</code>" how many are left ("<code>"r"</code>") and in how many seconds
                all of them are ("<code>"t"</code>"). One too many is answered 429, with "<code>"Retry-After"</code>" in seconds. All
                servers count together, where there are several. A body has at most 256 kB; fields that are not described here are refused."</p>
        </section>
        <section id="problems">
            <h2>"Problems"</h2>
            <p>"What was not done is answered with "<code>"application/problem+json"</code>" (RFC 9457): "<code>"type"</code>" leads to the line
                below, "<code>"detail"</code>" says what was wrong with this call."</p>
            <table><tbody>{problems.collect_view()}</tbody></table>
        </section>
    }
}

fn one(call: &Call<'_>, document: &Value) -> impl IntoView + use<> {
    let about = call.about;
    let parameters =
        about["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["$ref"].is_null());
    let parameters: Vec<_> =
        parameters.map(|p| (text(&p["name"]), &p["schema"], p["required"] == true, text(&p["description"]))).collect();
    let body = about["requestBody"]["content"]["application/json"]["schema"].as_object().map(|_| {
        let schema = resolve(&about["requestBody"]["content"]["application/json"]["schema"], document);
        view! { <h4>"Body"</h4>{fields(properties(schema), document)} }
    });
    let answers =
        about["responses"].as_object().into_iter().flatten().filter(|(_, response)| response["$ref"].is_null());
    // What two answers share is shown once.
    let mut shown: Vec<(String, &Value)> = Vec::new();
    for (status, response) in answers {
        let words = format!("{status} · {}", text(&response["description"]));
        let schema = &response["content"]["application/json"]["schema"];
        match shown.iter_mut().find(|(_, known)| *known == schema && schema.is_object()) {
            Some((known, _)) => known.push_str(&format!(", {words}")),
            None => shown.push((words, schema)),
        }
    }
    let answers = shown.into_iter().map(|(words, schema)| {
        let schema = resolve(schema, document);
        let shown = schema.is_object().then(|| fields(properties(schema), document));
        view! { <h4>{words}</h4>{shown} }
    });
    view! {
        <article id=call.anchor()>
            <h3>{text(&about["summary"])}</h3>
            <p class="call"><b data-method=call.method.to_owned()>{call.method.to_uppercase()}</b><code>{call.path.to_owned()}</code>
                <small>"needs "<code>{call.scope()}</code></small></p>
            <p>{text(&about["description"])}</p>
            {(!parameters.is_empty()).then(|| view! { <h4>"Parameters"</h4>{fields(parameters, document)} })}
            {body}
            {answers.collect_view()}
        </article>
    }
}

type Field<'a> = (String, &'a Value, bool, String);

fn properties(schema: &Value) -> Vec<Field<'_>> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let all = schema["properties"].as_object().into_iter().flatten();
    all.map(|(name, of)| (name.clone(), of, required(name), text(&of["description"]))).collect()
}

fn fields(fields: Vec<Field<'_>>, document: &Value) -> impl IntoView + use<> {
    let rows = fields.into_iter().map(|(name, schema, required, about)| {
        let inner = inner(schema, document).map(|inner| {
            let lines = properties(inner).into_iter().map(|(name, schema, _, about)| {
                view! { <li><code>{name}</code>" "<small>{kind(schema, document)}</small>" "{about}</li> }
            });
            view! { <details><summary>"its fields"</summary><ul>{lines.collect_view()}</ul></details> }
        });
        let kind = kind(schema, document);
        view! { <tr><th><code>{name}</code>{required.then_some("*")}</th><td><small>{kind}</small></td><td>{about}{inner}</td></tr> }
    });
    view! { <table><tbody>{rows.collect_view()}</tbody></table> }
}

/// The object that a field holds, or holds many of.
fn inner<'a>(schema: &'a Value, document: &'a Value) -> Option<&'a Value> {
    let schema = if schema["items"].is_object() { &schema["items"] } else { schema };
    let schema = alternatives(schema).into_iter().find(|one| one["type"] != "null")?;
    Some(resolve(schema, document)).filter(|schema| schema["properties"].is_object())
}

fn kind(schema: &Value, document: &Value) -> String {
    let word = |schema: &Value| {
        let found = resolve(schema, document);
        if let Some(words) = found["enum"].as_array() {
            return words.iter().map(|word| word.as_str().unwrap_or("null")).collect::<Vec<_>>().join(" | ");
        }
        let types = match &found["type"] {
            Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" | "),
            one => text(one),
        };
        match found["format"].as_str() {
            Some("uuid") => types.replace("string", "id"),
            Some("date-time") => types.replace("string", "time"),
            _ => types,
        }
    };
    if schema["items"].is_object() {
        return format!("list of {}", word(&schema["items"]));
    }
    alternatives(schema).into_iter().map(word).collect::<Vec<_>>().join(" | ")
}

fn alternatives(schema: &Value) -> Vec<&Value> {
    match schema["oneOf"].as_array() {
        Some(all) => all.iter().collect(),
        None => vec![schema],
    }
}

fn resolve<'a>(schema: &'a Value, document: &'a Value) -> &'a Value {
    let named = schema["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    named.and_then(|path| document.pointer(path)).unwrap_or(schema)
}

/// Words without the marks that set names off where they are written.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('`', "")
}
