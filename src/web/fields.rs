//! Fields of forms: a label, a box, a hint and what is wrong with it, tied together for those who cannot see them.

use maud::{Markup, html};

use crate::engine::Reject;

/// One line of a form.
pub struct Line<'a> {
    /// Name in the form, and in the pointers of a refusal.
    pub name: &'a str,
    /// What people read.
    pub label: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// What helps to fill it in; may be empty.
    pub hint: &'a str,
}

/// A line of text.
pub fn line(line: &Line, no: Option<&Reject>) -> Markup {
    let (error, ids) = (error_at(line.name, no), described_by(line, no));
    html! {
        div class="field" {
            label for=(line.name) { (line.label) }
            input id=(line.name) name=(line.name) value=(line.value) aria-describedby=[ids] aria-invalid=[error.map(|_| "true")];
            (below(line, error))
        }
    }
}

/// A line of digits that nobody looking on should read; what was given is never shown again.
pub fn secret(line: &Line, no: Option<&Reject>) -> Markup {
    let (error, ids) = (error_at(line.name, no), described_by(line, no));
    html! {
        div class="field" {
            label for=(line.name) { (line.label) }
            input type="password" inputmode="numeric" autocomplete="off" id=(line.name) name=(line.name) aria-describedby=[ids] aria-invalid=[error.map(|_| "true")];
            (below(line, error))
        }
    }
}

/// Several lines of text.
pub fn lines(line: &Line, rows: u8, no: Option<&Reject>) -> Markup {
    let (error, ids) = (error_at(line.name, no), described_by(line, no));
    html! {
        div class="field" {
            label for=(line.name) { (line.label) }
            textarea id=(line.name) name=(line.name) rows=(rows) aria-describedby=[ids] aria-invalid=[error.map(|_| "true")] { (line.value) }
            (below(line, error))
        }
    }
}

/// One of several.
pub fn choice<'o>(line: &Line, options: impl Iterator<Item = (&'o str, &'o str)>, no: Option<&Reject>) -> Markup {
    let (error, ids) = (error_at(line.name, no), described_by(line, no));
    html! {
        div class="field" {
            label for=(line.name) { (line.label) }
            select id=(line.name) name=(line.name) aria-describedby=[ids] aria-invalid=[error.map(|_| "true")] {
                @for (value, words) in options { option value=(value) selected[value == line.value] { (words) } }
            }
            (below(line, error))
        }
    }
}

/// Yes or no.
pub fn tick(name: &str, label: &str, on: bool) -> Markup {
    html! { div class="field" { label class="check" for=(name) { input type="checkbox" id=(name) name=(name) value="on" checked[on]; span { (label) } } } }
}

/// What stands above a form that was refused.
pub fn refusal(no: Option<&Reject>) -> Markup {
    html! { @if let Some(no) = no { p class="note bad" role="alert" { (no.detail) } } }
}

fn below(line: &Line, error: Option<&str>) -> Markup {
    html! {
        @if !line.hint.is_empty() { p class="hint" id=(format!("{}-hint", line.name)) { (line.hint) } }
        @if let Some(error) = error { p class="wrong" id=(format!("{}-wrong", line.name)) { (error) } }
    }
}

fn described_by(line: &Line, no: Option<&Reject>) -> Option<String> {
    let hint = (!line.hint.is_empty()).then(|| format!("{}-hint", line.name));
    let wrong = error_at(line.name, no).map(|_| format!("{}-wrong", line.name));
    let ids: Vec<String> = hint.into_iter().chain(wrong).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Pointers of a refusal begin with the field: `/languages/0` belongs to `languages`.
fn error_at<'r>(name: &str, no: Option<&'r Reject>) -> Option<&'r str> {
    let of_field = |pointer: &str| pointer.strip_prefix('/').and_then(|rest| rest.split('/').next()) == Some(name);
    no?.errors.iter().find(|(pointer, _)| of_field(pointer)).map(|(_, reason)| reason.as_str())
}
