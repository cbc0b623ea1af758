//! What counts as asking for a person, and a place to try it.

use super::draft::Draft;
use super::field::Problem;
use leptos::prelude::*;

/// The section.
#[component]
pub(super) fn AskingPart() -> impl IntoView {
    let draft = expect_context::<Draft>();
    let words = Memo::new(move |_| draft.mine.with(|mine| mine.asking.words.clone()));
    let text = RwSignal::new(words.get_untracked().join("\n"));
    Effect::new(move |_| {
        let words = words.get();
        if lines(&text.get_untracked()) != words {
            text.set(words.join("\n"));
        }
    });
    let typed = move |event| {
        text.set(event_target_value(&event));
        draft.mine.update(|mine| mine.asking.words = lines(&text.get_untracked()));
    };
    let misses = Memo::new(move |_| draft.mine.with(|mine| mine.asking.misses));
    let choose = move |event| draft.mine.update(|mine| mine.asking.misses = event_target_value(&event).parse().ok());
    let choice = move |n: Option<u8>| {
        let (value, words) = match n {
            None => (String::new(), "Never".to_owned()),
            Some(1) => ("1".into(), "After 1 message that it does not understand".into()),
            Some(n) => (n.to_string(), format!("After {n} messages in a row that it does not understand")),
        };
        view! { <option value=value prop:selected=move || misses.get() == n>{words}</option> }
    };
    let choices = [None, Some(1), Some(2), Some(3), Some(4), Some(5)].map(choice).collect_view();
    let trial = RwSignal::new(String::new());
    let verdict = Memo::new(move |_| {
        let trial = trial.get();
        if trial.trim().is_empty() {
            return None;
        }
        let found = draft.mine.with(|mine| mine.asking.heard_in(&trial).map(str::to_owned));
        Some(found.map_or((false, "No: the bot answers this itself.".into()), |word| {
            (true, format!("Yes: “{word}” asks for a person."))
        }))
    });
    let problem = draft.problem(|| "asking.words".into());
    let misses_problem = draft.problem(|| "asking.misses".into());
    view! {
        <label>"Words and phrases"
            <textarea rows="7" class="words-list" spellcheck="false" prop:value=move || text.get() on:input=typed
                aria-invalid=move || problem.get().is_some().to_string()></textarea>
            <small>"One a line, in every language your customers write. Whole words count; capitals and punctuation do not matter."</small>
            <Problem of=problem />
        </label>
        <label>"The bot asks for a person itself"
            <select on:change=choose>{choices}</select>
            <small>"Counted anew after every message that it understands."</small>
            <Problem of=misses_problem />
        </label>
        <div class="trial">
            <label>"Try it: what a customer might write"
                <input autocomplete="off" placeholder="can I talk to somebody?" bind:value=trial />
            </label>
            <p role="status" data-asks=move || verdict.get().map(|(asks, _)| asks.to_string())>
                {move || verdict.get().map(|(_, words)| words)}
            </p>
        </div>
    }
    .into_any()
}

fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !lines.iter().any(|known| known == line) {
            lines.push(line.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    #[test]
    fn empty_lines_and_repetitions_are_no_words() {
        assert_eq!(super::lines(" agent \n\n human\nagent\n"), ["agent", "human"]);
    }
}
