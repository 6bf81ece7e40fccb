//! L4. Ports, supervisors of modems, hot-plug.
