//! L4. The HTTP API: all routes in one table, one file per resource.
