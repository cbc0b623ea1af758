//! Line icons, 24 by 24.

use leptos::prelude::*;

/// An icon by name; decorative, its button carries the label.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    let path = match name {
        "chats" => "M4 5h16v11H9l-5 4z",
        "history" => "M12 8v4l3 2M4.500 12a7.500 7.500 0 1 0 2.200-5.300L4 9.400M4 5v4.400h4.400",
        "phone" => {
            "M8 3h8a1.500 1.500 0 0 1 1.500 1.500v15A1.500 1.500 0 0 1 16 21H8a1.500 1.500 0 0 1-1.500-1.500v-15A1.500 1.500 0 0 1 8 3zM11 18h2"
        }
        "back" => "M15 5l-7 7 7 7",
        "person" => "M12 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM5 20c1-4 4-5.500 7-5.500s6 1.500 7 5.500",
        "close" => "M6 6l12 12M18 6L6 18",
        "search" => "M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20 20",
        "help" => {
            "M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.800v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z"
        }
        "down" => "M6 10l6 6 6-6",
        _ => "",
    };
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=path></path></svg> }
}
