//! L1, PURE. Which part leaves when, on which modem, and what its outcome was.
