//! L2. The only place with SQL: one writer thread, read-only readers, migrations, one file per table.
