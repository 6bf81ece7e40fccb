//! No statement walks through a table that grows with the years: each finds its rows by an index.

use crate::store::Store;

/// Tables that hold a handful of rows, whatever happens.
const SMALL: &[&str] = &[
    "modem",
    "sim",
    "sim_away",
    "sim_voice",
    "sim_pin",
    "held_answer",
    "smsc_clock",
    "changed",
    "endpoint",
    "webhook",
    "api_key",
    "agent_hold",
    "flow_revision",
    "setting",
    "contact",
    "queue_count",
    "balance",
    "life",
    "tally",
];
/// Statements whose own LIMIT bounds how far they walk, by a piece of them.
const BOUNDED: &[&str] = &["LIMIT ?1 * 20"];

/// A store that is watched: what is read of its changes stands in a table of that connection alone.
fn store() -> Store {
    let mut store = Store::in_memory().expect("a store");
    store.watch().expect("a new database");
    store
}

/// The SQL in the sources of this layer.
fn statements() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the sources") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let source = std::fs::read_to_string(&path).expect("a source");
            // What a test writes for itself is no statement of the product.
            let product = source.split("#[cfg(test)]").next().unwrap_or_default();
            let literals = product.split('"').skip(1).step_by(2).map(str::to_owned);
            found.extend(literals.filter(|text| ["SELECT ", "UPDATE ", "DELETE "].iter().any(|verb| text.starts_with(verb))));
        }
    }
    found
}

/// The steps of a statement's plan that walk through a whole table.
fn walks(store: &Store, sql: &str) -> Vec<String> {
    let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut rows = statement.raw_query();
    let mut walks = Vec::new();
    while let Some(row) = rows.next().expect("a plan") {
        let step: String = row.get("detail").expect("words");
        let table = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let whole =
            !step.contains("USING") && !table.is_empty() && !table.starts_with('(') && !["CONSTANT", "json_each", "this"].contains(&table);
        if whole && !SMALL.contains(&table) {
            walks.push(step);
        }
    }
    walks
}

/// The steps of a statement's plan that sort rows of a table before the first of them is known.
fn sorts(store: &Store, sql: &str) -> bool {
    let mut statement = store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut rows = statement.raw_query();
    let mut sorts = false;
    while let Some(row) = rows.next().expect("a plan") {
        sorts |= row.get::<_, String>("detail").expect("words").contains("TEMP B-TREE");
    }
    sorts
}

/// What is due may be a hundred thousand rows of one instant, and is taken by chunks: none of them may sort all the rest.
#[test]
fn what_is_due_is_taken_in_the_order_of_an_index() {
    let store = store();
    let due = ["FROM timer WHERE due_at <= ?1", "WHERE state = 'submitted' AND expires_at <= ?1", "FROM inbound_part WHERE join_due <= ?1"];
    for piece in due {
        let found: Vec<String> = statements().into_iter().filter(|sql| sql.contains(piece)).collect();
        assert!(!found.is_empty(), "no statement has {piece}");
        for sql in found {
            assert!(!sorts(&store, &sql), "{sql}");
        }
    }
}

/// A column is found by its name, whatever was read before it.
#[test]
fn no_statement_answers_with_two_columns_of_one_name() {
    let store = store();
    for sql in statements() {
        let statement = store.connection.prepare(&sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        let mut names: Vec<&str> = statement.column_names().collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}: {sql}");
    }
}

#[test]
fn every_statement_finds_its_rows_by_an_index() {
    let store = store();
    let statements = statements();
    assert!(statements.len() > 100, "the sources were read: {}", statements.len());
    let asked = statements.iter().filter(|sql| !BOUNDED.iter().any(|piece| sql.contains(piece)));
    let walking: Vec<(&String, Vec<String>)> = asked.map(|sql| (sql, walks(&store, sql))).filter(|(_, walks)| !walks.is_empty()).collect();
    assert!(walking.is_empty(), "{walking:#?}");
}
