//! What the law of a country lets a STOP end, with its dates (conversation.md section 5). A utility's lawyer checks before use.

use jiff::civil::Date;

/// Countries where a plain STOP may end the texts of one category only: ISO letters, and the first day on which it no longer may.
const STOP_OF_ONE_CATEGORY: &[(&str, Date)] = &[
    // 47 CFR 64.1200(a)(10): a revocation made in response to one kind of texts ends all of them from that day on.
    ("US", jiff::civil::date(2027, 1, 31)),
];

/// The word of the setting `stop_scope` for a STOP that ends one category.
pub const CATEGORY: &str = "category";

/// Until which day, itself not counted, a STOP may end one category here; `None` is never.
pub fn one_category_until(country: &str) -> Option<Date> {
    STOP_OF_ONE_CATEGORY.iter().find(|(iso, _)| *iso == country).map(|(_, until)| *until)
}

/// Whether a plain STOP ends one category only: the utility wants it, and the law allows it today.
pub fn stops_one_category(stop_scope: &str, country: &str, today: Date) -> bool {
    stop_scope == CATEGORY && one_category_until(country).is_some_and(|until| today < until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_ends_one_category_only_where_and_while_the_law_allows_it() {
        for (scope, country, today, want) in [
            ("category", "US", "2026-11-23", true),
            ("category", "US", "2027-01-30", true),
            ("category", "US", "2027-01-31", false),
            ("category", "US", "2028-01-01", false),
            ("category", "UA", "2026-11-23", false),
            ("category", "", "2026-11-23", false),
            ("all", "US", "2026-11-23", false),
        ] {
            assert_eq!(stops_one_category(scope, country, today.parse().expect("a day")), want, "{scope} in {country} on {today}");
        }
    }
}
