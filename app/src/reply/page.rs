//! The page of the canned replies: mine, and everybody's.

use super::{api, buttons, marked};
use crate::manage::{Heading, Loading, Manage};
use crate::media::{Attach, Chip, FileField};
use crate::ui::Dialog;
use domain::ReplyId;
use domain::message::buttons::{LONGEST_TITLE, MOST_BUTTONS};
use domain::message::longest;
use domain::reply::{Reply, blank, expand};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the editor holds.
#[derive(Clone, Copy)]
struct Editor {
    open: RwSignal<bool>,
    id: RwSignal<Option<ReplyId>>,
    code: RwSignal<String>,
    text: RwSignal<String>,
    buttons: RwSignal<Vec<String>>,
    attach: Attach,
    everybodys: RwSignal<bool>,
    problem: RwSignal<Option<String>>,
    /// The attributes that a reply may name.
    attributes: RwSignal<Vec<(String, String)>>,
}

impl Editor {
    fn show(self, reply: Option<Reply>, everybodys: bool) {
        self.id.set(reply.as_ref().map(|reply| reply.id));
        self.everybodys.set(everybodys);
        self.buttons.set(reply.as_ref().map(|reply| reply.buttons.clone()).unwrap_or_default());
        self.attach.clear();
        self.attach.file.set(reply.as_ref().and_then(|reply| reply.file.clone()));
        let (code, text) = reply.map(|reply| (reply.code, reply.text)).unwrap_or_default();
        self.code.set(code);
        self.text.set(text);
        self.problem.set(None);
        self.open.set(true);
    }
}

/// `/manage/replies`
#[component]
pub fn RepliesPage() -> impl IntoView {
    let manage = expect_context::<Manage>();
    let supervises = manage.me.with_value(|me| me.member.role.supervises());
    let editor = Editor {
        open: RwSignal::new(false),
        id: RwSignal::new(None),
        code: RwSignal::new(String::new()),
        text: RwSignal::new(String::new()),
        buttons: RwSignal::new(Vec::new()),
        attach: Attach::new(RwSignal::new(None)),
        everybodys: RwSignal::new(false),
        problem: RwSignal::new(None),
        attributes: RwSignal::new(Vec::new()),
    };
    provide_context(editor);
    let replies = manage.load(api::list_replies);
    Effect::new(move |_| {
        manage.defined.track();
        spawn_local(async move {
            if let Ok(attributes) = api::reply_attributes().await {
                let _ = editor.attributes.try_set(attributes);
            }
        });
    });
    view! {
        <Heading title="Canned replies" about="Saved answers: type / and a short code in a chat.">
            <button type="button" class="button primary" on:click=move |_| editor.show(None, supervises)>"New reply"</button>
        </Heading>
        <Loading of=replies let:replies>
            <Lists replies supervises />
        </Loading>
        <EditReply supervises />
    }
    .into_any()
}

#[component]
fn Lists(replies: Vec<Reply>, supervises: bool) -> impl IntoView {
    let (mine, everybodys): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.own);
    let rows = |replies: Vec<Reply>, may: bool, none: &'static str| {
        if replies.is_empty() {
            return view! { <p class="dim">{none}</p> }.into_any();
        }
        let rows = replies.into_iter().map(|reply| view! { <ReplyRow reply may /> }).collect_view();
        view! { <ul class="entries">{rows}</ul> }.into_any()
    };
    let nobody = if supervises { "None yet." } else { "None yet. Supervisors write these." };
    view! {
        <section class="part" aria-label="Everybody's">
            <h2>"Everybody's"</h2>
            {rows(everybodys, supervises, nobody)}
        </section>
        <section class="part" aria-label="Mine">
            <h2>"Mine"</h2>
            {rows(mine, true, "None yet. Only you see these.")}
        </section>
    }
    .into_any()
}

#[component]
fn ReplyRow(reply: Reply, may: bool) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let editor = expect_context::<Editor>();
    let sure = RwSignal::new(false);
    let (id, code, text) = (reply.id, format!("/{}", reply.code), marked(&reply.text));
    let delete = move |_| {
        if !sure.get_untracked() {
            return sure.set(true);
        }
        manage.act(api::delete_reply(id));
    };
    let titles = buttons(reply.buttons.clone());
    let file = reply.file.clone().map(|file| view! { <Chip file /> });
    let edit = StoredValue::new(reply);
    view! {
        <li class="entry">
            <b class="code">{code}</b>
            <div class="said">{file}<p class="words">{text}</p>{titles}</div>
            {may.then(|| view! {
                <div class="actions">
                    <button type="button" class="button small" on:click=move |_| {
                        let reply = edit.get_value();
                        let everybodys = !reply.own;
                        editor.show(Some(reply), everybodys);
                    }>"Edit"</button>
                    <button type="button" class="button small" data-sure=move || sure.get().to_string() on:click=delete>
                        {move || if sure.get() { "Delete for good?" } else { "Delete" }}
                    </button>
                </div>
            })}
        </li>
    }
    .into_any()
}

#[component]
fn EditReply(supervises: bool) -> impl IntoView {
    let manage = expect_context::<Manage>();
    let editor = expect_context::<Editor>();
    let Editor { open, id, code, text, everybodys, problem, attributes, buttons: titles, attach } = editor;
    let agent = manage.me.with_value(|me| me.member.name.clone());
    let known = Memo::new(move |_| {
        let fixed = [("first_name", "Maria"), ("name", "Maria Gomez"), ("agent", agent.as_str())];
        let mut known: Vec<_> = fixed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        known.extend(attributes.get().into_iter().map(|(key, name)| (key, format!("‹{name}›"))));
        known
    });
    let preview = Memo::new(move |_| text.with(|text| known.with(|known| expand(text, known))));
    let unknown =
        move || preview.with(|preview| blank(preview).map(|key| format!("{{{key}}} names nothing that is known.")));
    let left = move || {
        let length = text.with(|text| text.chars().count());
        let some = titles.with(|titles| titles.iter().any(|title| !title.trim().is_empty()));
        let longest = attach.file.with(|file| longest(some, file.as_ref()));
        (length + 200 > longest).then(|| format!("{length} of {longest} characters"))
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (id, code, text) = (id.get_untracked(), code.get_untracked(), text.get_untracked());
        let (own, titles) = (!everybodys.get_untracked(), titles.get_untracked());
        let file = attach.file.with_untracked(|file| file.as_ref().map(|file| file.id));
        spawn_local(async move {
            match api::save_reply(id, code, text, own, titles, file).await {
                Ok(()) => open.set(false),
                Err(error) => problem.set(Some(error.to_string())),
            }
        });
    };
    let title = Signal::derive(move || if id.get().is_some() { "Edit reply" } else { "New reply" }.to_owned());
    view! {
        <Dialog title open on_close=Callback::new(move |()| open.set(false))>
            <form class="form" on:submit=submit>
                <label>"Short code"
                    <input autocomplete="off" placeholder="shipping" maxlength="33" required bind:value=code />
                </label>
                <label>"Text"
                    <textarea rows="5" required=move || attach.file.with(Option::is_none) bind:value=text></textarea>
                </label>
                <div class="chips" role="group" aria-label="Insert a variable">
                    {move || known.get().into_iter().map(|(key, _)| {
                        let blank = format!("{{{key}}}");
                        let insert = blank.clone();
                        view! {
                            <button type="button" class="chip" on:click=move |_| text.update(|text| text.push_str(&insert))>{blank}</button>
                        }
                    }).collect_view()}
                </div>
                <FileField attach />
                <ButtonTitles titles />
                {supervises.then(|| view! {
                    <label class="choice">
                        <input type="checkbox" prop:checked=everybodys on:change=move |_| everybodys.update(|on| *on = !*on) />
                        <span>"For everybody"</span>
                    </label>
                })}
                <div class="example">
                    <small class="dim">"To Maria Gomez it would say"</small>
                    {move || attach.file.get().map(|file| view! { <Chip file /> })}
                    <p role="note" aria-label="Preview">{move || preview.with(|preview| marked(preview))}</p>
                    {move || buttons(titles.get().into_iter().filter(|title| !title.trim().is_empty()).collect())}
                    <small class="dim">{unknown}</small>
                    <small class="dim">{left}</small>
                </div>
                <p class="problem" role="alert">{move || problem.get()}</p>
                <footer><button class="button primary" disabled=move || attach.uploading()>"Save"</button></footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// Up to three buttons.
#[component]
fn ButtonTitles(titles: RwSignal<Vec<String>>) -> impl IntoView {
    let field = move |place: usize| {
        let typed = move |event| {
            titles.update(|titles| {
                if titles.len() <= place {
                    titles.resize(place + 1, String::new());
                }
                titles[place] = event_target_value(&event);
            });
        };
        view! {
            <input autocomplete="off" maxlength=LONGEST_TITLE.to_string() aria-label=format!("Button {}", place + 1)
                placeholder=if place == 0 { "Yes, please" } else { "" }
                prop:value=move || titles.with(|titles| titles.get(place).cloned().unwrap_or_default()) on:input=typed />
        }
    };
    view! {
        <fieldset class="titles">
            <legend>"Buttons"</legend>
            <div>{(0..MOST_BUTTONS).map(field).collect_view()}</div>
            <small class="dim">{format!("A tap answers with the button's words. Up to {LONGEST_TITLE} characters each; leave empty for none.")}</small>
        </fieldset>
    }
    .into_any()
}
