//! The machine: which it is, which core is used, and how long.

use std::time::Duration;

/// The processor's name, how many cores may be used, and what else ran in the last minute.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, name)| name);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("{cores} cores of {model}, load average before {load}")
}

/// Keeps this thread, and those that it starts, on one core. Whether that was possible: it is on
/// Linux, where there is such a core.
#[cfg(target_os = "linux")]
pub fn pin(core: usize) -> bool {
    let mut cores = rustix::thread::CpuSet::new();
    if core < rustix::thread::CpuSet::MAX_CPU {
        cores.set(core);
    }
    rustix::thread::sched_setaffinity(None, &cores).is_ok()
}

/// Whether this thread could be kept on one core, which here it cannot.
#[cfg(not(target_os = "linux"))]
pub const fn pin(_core: usize) -> bool {
    false
}

/// For how long this thread has had a core. It stands still while other programs have it.
#[cfg(target_os = "linux")]
pub fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.try_into().unwrap_or_default()
}

/// The time that has passed, which is more than this thread had a core.
#[cfg(not(target_os = "linux"))]
pub fn cpu_time() -> Duration {
    static BEGUN: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    BEGUN.elapsed()
}
