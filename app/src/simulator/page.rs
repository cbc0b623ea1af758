//! Lays out the page: customers, the phone, the switches; and keeps it in step with the simulator.

use super::net;
use super::phone::Phone;
use super::switches::SwitchBoard;
use super::wire::{Customer, NewCustomer, State};
use crate::ui::{Avatar, For, Icon, Show, browser};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_navigate, use_query_map};
use uuid::Uuid;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Simulator {
    /// The newest state.
    pub state: RwSignal<Option<State>>,
    /// Whose phone is open.
    pub chosen: Memo<Option<Uuid>>,
    /// What did not work.
    pub problem: RwSignal<Option<String>>,
}

impl Simulator {
    /// Sends something to the simulator; a failure is shown.
    pub fn tell(self, method: &'static str, address: String, what: impl serde::Serialize + Send + Sync + 'static) {
        spawn_local(async move {
            self.problem.set(net::send(method, &address, &what).await.err());
        });
    }
}

/// `/simulator?customer=<id>`
#[component]
pub fn SimulatorPage() -> impl IntoView {
    let query = use_query_map();
    let chosen = Memo::new(move |_| query.with(|query| query.get_str("customer").and_then(|id| id.parse().ok())));
    let simulator = Simulator { state: RwSignal::new(None), chosen, problem: RwSignal::new(None) };
    provide_context(simulator);
    let generation = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let customer = chosen.get();
        generation.update_value(|n| *n += 1);
        let mine = generation.get_value();
        simulator.state.update(|state| {
            if let Some(state) = state {
                state.messages.clear();
            }
        });
        spawn_local(follow(simulator, customer, move || generation.try_get_value() == Some(mine)));
    });
    let shows = move || if chosen.get().is_some() { "phone" } else { "customers" };
    view! {
        <Title text="Simulator · Baton" />
        <main class="simulator" data-shows=shows>
            <Customers />
            <section class="handset" aria-label="Phone">
                {move || match chosen.get() {
                    Some(customer) => view! { <Phone customer /> }.into_any(),
                    None => view! { <p class="empty">"Pick a customer, or make one: this is their phone."</p> }.into_any(),
                }}
            </section>
            <SwitchBoard />
        </main>
    }
    .into_any()
}

/// Asks again and again for what is new, and reads what came to the open phone.
async fn follow(simulator: Simulator, customer: Option<Uuid>, current: impl Fn() -> bool) {
    let mut after = None;
    while current() {
        match net::state(customer, after).await {
            Ok(state) if current() => {
                after = Some(state.version);
                let unread =
                    state.messages.iter().any(|message| !message.from_customer && message.status == "delivered");
                simulator.state.set(Some(state));
                if let (Some(customer), true, true) = (customer, unread, browser::visible()) {
                    let _ = net::send("POST", &format!("/simulator/api/customers/{customer}/open"), &()).await;
                }
            }
            Ok(_) => return,
            Err(_) => {
                after = None;
                browser::wait(1000).await;
            }
        }
    }
}

#[component]
fn Customers() -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let words = RwSignal::new(String::new());
    let customers = Memo::new(move |_| {
        let words = words.get().to_lowercase();
        simulator.state.with(|state| {
            let all = state.as_ref().map(|state| state.customers.clone()).unwrap_or_default();
            let fits = |c: &Customer| {
                c.title().to_lowercase().contains(&words) || c.phone.as_ref().is_some_and(|p| p.contains(&words))
            };
            all.into_iter().filter(fits).collect::<Vec<_>>()
        })
    });
    view! {
        <aside class="customers" aria-label="Customers">
            <header>
                <h1>"Customers"</h1>
                <a class="link" href="/chats/active" rel="external">"To the desk"</a>
            </header>
            <NewPhone />
            <label class="search">
                <Icon name="search" />
                <input type="search" placeholder="Find" aria-label="Find a customer" bind:value=words />
            </label>
            <ul class="rows">
                <For each=move || customers.get() key=|customer| customer.id let:customer>
                    <li><CustomerRow customer /></li>
                </For>
            </ul>
        </aside>
    }
    .into_any()
}

#[component]
fn CustomerRow(customer: Customer) -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let id = customer.id;
    let current = move || (simulator.chosen.get() == Some(id)).then_some("true");
    let title = customer.title();
    let last = Memo::new(move |_| {
        simulator.state.with(|state| {
            let all = state.as_ref().map(|state| state.customers.as_slice()).unwrap_or_default();
            all.iter().find(|customer| customer.id == id).and_then(|customer| customer.last.clone())
        })
    });
    view! {
        <a class="row" href=format!("/simulator?customer={id}") data-customer=id.to_string() aria-current=current>
            <Avatar name=title.clone() id=id.as_u128() />
            <span class="who">{title}</span>
            <span class="when"></span>
            <span class="last">{last}</span>
        </a>
    }
    .into_any()
}

#[component]
fn NewPhone() -> impl IntoView {
    let simulator = expect_context::<Simulator>();
    let open = RwSignal::new(false);
    let (name, phone) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let bsuid_only = RwSignal::new(false);
    let navigate = use_navigate();
    let go = StoredValue::new_local(navigate);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let new = NewCustomer {
            name: given(name.get_untracked()),
            phone: given(phone.get_untracked()),
            bsuid_only: bsuid_only.get_untracked(),
        };
        spawn_local(async move {
            let made = net::send("POST", "/simulator/api/customers", &new).await;
            match made.and_then(|text| serde_json::from_str::<Customer>(&text).map_err(|error| error.to_string())) {
                Ok(customer) => {
                    simulator.problem.set(None);
                    open.set(false);
                    name.set(String::new());
                    phone.set(String::new());
                    go.with_value(|go| {
                        go(&format!("/simulator?customer={}", customer.id), leptos_router::NavigateOptions::default())
                    });
                }
                Err(why) => simulator.problem.set(Some(why)),
            }
        });
    };
    view! {
        <button type="button" class="button" aria-expanded=move || open.get().to_string() on:click=move |_| open.update(|open| *open = !*open)>
            "New customer"
        </button>
        <Show when=move || open.get()>
            <form class="form" on:submit=submit>
                <label>"Name (optional)"<input maxlength="80" autocomplete="off" bind:value=name /></label>
                <label>"Number (optional)"<input inputmode="tel" maxlength="24" autocomplete="off" placeholder="+44 7700 900123" bind:value=phone /></label>
                <label class="choice"><input type="checkbox" prop:checked=bsuid_only on:change=move |event| bsuid_only.set(event_target_checked(&event)) />
                    <span>"Without a number: user name only"</span></label>
                <button class="button primary">"Make"</button>
            </form>
        </Show>
        <p class="problem" role="alert">{move || simulator.problem.get()}</p>
    }
    .into_any()
}
