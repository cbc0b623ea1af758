//! How many calls each key may make: so many at once, and as many again spread over a minute.

use app::context::Clock;
use domain::ApiKeyId;
use governor::clock::Clock as Clocks;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Baton's one clock, as the limiter reads it.
#[derive(Clone, Debug)]
struct Time(Clock);

impl Clocks for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.now().signed_duration_since(chrono::DateTime::UNIX_EPOCH).to_std().unwrap_or_default()
    }
}

type Limiter = RateLimiter<ApiKeyId, HashMapStateStore<ApiKeyId>, Time, StateInformationMiddleware>;

/// The calls of this process, by key.
#[derive(Clone, Debug)]
pub struct Pace {
    limiter: Arc<Limiter>,
    /// Calls a minute.
    limit: NonZeroU32,
}

/// Where a key stands after a call.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    limit: u32,
    /// Calls that it may still make at once.
    left: u32,
    /// Seconds to wait, where this call was one too many.
    pub wait: Option<u64>,
}

impl Pace {
    /// So many calls a minute for each key.
    pub fn new(limit: NonZeroU32, clock: Clock) -> Self {
        let limiter = Limiter::new(Quota::per_minute(limit), HashMapStateStore::default(), Time(clock));
        Self { limiter: Arc::new(limiter), limit }
    }

    /// Counts a call.
    pub fn count(&self, key: ApiKeyId) -> Standing {
        let limit = self.limit.get();
        match self.limiter.check_key(&key) {
            Ok(state) => Standing { limit, left: state.remaining_burst_capacity(), wait: None },
            Err(until) => {
                let wait = until.wait_time_from(self.limiter.clock().now());
                Standing { limit, left: 0, wait: Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)) }
            }
        }
    }
}

impl Standing {
    /// Tells it in headers (draft-ietf-httpapi-ratelimit-headers): the policy, what is left, and in how many seconds
    /// everything is.
    pub fn tell(self, headers: &mut HeaderMap) {
        let used = u64::from(self.limit - self.left.min(self.limit));
        let full = (used * 60).div_ceil(u64::from(self.limit));
        let lines = [
            ("ratelimit-policy", format!("\"key\";q={};w=60", self.limit)),
            ("ratelimit", format!("\"key\";r={};t={full}", self.left)),
        ];
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}
