//! A key's number of calls, in headers.

use domain::api_key::pace::Standing;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Tells where a key stands (draft-ietf-httpapi-ratelimit-headers): the policy, what is left, and in how many seconds
/// everything is.
pub fn tell(standing: Standing, headers: &mut HeaderMap) {
    let Standing { limit, left, .. } = standing;
    let used = u64::from(limit - left.min(limit));
    let full = (used * 60).div_ceil(u64::from(limit));
    let lines =
        [("ratelimit-policy", format!("\"key\";q={limit};w=60")), ("ratelimit", format!("\"key\";r={left};t={full}"))];
    for (name, value) in lines {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
