//! `/contacts`: the head, the filter, the table, and what is done to those who are chosen.

use super::bulk::Bulk;
use super::chips::Filter;
use super::head::Head;
use super::peek::Peek;
use super::rows::Rows;
use super::state::Table;
use super::tasks::Tasks;
use crate::manage::{Manage, Opening};
use crate::ui::ToastList;
use leptos::prelude::*;
use leptos_meta::Title;

/// `/contacts`
#[component]
pub fn ContactsPage() -> impl IntoView {
    view! {
        <Title text="Contacts · Baton" />
        <Opening show=|| view! { <Contacts /> }.into_any() />
    }
    .into_any()
}

#[component]
fn Contacts() -> impl IntoView {
    let manage = expect_context::<Manage>();
    if !manage.me.with_value(|me| me.member.role.supervises()) {
        return view! {
            <main class="page-note">
                <h1>"Contacts are for supervisors"</h1>
                <p class="dim">"An Owner or a Manager can open this page."</p>
                <a class="button" href="/chats/active" rel="external">"To the desk"</a>
            </main>
        }
        .into_any();
    }
    provide_context(Table::new(manage));
    view! {
        <div class="contacts">
            <main>
                <Head />
                <Filter />
                <Rows />
                <Bulk />
            </main>
            <Peek />
            <Tasks />
            <ToastList />
        </div>
    }
    .into_any()
}
