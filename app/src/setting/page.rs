//! The page of the live chat's settings: sections, and a bar that saves them together.

use super::api;
use super::asking::AskingPart;
use super::draft::Draft;
use super::field::{Number, Switch};
use super::hours::HoursPart;
use super::leave::LeaveGuard;
use super::message::{MessageCard, WelcomesChoice};
use crate::manage::{Heading, Manage};
use leptos::prelude::*;

/// `/manage/live-chat`
#[component]
pub fn SettingsPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let draft = Draft::new(manage);
    provide_context(draft);
    let loaded = manage.load(api::read_settings);
    Effect::new(move |_| {
        if let Some(Ok(theirs)) = loaded.get() {
            draft.hear(theirs);
        }
    });
    let ready = move || draft.ready.get();
    let failed = move || loaded.get().and_then(Result::err).map(|error| error.to_string());
    view! {
        <Heading title="Live chat" about="What holds for everybody at the desk." />
        {move || if ready() {
            view! { <Sections /> }.into_any()
        } else if let Some(why) = failed() {
            view! { <p class="problem" role="alert">{why}</p> }.into_any()
        } else {
            view! { <p class="dim" aria-busy="true">"Loading …"</p> }.into_any()
        }}
    }
    .into_any()
}

#[component]
fn Part(title: &'static str, about: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="setting" aria-label=title>
            <header><h2>{title}</h2><p class="dim">{about}</p></header>
            <div class="sheet form">{children()}</div>
        </section>
    }
    .into_any()
}

#[component]
fn Sections() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        draft.save(|| ());
    };
    let hours_on = Memo::new(move |_| draft.mine.with(|mine| mine.hours.on));
    view! {
        <form class="settings" on:submit=submit novalidate>
            <Part title="Handling" about="How long a chat waits for one member before it is everybody's.">
                <Number label="Accept within (seconds)" field="accept_within" unit=1 of=|s| &mut s.accept_within
                    about="A chat passed to one member opens to everyone after this time." />
                <Number label="Away after (minutes)" field="away_after" unit=60 of=|s| &mut s.away_after
                    about="Without a key or a click for so long, a member counts as Away." />
                <Number label="Give back after (minutes)" field="give_back_after" unit=60 of=|s| &mut s.give_back_after
                    about="So long a customer waits for an agent who is Away; then the chat waits for everyone again." />
                <Number label="Quiet after a resolve (minutes)" field="quiet_after" unit=60 of=|s| &mut s.quiet_after
                    about="So long the bot leaves what it does not understand unanswered: a “thanks!” calls for nobody." />
                <Switch label="Supervisors may watch chats that an agent holds (each watch is in the audit log)"
                    of=|s| &mut s.supervisors_watch />
            </Part>
            <Part title="Asking for a person" about="What makes a chat a request, beside the bot's own “Talk to a person”.">
                <AskingPart />
            </Part>
            <Part title="Business hours" about="Outside them nobody is expected to answer. The bot answers at any time, and takes requests that wait until you open.">
                <Switch label="People answer at certain hours" of=|s| &mut s.hours.on />
                <div class="inner" hidden=move || !hours_on.get()><HoursPart /></div>
                <p class="dim" hidden=move || hours_on.get()>"Off: customers are told that somebody is there whenever a member is Available."</p>
            </Part>
            <Part title="Automatic messages" about="Said by the bot, within WhatsApp's 24 hours, once for each occasion. What has not gone out when an agent intervenes is not sent.">
                <MessageCard field="welcome_message" switch="Welcome message"
                    parts=(|s| &mut s.welcome_message.on, |s| &mut s.welcome_message.text)
                    about="Said before all else, in the place of the bot's own greeting; the bot's menu or answer follows. Never where an agent already talks.">
                    <WelcomesChoice />
                </MessageCard>
                <MessageCard field="away_message" switch="Away message"
                    parts=(|s| &mut s.away_message.on, |s| &mut s.away_message.text)
                    about="Said to who asks for a person outside business hours, or while nobody is Available. {opens} tells when somebody will be. Off, the bot uses its own words for it." />
                <MessageCard field="delayed_message" switch="Delayed message"
                    parts=(|s| &mut s.delayed_message.on, |s| &mut s.delayed_message.text)
                    about="Said once to who waits long for a person, requested or held by an agent. Only within business hours, and the time outside them does not count.">
                    <Number label="After (minutes)" field="delayed_minutes" unit=1 of=|s| &mut s.delayed_message.minutes
                        about="Counted from when the customer began to wait." />
                </MessageCard>
            </Part>
            <SaveBar />
        </form>
        <LeaveGuard />
    }
    .into_any()
}

/// What is not saved yet, what stands in its way, and what somebody else has changed meanwhile.
#[component]
fn SaveBar() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let dirty = Memo::new(move |_| draft.dirty());
    let clashes = draft.clashes();
    let clash = move |(key, words): (String, String)| {
        let (theirs, mine) = (key.clone(), key);
        view! {
            <li>
                <p><b>"Somebody else changed this, too. "</b>"Theirs: "{words}</p>
                <button type="button" class="button small" on:click=move |_| draft.settle(&theirs, true)>"Take theirs"</button>
                <button type="button" class="button small" on:click=move |_| draft.settle(&mine, false)>"Keep mine"</button>
            </li>
        }
    };
    view! {
        <div class="save-bar" role="region" aria-label="Unsaved changes" hidden=move || !dirty.get()>
            <ul class="clashes" role="alert">{move || clashes.get().into_iter().map(clash).collect_view()}</ul>
            <div>
                <p role="status">{move || draft.refused.get().unwrap_or_else(|| "You have unsaved changes.".into())}</p>
                <button type="button" class="button" on:click=move |_| draft.discard()>"Discard"</button>
                <button class="button primary" disabled=move || draft.saving.get() || !clashes.get().is_empty()>"Save"</button>
            </div>
        </div>
    }
    .into_any()
}
