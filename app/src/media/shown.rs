//! A message's file in the thread: a picture, a film, a sound, or a document to take away.

use crate::ui::{Dialog, Icon, browser};
use domain::MessageId;
use domain::media::{File, Kind};
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

/// What became of it on this screen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Loading,
    Loaded,
    Failed,
}

/// A message's file. Its box is as large before it is loaded as afterwards, so that nothing jumps.
#[component]
pub fn Shown(message: MessageId, file: File) -> impl IntoView {
    let state = RwSignal::new(State::Loading);
    let address = StoredValue::new(format!("/media/of/{message}"));
    let file = StoredValue::new(file);
    // Only this makes the content anew: a picture that has just been loaded must not be loaded again.
    let failed = Memo::new(move |_| state.get() == State::Failed);
    let content = move || {
        let (address, name) = (address.get_value(), file.with_value(|file| file.name.clone()));
        let kind = file.with_value(File::kind);
        if failed.get() {
            return view! { <Failed state kind /> }.into_any();
        }
        match kind {
            Kind::Image => view! { <Picture state address name /> }.into_any(),
            Kind::Video => view! {
                <video controls preload="metadata" src=address aria-label=format!("Video {name}") on:error=move |_| state.set(State::Failed)></video>
            }
            .into_any(),
            Kind::Audio => view! {
                <audio controls preload="metadata" src=address aria-label=format!("Audio {name}") on:error=move |_| state.set(State::Failed)></audio>
            }
            .into_any(),
            Kind::Document => ().into_any(),
        }
    };
    // Known only by its name, or not shown here: it can always be taken away.
    let take = move || {
        let shown = file.with_value(|file| file.kind() != Kind::Document) && !failed.get();
        (!shown).then(|| {
            let file = file.get_value();
            let about = format!("{} · {}", file.word(), file.size_words());
            view! {
                <a class="file" href=address.get_value() download=file.name.clone() rel="external">
                    <Icon name="file" />
                    <span class="what"><b dir="auto">{file.name.clone()}</b><small>{about}</small></span>
                </a>
            }
        })
    };
    view! { <div class="shown">{content}{take}</div> }.into_any()
}

/// The photo that lies enlarged over the thread: its address and its name.
#[derive(Clone, Copy)]
pub struct Enlarge(RwSignal<Option<(String, String)>>);

impl Enlarge {
    /// For a thread's photos.
    pub fn provide() -> Self {
        let enlarge = Self(RwSignal::new(None));
        provide_context(enlarge);
        enlarge
    }

    /// The dialog: gone with the thread, where a tab of its own would show the photo on when the chat is out of sight. It stays
    /// while its message's ticks change.
    pub fn dialog(self) -> AnyView {
        let shown = self.0;
        let open = Signal::derive(move || shown.with(Option::is_some));
        let title = Signal::derive(move || shown.get().map(|(_, name)| name).unwrap_or_default());
        let content = move || {
            shown.get().map(|(address, name)| {
                let alt = format!("Photo {name}");
                view! {
                    <div class="whole">
                        <img src=address.clone() alt=alt />
                        <a class="button small" href=address download=name rel="external">"Download"</a>
                    </div>
                }
            })
        };
        view! { <Dialog title open on_close=Callback::new(move |()| shown.set(None))>{content}</Dialog> }.into_any()
    }
}

#[component]
fn Picture(state: RwSignal<State>, address: String, name: String) -> impl IntoView {
    let image = NodeRef::<html::Img>::new();
    // What came, or did not, before this page was alive.
    Effect::new(move |_| {
        if let Some(image) = image.get()
            && image.complete()
        {
            state.set(if image.natural_width() > 0 { State::Loaded } else { State::Failed });
        }
    });
    let word = move || if state.get() == State::Loaded { "loaded" } else { "loading" };
    let enlarge = use_context::<Enlarge>();
    let whole = StoredValue::new((address.clone(), name.clone()));
    let opens = move |event: MouseEvent| {
        if let Some(Enlarge(shown)) = enlarge
            && browser::is_plain(&event)
        {
            event.prevent_default();
            shown.set(Some(whole.get_value()));
        }
    };
    let (link, alt) = (address.clone(), format!("Photo {name}"));
    view! {
        <a class="picture" href=link rel="external" aria-haspopup="dialog" data-state=word on:click=opens>
            <img node_ref=image src=address alt=alt
                on:load=move |_| state.set(State::Loaded) on:error=move |_| state.set(State::Failed) />
        </a>
    }
    .into_any()
}

#[component]
fn Failed(state: RwSignal<State>, kind: Kind) -> impl IntoView {
    let words = match kind {
        Kind::Image => "The photo could not be shown.",
        Kind::Video => "The video could not be played here.",
        Kind::Audio | Kind::Document => "The audio could not be played here.",
    };
    view! {
        <p class="not-shown" role="note">
            {words}<button type="button" class="link" on:click=move |_| state.set(State::Loading)>"Try again"</button>
        </p>
    }
    .into_any()
}
