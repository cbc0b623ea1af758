//! The page of the API keys: which there are, what they may do, when they were last used.

use super::api;
use super::create::CreateDialog;
use crate::manage::{Heading, Loading, Manage};
use crate::ui::time::Style;
use crate::ui::{Dialog, Time};
use domain::ApiKeyId;
use domain::api_key::ApiKey;
use leptos::prelude::*;

/// `/manage/api-keys`
#[component]
pub fn ApiKeysPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let loaded = manage.load(api::list_api_keys);
    let creating = RwSignal::new(false);
    let revoking = RwSignal::new(None::<(ApiKeyId, String)>);
    view! {
        <Heading title="API keys" about="What your own systems call the REST API with.">
            <a class="button" href="/api/v1/docs" rel="external" target="_blank">"Documentation"</a>
            <button type="button" class="button primary" on:click=move |_| creating.set(true)>"New key"</button>
        </Heading>
        <Loading of=loaded let:keys>
            <Lists keys revoking />
        </Loading>
        <CreateDialog open=creating />
        <RevokeDialog revoking />
    }
    .into_any()
}

#[component]
fn Lists(keys: Vec<ApiKey>, revoking: RwSignal<Option<(ApiKeyId, String)>>) -> impl IntoView {
    let (revoked, holding): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.revoked_at.is_some());
    let row = move |key: ApiKey| view! { <KeyRow key revoking /> };
    let empty = holding.is_empty();
    let holding = holding.into_iter().map(row).collect_view();
    let revoked = (!revoked.is_empty()).then(|| {
        let rows = revoked.into_iter().map(row).collect_view();
        view! { <section class="part" aria-label="Revoked"><h2>"Revoked"</h2><ul class="entries">{rows}</ul></section> }
    });
    view! {
        {if empty {
            view! { <p class="sheet dim">"No system has a key. Make one for each that is to call, so that each can be revoked alone."</p> }.into_any()
        } else {
            view! { <ul class="entries" aria-label="API keys">{holding}</ul> }.into_any()
        }}
        {revoked}
    }
    .into_any()
}

#[component]
fn KeyRow(key: ApiKey, revoking: RwSignal<Option<(ApiKeyId, String)>>) -> impl IntoView {
    let prefix = key.prefix();
    let ApiKey { id, name, scopes, per_minute, created_by, created_at, last_used_at, revoked_at } = key;
    let used = match last_used_at {
        Some(at) => view! { "last used "<Time at style=Style::Short /> }.into_any(),
        None => "never used".into_any(),
    };
    let scopes = scopes.into_iter().map(|scope| view! { <li title=scope.about()>{scope.as_str()}</li> }).collect_view();
    let ask = {
        let name = name.clone();
        move |_| revoking.set(Some((id, name.clone())))
    };
    let label = format!("Revoke {name}");
    view! {
        <li class="entry api-key" data-revoked=revoked_at.is_some().to_string()>
            <div class="words">
                <p><b>{name}</b>" "<code>{prefix}"…"</code></p>
                <p class="dim">"made by "{created_by}", "<Time at=created_at style=Style::Short />" · "{used}
                    {per_minute.map(|calls| format!(" · {calls} calls a minute"))}
                    {revoked_at.map(|at| view! { " · revoked "<Time at style=Style::Short /> })}</p>
                <ul class="scopes" aria-label="Scopes">{scopes}</ul>
            </div>
            {revoked_at.is_none().then(|| view! {
                <div class="actions"><button type="button" class="button small" aria-label=label on:click=ask>"Revoke"</button></div>
            })}
        </li>
    }
    .into_any()
}

#[component]
fn RevokeDialog(revoking: RwSignal<Option<(ApiKeyId, String)>>) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let title = Signal::derive(move || revoking.get().map(|(_, name)| format!("Revoke “{name}”?")).unwrap_or_default());
    let revoke = move |_| {
        if let Some((key, _)) = revoking.get_untracked() {
            manage.act(api::revoke_api_key(key));
        }
        revoking.set(None);
    };
    view! {
        <Dialog title open=Signal::derive(move || revoking.with(Option::is_some)) on_close=Callback::new(move |()| revoking.set(None))>
            <p>"Whatever calls with this key is refused from now on. It cannot be undone; a new key can be made."</p>
            <footer>
                <button type="button" class="button" on:click=move |_| revoking.set(None)>"Keep it"</button>
                <button type="button" class="button primary" on:click=revoke>"Revoke"</button>
            </footer>
        </Dialog>
    }
    .into_any()
}
