//! The machine: which, and which core of it.

/// The processor's name and how many cores may be used.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, name)| name);
    format!("{cores} cores of {model}")
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
