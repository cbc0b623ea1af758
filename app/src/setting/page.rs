//! The page of the live chat's settings.

use super::api;
use crate::manage::{Heading, Loading, Manage};
use domain::setting::Settings;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// `/manage/live-chat`
#[component]
pub fn SettingsPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let settings = manage.load(api::read_settings);
    view! {
        <Heading title="Live chat" about="What holds for everybody at the desk." />
        <Loading of=settings let:settings>
            <Fields settings />
        </Loading>
    }
    .into_any()
}

#[component]
fn Fields(settings: Settings) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let minutes = |seconds: i64| RwSignal::new((seconds / 60).to_string());
    let accept = RwSignal::new(settings.accept_within.to_string());
    let (away, back) = (minutes(settings.away_after), minutes(settings.give_back_after));
    let watch = RwSignal::new(settings.supervisors_watch);
    let problem = RwSignal::new(None::<String>);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let read =
            |text: RwSignal<String>, unit: i64| text.get_untracked().trim().parse::<i64>().ok().map(|n| n * unit);
        let (Some(accept_within), Some(away_after), Some(give_back_after)) =
            (read(accept, 1), read(away, 60), read(back, 60))
        else {
            return problem.set(Some("Times are whole numbers.".into()));
        };
        let changed = Settings { accept_within, away_after, give_back_after, supervisors_watch: watch.get_untracked() };
        spawn_local(async move {
            match api::change_settings(changed).await {
                Ok(()) => {
                    problem.set(None);
                    manage.toasts.say("Saved. It holds from now on.");
                }
                Err(error) => problem.set(Some(error.to_string())),
            }
        });
    };
    view! {
        <form class="form sheet" on:submit=submit>
            <label>"Accept within (seconds)"
                <input inputmode="numeric" bind:value=accept />
                <small>"A chat passed to one member opens to everyone after this time."</small>
            </label>
            <label>"Away after (minutes)"
                <input inputmode="numeric" bind:value=away />
                <small>"Without a key or a click for so long, a member counts as Away."</small>
            </label>
            <label>"Give back after (minutes)"
                <input inputmode="numeric" bind:value=back />
                <small>"So long a customer waits for an agent who is Away; then the chat waits for everyone again."</small>
            </label>
            <label class="choice">
                <input type="checkbox" prop:checked=watch on:change=move |_| watch.update(|on| *on = !*on) />
                <span>"Supervisors may watch chats that an agent holds (each watch is in the audit log)"</span>
            </label>
            <p class="problem" role="alert">{move || problem.get()}</p>
            <footer><button class="button primary">"Save"</button></footer>
        </form>
    }
    .into_any()
}
