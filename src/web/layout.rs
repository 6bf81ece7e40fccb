//! What every page has around it: head, navigation, foot. No inline script or style: the policy forbids both.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page for the technician.
pub struct Frame<'a> {
    /// What the browser's tab says.
    pub title: &'a str,
    /// Where we are.
    pub place: Place,
    /// Name of the utility; empty before it is set.
    pub utility: &'a str,
    /// Open tasks, shown beside their link.
    pub tasks: usize,
    /// Goes back with the sign-out form.
    pub csrf: &'a str,
}

/// The places of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/`
    Overview,
    /// `/conversations`
    Conversations,
    /// `/tasks`
    Tasks,
    /// `/settings`
    Settings,
}

const PLACES: &[(Place, &str, &str)] = &[
    (Place::Overview, "/", "Overview"),
    (Place::Conversations, "/conversations", "Conversations"),
    (Place::Tasks, "/tasks", "Tasks"),
    (Place::Settings, "/settings", "Settings"),
];

/// A technician's page around `content`.
pub fn page(frame: &Frame, content: &Markup) -> Markup {
    let top = html! {
        header class="top" {
            div class="top-in" {
                (brand(frame.utility))
                nav aria-label="Pages" {
                    @for (place, path, name) in PLACES {
                        a href=(path) aria-current=[(*place == frame.place).then_some("page")] {
                            (name)
                            @if *place == Place::Tasks && frame.tasks > 0 { " " span class="badge" { (frame.tasks) span class="hidden" { " open" } } }
                        }
                    }
                    form method="post" action="/logout" {
                        input type="hidden" name="csrf" value=(frame.csrf);
                        button class="link" { "Sign out" }
                    }
                }
            }
        }
    };
    document(frame.title, false, &top, content)
}

/// A page without navigation: signing in, and the pages customers open.
pub fn plain(title: &str, utility: &str, content: &Markup) -> Markup {
    let name = if utility.is_empty() { "Answerback" } else { utility };
    let top = html! { header class="top" { div class="top-in" { span class="brand" { (PreEscaped(MARK)) span { (name) } } } } };
    document(title, true, &top, content)
}

fn document(title: &str, plain: bool, top: &Markup, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if !plain { " · Answerback" } }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/style.css";
                script src="/assets/page.js" defer {}
                @if !plain { script src="/assets/live.js" defer {} }
            }
            body class=[plain.then_some("plain")] {
                a class="skip" href="#content" { "Skip to the content" }
                (top)
                main id="content" tabindex="-1" { (content) }
                @if !plain {
                    footer class="foot" { "Answerback " (env!("CARGO_PKG_VERSION")) " · " a href="/docs" { "API docs" } " · " a href="/metrics" { "metrics" } }
                }
                p class="hidden" role="status" data-news {}
            }
        }
    }
}

fn brand(utility: &str) -> Markup {
    html! {
        a class="brand" href="/" {
            (PreEscaped(MARK))
            span { @if utility.is_empty() { "Answerback" } @else { (utility) } }
            @if !utility.is_empty() { small { "Answerback" } }
        }
    }
}

/// The icon once more, in the colour of the text around it.
const MARK: &str = r#"<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M5 6h22v15H15l-6 5v-5H5z" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linejoin="round"/><path d="M11 13l3.5 3.5L21 10" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>"#;

/// What a pill says by its shape and colour, besides its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Done, well.
    Good,
    /// On its way.
    Wait,
    /// Went wrong.
    Bad,
    /// Not known.
    Doubt,
    /// Neither.
    Calm,
}

/// A state: a word with a shape.
pub fn pill(tone: Tone, word: &str) -> Markup {
    let class = match tone {
        Tone::Good => "pill good",
        Tone::Wait => "pill wait",
        Tone::Bad => "pill bad",
        Tone::Doubt => "pill doubt",
        Tone::Calm => "pill",
    };
    html! { span class=(class) { (word) } }
}
