//! How much time Lambda leaves an invocation.

use std::time::{Duration, SystemTime};

use lambda_runtime::Context;

/// `cargo lambda` gives a duration for a deadline: what lies before 2001 is none.
const IN_2001_MILLIS: u64 = 1_000_000_000_000;

/// Time until Lambda ends the invocation, nothing if it should have ended; `None` if no deadline is known.
pub(crate) fn time_left(context: &Context) -> Option<Duration> {
    let is_known = context.deadline >= IN_2001_MILLIS;
    is_known.then(|| context.deadline().duration_since(SystemTime::now()).unwrap_or_default())
}

/// A context whose invocation has this much time left.
#[cfg(test)]
pub(crate) fn context_with(left: Duration) -> Context {
    let mut context = Context::default();
    let deadline = SystemTime::now() + left;
    let since = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    context.deadline = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_time_is_a_deadline() {
        // Nothing, and what `cargo lambda` sends: ten minutes in milliseconds.
        for deadline in [0, 600_000, IN_2001_MILLIS - 1] {
            let mut context = Context::default();
            context.deadline = deadline;
            assert_eq!(time_left(&context), None, "{deadline}");
        }
        let left = time_left(&context_with(Duration::from_secs(30))).unwrap();
        assert!((28..=30).contains(&left.as_secs()), "{left:?}");
        let mut past = Context::default();
        past.deadline = 1_600_000_000_000;
        assert_eq!(time_left(&past), Some(Duration::ZERO));
        let mut absurd = Context::default();
        absurd.deadline = u64::MAX;
        assert!(time_left(&absurd).unwrap() > Duration::from_hours(24 * 365));
    }
}
