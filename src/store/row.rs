//! [`Row`]: a row whose columns are read by name. They are nearly always asked for in the order in which they stand, so each is
//! looked for behind the one before: rusqlite would compare its name with all the others in front of it.

use std::cell::Cell;

use rusqlite::Statement;
use rusqlite::types::FromSql;

/// A row of a query.
pub(super) struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    behind: Cell<usize>,
}

impl<'r> Row<'r> {
    pub(super) fn of(row: &'r rusqlite::Row<'r>) -> Self {
        Self { row, behind: Cell::new(0) }
    }

    /// The value of a column.
    pub(super) fn get<C: Column, T: FromSql>(&self, column: C) -> rusqlite::Result<T> {
        let place = column.place(self.row.as_ref(), self.behind.get())?;
        self.behind.set(place + 1);
        self.row.get(place)
    }
}

/// Names a column: by its number or its name.
pub(super) trait Column {
    /// Its number; it is probably `behind` the last one, or soon after.
    fn place(self, statement: &Statement<'_>, behind: usize) -> rusqlite::Result<usize>;
}

impl Column for usize {
    fn place(self, _: &Statement<'_>, _: usize) -> rusqlite::Result<usize> {
        Ok(self)
    }
}

impl Column for &str {
    fn place(self, statement: &Statement<'_>, behind: usize) -> rusqlite::Result<usize> {
        // Nearly always.
        if statement.column_name(behind).is_ok_and(|name| name == self) {
            return Ok(behind);
        }
        let count = statement.column_count();
        let is_it = |place: &usize| statement.column_name(*place).is_ok_and(|name| name == self);
        let found = (behind..count).find(is_it).or_else(|| (0..behind.min(count)).find(is_it));
        found.ok_or_else(|| rusqlite::Error::InvalidColumnName(self.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// Reads these columns of one row, in this order.
    fn check(columns: &[&str], want: &[i64]) {
        let connection = Connection::open_in_memory().expect("a database");
        let mut statement = connection.prepare("SELECT 1 AS a, 2 AS b, 3 AS c").expect("a statement");
        let mut rows = statement.query([]).expect("rows");
        let row = Row::of(rows.next().expect("a row").expect("one"));
        let found: Vec<i64> = columns.iter().map(|column| row.get(*column).expect("a column")).collect();
        assert_eq!(found, want, "{columns:?}");
    }

    #[test]
    fn columns_are_found_in_any_order() {
        check(&["a", "b", "c"], &[1, 2, 3]);
        check(&["c", "b", "a"], &[3, 2, 1]);
        check(&["b", "b", "c", "c"], &[2, 2, 3, 3]);
    }

    #[test]
    fn a_name_that_is_none_is_an_error() {
        let connection = Connection::open_in_memory().expect("a database");
        let mut statement = connection.prepare("SELECT 1 AS a").expect("a statement");
        let mut rows = statement.query([]).expect("rows");
        let row = Row::of(rows.next().expect("a row").expect("one"));
        assert_eq!(row.get::<_, i64>(0).expect("a column"), 1);
        assert_eq!(row.get::<_, i64>("b"), Err(rusqlite::Error::InvalidColumnName("b".to_owned())));
        assert_eq!(row.get::<_, i64>("a").expect("a column"), 1);
    }
}
