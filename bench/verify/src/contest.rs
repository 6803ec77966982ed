//! Contestants that take turns.
//!
//! On a shared machine a figure of this minute says little about one of the next. So contestants
//! run in short blocks, one after the other, round after round, and are compared within a round;
//! the median over the rounds is the result.

use std::hint::black_box;
use std::time::Duration;

use crate::Failure;
use crate::machine::cpu_time;
use crate::table::{Line, Reach};

/// One way of doing what others in the same [`Contest`] do too.
pub struct Contestant {
    name: &'static str,
    /// Does it so many times.
    run: Box<dyn FnMut(u32)>,
}

impl Contestant {
    /// `once` does it, and answers `None` when it failed.
    ///
    /// # Errors
    ///
    /// It fails.
    pub fn new<T>(
        name: &'static str,
        mut once: impl FnMut() -> Option<T> + 'static,
    ) -> Result<Self, Failure> {
        // What refuses is quick. So see that it accepts before believing its time.
        once().ok_or_else(|| format!("{name} does not accept the token"))?;
        let run = move |times| {
            for _ in 0..times {
                black_box(once());
            }
        };
        Ok(Self { name, run: Box::new(run) })
    }

    /// What the table calls it.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Does it so many times.
    pub fn run(&mut self, times: u32) {
        (self.run)(times);
    }

    fn time(&mut self, times: u32) -> Duration {
        let begun = cpu_time();
        self.run(times);
        cpu_time().saturating_sub(begun)
    }

    /// How many times fill a block.
    fn times_in(&mut self, block: Duration) -> u32 {
        let mut times = 1;
        while self.time(times) < block {
            times *= 2;
        }
        times
    }
}

/// Two contestants, and what is expected of them.
pub struct Comparison {
    /// What the line of the table is about.
    pub what: String,
    /// The contestant that is looked at.
    pub measured: &'static str,
    /// The contestant that it is compared with.
    pub against: &'static str,
    /// The ratio that is to be reached.
    pub reach: Reach,
}

/// Contestants that do the same, and who is compared with whom.
pub struct Contest {
    /// Those who take turns.
    pub contestants: Vec<Contestant>,
    /// The lines of the table.
    pub comparisons: Vec<Comparison>,
}

impl Contest {
    const BLOCK: Duration = Duration::from_millis(4);
    const ROUNDS: usize = 101;

    /// Lets them take turns; the lines are those of [`comparisons`](Self::comparisons).
    ///
    /// # Errors
    ///
    /// A comparison names nobody.
    pub fn run(mut self) -> Result<Vec<Line>, Failure> {
        let times: Vec<u32> =
            self.contestants.iter_mut().map(|one| one.times_in(Self::BLOCK)).collect();
        // In nanoseconds, by contestant and round.
        let mut took = vec![Vec::with_capacity(Self::ROUNDS); self.contestants.len()];
        for _ in 0..Self::ROUNDS {
            for ((one, times), took) in self.contestants.iter_mut().zip(&times).zip(&mut took) {
                took.push(one.time(*times).as_secs_f64() * 1e9 / f64::from(*times));
            }
        }
        let of = |name: &str| {
            let position = self.contestants.iter().position(|one| one.name == name);
            position.and_then(|at| took.get(at)).ok_or_else(|| format!("nobody is called {name}"))
        };
        let lines = self.comparisons.iter().map(|comparison| {
            let Comparison { what, measured, against, reach } = comparison;
            Ok(Line::of_times(
                what.clone(),
                (measured, of(measured)?),
                (against, of(against)?),
                *reach,
            ))
        });
        lines.collect()
    }
}
