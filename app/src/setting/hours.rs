//! Business hours: the week, holidays, the time zone, and what they come to just now.

use super::api;
use super::draft::Draft;
use super::field::Problem;
use chrono::NaiveDate;
use domain::hours::{DAY, DAYS, Holiday, Hours, Span, clock};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Where a day's times are kept.
type Place = Callback<(), Vec<Span>>;
/// Changes a day's times.
type Write = Callback<Vec<Span>>;

/// The section, below its switch.
#[component]
pub(super) fn HoursPart() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let hours = Memo::new(move |_| draft.mine.with(|mine| mine.hours.clone()));
    let day = move |day: usize| {
        let spans: Place = Callback::new(move |()| hours.with(|hours| hours.week[day].clone()));
        let write: Write = Callback::new(move |spans| change(draft, |hours| hours.week[day] = spans));
        let copy = move |_| {
            change(draft, |hours| {
                for other in 1..5 {
                    hours.week[other] = hours.week[0].clone();
                }
            });
        };
        let problem = draft.problem(move || format!("hours.{day}"));
        view! {
            <div class="weekday" role="group" aria-label=DAYS[day]>
                <b>{DAYS[day]}</b>
                <Times name=Signal::stored(DAYS[day].to_owned()) spans write />
                {(day == 0).then(|| view! {
                    <button type="button" class="link" on:click=copy>"Copy to Tuesday – Friday"</button>
                })}
                <Problem of=problem />
            </div>
        }
    };
    let week = (0..7).map(day).collect_view();
    view! {
        <Zone hours />
        <div class="week">{week}</div>
        <Holidays hours />
    }
    .into_any()
}

fn change(draft: Draft, how: impl FnOnce(&mut Hours)) {
    draft.mine.update(|mine| how(&mut mine.hours));
}

/// One day's times: from, to, and what takes them away.
#[component]
fn Times(name: Signal<String>, spans: Place, write: Write) -> impl IntoView {
    let many = Memo::new(move |_| spans.run(()).len());
    let set = move |place: usize, how: fn(&mut Span, u16), event| {
        // Half a time is none.
        let Some(minutes) = minutes(&event_target_value(&event)) else { return };
        let mut all = spans.run(());
        if let Some(span) = all.get_mut(place) {
            how(span, minutes);
            write.run(all);
        }
    };
    let row = move |place: usize| {
        let span = Memo::new(move |_| spans.run(()).get(place).copied().unwrap_or(Span { from: 0, to: 0 }));
        let remove = move |_| {
            let mut all = spans.run(());
            all.remove(place);
            write.run(all);
        };
        let label = move |what: &str| format!("{} {what}", name.get());
        view! {
            <span class="span">
                <input type="time" aria-label=move || label("from") prop:value=move || clock(span.get().from)
                    on:change=move |event| set(place, |span, at| span.from = at, event) />
                <span aria-hidden="true">"–"</span>
                <input type="time" aria-label=move || label("until") prop:value=move || clock(span.get().to % DAY)
                    on:change=move |event| set(place, |span, at| span.to = if at == 0 { DAY } else { at }, event) />
                {move || (span.get().to <= span.get().from).then_some("next day")}
                <button type="button" class="quiet" aria-label=move || format!("Remove {} {}", name.get(), span.get().words())
                    on:click=remove>"×"</button>
            </span>
        }
    };
    let add = move |_| {
        let mut all = spans.run(());
        // After the last one, or a working day.
        let from = all.iter().map(|span| span.to).max().filter(|to| *to < DAY - 60).map_or(9 * 60, |to| to + 60);
        let to = if all.is_empty() { 18 * 60 } else { (from + 120).min(DAY) };
        all.push(Span { from, to });
        write.run(all);
    };
    view! {
        <div class="times">
            {move || (many.get() == 0).then(|| view! { <span class="dim">"Closed"</span> })}
            {move || (0..many.get()).map(row).collect_view()}
            <button type="button" class="link" aria-label=move || format!("Add times on {}", name.get()) on:click=add>"+ Add"</button>
        </div>
    }
    .into_any()
}

/// `09:30` as minutes.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.get(..5)?.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The time zone, and what the hours come to in it.
#[component]
fn Zone(hours: Memo<Hours>) -> impl IntoView {
    let draft = expect_context::<Draft>();
    let zones = RwSignal::new(Vec::<String>::new());
    Effect::new(move |_| {
        spawn_local(async move {
            if let Ok(all) = api::time_zones().await {
                let _ = zones.try_set(all);
            }
        });
    });
    let look = RwSignal::new(None);
    Effect::new(move |_| {
        let asked = hours.get();
        spawn_local(async move {
            let answer = api::look_at_hours(asked.clone()).await;
            if hours.try_get_untracked() == Some(asked) {
                let _ = look.try_set(Some(answer));
            }
        });
    });
    let problem = Signal::derive(move || match look.get() {
        // What is wrong with a day is told beside it.
        Some(Err(error)) if hours.with(|hours| hours.problems().is_empty()) => Some(error.to_string()),
        _ => None,
    });
    let says = move || look.get().and_then(Result::ok);
    view! {
        <label class="zone">"Time zone"
            <input list="zones" autocomplete="off" spellcheck="false" prop:value=move || hours.with(|hours| hours.zone.clone())
                on:input=move |event| change(draft, |hours| event_target_value(&event).trim().clone_into(&mut hours.zone)) />
            <Problem of=problem />
        </label>
        <datalist id="zones">
            {move || zones.get().into_iter().map(|zone| view! { <option value=zone></option> }).collect_view()}
        </datalist>
        <p class="verdict" role="status" data-open=move || says().map(|(open, _)| open.to_string())>
            {move || says().map(|(_, words)| words)}
        </p>
    }
    .into_any()
}

/// Days that go their own way.
#[component]
fn Holidays(hours: Memo<Hours>) -> impl IntoView {
    let draft = expect_context::<Draft>();
    let manage = expect_context::<crate::manage::Manage>();
    let many = Memo::new(move |_| hours.with(|hours| hours.holidays.len()));
    let row = move |place: usize| {
        let holiday = Memo::new(move |_| hours.with(|hours| hours.holidays.get(place).cloned()));
        let edit = move |how: &dyn Fn(&mut Holiday)| {
            change(draft, |hours| {
                if let Some(holiday) = hours.holidays.get_mut(place) {
                    how(holiday);
                }
            });
        };
        let dated = move |event| {
            if let Ok(date) = event_target_value(&event).parse::<NaiveDate>() {
                edit(&|holiday| holiday.date = date);
            }
        };
        let named = move |event| {
            let name = event_target_value(&event);
            edit(&|holiday| holiday.name.clone_from(&name));
        };
        let remove = move |_| {
            change(draft, |hours| {
                hours.holidays.remove(place);
            });
        };
        let spans: Place = Callback::new(move |()| holiday.get().map(|holiday| holiday.spans).unwrap_or_default());
        let write: Write = Callback::new(move |spans: Vec<Span>| edit(&|holiday| holiday.spans.clone_from(&spans)));
        let title = Signal::derive(move || {
            holiday.get().map_or_else(String::new, |holiday| match holiday.name.as_str() {
                "" => holiday.date.to_string(),
                name => name.to_owned(),
            })
        });
        let problem = draft.problem(move || format!("holidays.{place}"));
        view! {
            <li class="holiday">
                <input type="date" aria-label="Date" prop:value=move || holiday.get().map(|day| day.date.to_string())
                    on:change=dated />
                <input class="name" aria-label="Name" placeholder="Name" maxlength="60" autocomplete="off"
                    prop:value=move || holiday.get().map(|day| day.name) on:input=named />
                <Times name=title spans write />
                <button type="button" class="quiet" aria-label=move || format!("Remove {}", title.get()) on:click=remove>"×"</button>
                <Problem of=problem />
            </li>
        }
    };
    let add = move |_| {
        let today = manage.clock.now.get_untracked().date_naive();
        change(draft, |hours| {
            let last = hours.holidays.iter().map(|day| day.date).max().filter(|last| *last >= today);
            let date = last.and_then(|last| last.succ_opt()).unwrap_or(today);
            hours.holidays.push(Holiday { date, name: String::new(), spans: Vec::new() });
        });
    };
    let problem = draft.problem(|| "holidays".into());
    view! {
        <div class="holidays" role="group" aria-label="Holidays">
            <h3>"Holidays"</h3>
            <p class="dim">"On these days the week does not hold: closed, or other times."</p>
            <ul>{move || (0..many.get()).map(row).collect_view()}</ul>
            <Problem of=problem />
            <button type="button" class="button small" on:click=add>"Add a holiday"</button>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_are_read_and_halves_are_not() {
        for (text, read) in [
            ("09:30", Some(570)),
            ("00:00", Some(0)),
            ("23:59:00", Some(1439)),
            ("", None),
            ("9:3", None),
            ("24:00", None),
        ] {
            assert_eq!(super::minutes(text), read, "{text}");
        }
    }
}
