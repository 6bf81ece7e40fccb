//! L4. The one loop that fires due timers and wakes the dispatcher.
