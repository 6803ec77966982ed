//! Rate limits, by Better Auth's counting.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use parking_lot::Mutex;

use crate::time::Time;

/// How many requests a client may make before it has to pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// A pause of this length starts the count anew.
    pub window: Duration,
    /// Allowed without such a pause.
    pub max: u32,
}

/// Counts requests in memory.
///
/// The window begins anew with each allowed request; refused ones do not count, so that a client
/// which keeps knocking is let in again after one window.
#[derive(Debug, Default)]
pub struct RateLimiter {
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    count: u32,
    last: Time,
    window: Duration,
}

impl Bucket {
    fn is_over(&self, now: Time) -> bool {
        now >= self.last + self.window
    }
}

/// The client has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again in {retry_after_seconds} s")]
pub struct RateLimited {
    /// Whole seconds, rounded up.
    pub retry_after_seconds: u64,
}

impl RateLimiter {
    /// More buckets than this are never kept: about 10 MB.
    const MAX_BUCKETS: usize = 65_536;

    /// Counts a request under `key`, or refuses it.
    pub fn admit(&self, key: &str, limit: Limit, now: Time) -> Result<(), RateLimited> {
        let mut buckets = self.buckets.lock();
        match buckets.get_mut(key) {
            Some(bucket) if bucket.is_over(now) => {
                *bucket = Bucket { count: 1, last: now, window: limit.window };
            }
            Some(bucket) if bucket.count >= limit.max => {
                let wait = (bucket.last + limit.window).as_millis() - now.as_millis();
                let retry_after_seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1000);
                return Err(RateLimited { retry_after_seconds });
            }
            Some(bucket) => {
                bucket.count += 1;
                bucket.last = now;
            }
            None => {
                if buckets.len() >= Self::MAX_BUCKETS {
                    make_room(&mut buckets, now);
                }
                let bucket = Bucket { count: 1, last: now, window: limit.window };
                buckets.insert(key.to_owned(), bucket);
            }
        }
        Ok(())
    }
}

/// Drops the buckets whose window is over; should that not be half of them, the least recent too.
fn make_room(buckets: &mut HashMap<String, Bucket>, now: Time) {
    buckets.retain(|_, bucket| !bucket.is_over(now));
    if buckets.len() > RateLimiter::MAX_BUCKETS / 2 {
        let mut times: Vec<Time> = buckets.values().map(|bucket| bucket.last).collect();
        let (_, &mut median, _) = times.select_nth_unstable(buckets.len() / 2);
        buckets.retain(|_, bucket| bucket.last > median);
    }
}

/// The address under which a client is counted: an IPv4-mapped address is its IPv4 address, and an
/// IPv6 client its /64, because a whole /64 usually is one client's.
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { window: Duration::from_secs(10), max: 3 };

    fn at(millis: i64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn counts_to_the_limit_and_says_how_long_to_wait() {
        let limiter = RateLimiter::default();
        for millis in [0, 1_000, 2_000] {
            assert_eq!(limiter.admit("a", LIMIT, at(millis)), Ok(()));
        }
        assert_eq!(
            limiter.admit("a", LIMIT, at(2_001)),
            Err(RateLimited { retry_after_seconds: 10 })
        );
        assert_eq!(
            limiter.admit("a", LIMIT, at(11_999)),
            Err(RateLimited { retry_after_seconds: 1 })
        );
        assert_eq!(limiter.admit("b", LIMIT, at(2_001)), Ok(()));
    }

    #[test]
    fn refused_requests_do_not_count_and_a_pause_starts_anew() {
        let limiter = RateLimiter::default();
        for _ in 0..3 {
            assert_eq!(limiter.admit("a", LIMIT, at(0)), Ok(()));
        }
        assert!(limiter.admit("a", LIMIT, at(9_999)).is_err());
        for _ in 0..3 {
            assert_eq!(limiter.admit("a", LIMIT, at(10_000)), Ok(()));
        }
        assert!(limiter.admit("a", LIMIT, at(10_000)).is_err());
    }

    #[test]
    fn the_window_begins_anew_with_each_allowed_request() {
        let limiter = RateLimiter::default();
        for millis in [0, 9_000, 18_000] {
            assert_eq!(limiter.admit("a", LIMIT, at(millis)), Ok(()));
        }
        assert!(limiter.admit("a", LIMIT, at(27_000)).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = RateLimiter::default();
        for number in 0..i64::try_from(RateLimiter::MAX_BUCKETS).unwrap() + 10 {
            assert_eq!(limiter.admit(&number.to_string(), LIMIT, at(number / 100)), Ok(()));
        }
        assert!(limiter.buckets.lock().len() <= RateLimiter::MAX_BUCKETS);
    }

    #[test]
    fn cve_2026_45364_one_network_is_one_client() {
        let network = |text: &str| client_network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }
}
