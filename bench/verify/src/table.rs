//! The table, and the arithmetic of its lines.

use std::fmt;

/// The ratio that is to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reach {
    /// It takes at most so many times as long as the other.
    TimesAtMost(f64),
    /// It is at least so many times faster than the other.
    FasterAtLeast(f64),
    /// It answers at least this part of the other's requests per second.
    RateAtLeast(f64),
    /// Nothing is asked; the line is there to be known.
    Any,
}

impl Reach {
    /// Of what was measured to what it is measured against, in the direction that the bound has.
    fn ratio(self, measured: f64, against: f64) -> f64 {
        match self {
            Self::FasterAtLeast(_) => against / measured,
            _ => measured / against,
        }
    }

    fn is_met(self, ratio: f64) -> Option<bool> {
        match self {
            Self::TimesAtMost(bound) => Some(ratio <= bound),
            Self::FasterAtLeast(bound) | Self::RateAtLeast(bound) => Some(ratio >= bound),
            Self::Any => None,
        }
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimesAtMost(bound) => write!(f, "at most {bound}"),
            Self::FasterAtLeast(bound) => write!(f, "at least {bound} times faster"),
            Self::RateAtLeast(bound) => write!(f, "at least {bound} of the rate"),
            Self::Any => Ok(()),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    what: String,
    measured: String,
    against: String,
    /// Of each round, sorted.
    ratios: Vec<f64>,
    reach: Reach,
}

impl Line {
    /// Compares nanoseconds, round by round; each side has its name.
    pub fn of_times(
        what: String,
        measured: (&str, &[f64]),
        against: (&str, &[f64]),
        reach: Reach,
    ) -> Self {
        let side = |(name, took): (&str, &[f64])| format!("{name} {}", duration(median(took)));
        Self::new(what, (side(measured), measured.1), (side(against), against.1), reach)
    }

    /// Compares requests per second, round by round; each side has its name.
    pub fn of_rates(
        what: String,
        measured: (&str, &[f64]),
        against: (&str, &[f64]),
        reach: Reach,
    ) -> Self {
        let side = |(name, rates): (&str, &[f64])| format!("{name} {:.0}/s", median(rates));
        Self::new(what, (side(measured), measured.1), (side(against), against.1), reach)
    }

    fn new(
        what: String,
        (measured, of_measured): (String, &[f64]),
        (against, of_against): (String, &[f64]),
        reach: Reach,
    ) -> Self {
        let pairs = of_measured.iter().zip(of_against);
        let ratios = sorted(pairs.map(|(measured, against)| reach.ratio(*measured, *against)));
        Self { what, measured, against, ratios, reach }
    }

    /// The first line of a table in Markdown, and the rule under it.
    pub const HEAD: &str = "\
| what | measured | against | ratio (middle half of the rounds) | reach | met |
| --- | --- | --- | --- | --- | --- |";
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, against, ratios, reach } = self;
        let ratio = quantile(ratios, 50);
        let (low, high) = (quantile(ratios, 25), quantile(ratios, 75));
        let met = match reach.is_met(ratio) {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        write!(
            f,
            "| {what} | {measured} | {against} | {ratio:.3} ({low:.3} to {high:.3}) | {reach} | {met} |"
        )
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The middle one.
pub fn median(values: &[f64]) -> f64 {
    quantile(&sorted(values.iter().copied()), 50)
}

/// The one that so many per cent of the sorted values do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or(f64::NAN)
}

fn duration(nanoseconds: f64) -> String {
    if nanoseconds < 10_000.0 {
        format!("{nanoseconds:.0} ns")
    } else {
        format!("{:.1} us", nanoseconds / 1_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_median_of_the_ratios_of_each_round() {
        // The second round was disturbed, and both sides with it.
        let line = Line::of_times(
            "a".into(),
            ("slow", &[200.0, 2_400.0, 220.0]),
            ("quick", &[100.0, 1_000.0, 100.0]),
            Reach::TimesAtMost(2.1),
        );
        let text =
            "| a | slow 220 ns | quick 100 ns | 2.200 (2.000 to 2.200) | at most 2.1 | **no** |";
        assert_eq!(line.to_string(), text);
    }

    #[test]
    fn faster_and_rate_turn_the_ratio_their_way() {
        let faster =
            Line::of_times("a".into(), ("x", &[1.0]), ("y", &[3.0]), Reach::FasterAtLeast(2.8));
        assert!(
            faster
                .to_string()
                .ends_with("| 3.000 (3.000 to 3.000) | at least 2.8 times faster | yes |")
        );
        let rate =
            Line::of_rates("a".into(), ("x", &[94.0]), ("y", &[100.0]), Reach::RateAtLeast(0.95));
        assert!(
            rate.to_string()
                .ends_with("| 0.940 (0.940 to 0.940) | at least 0.95 of the rate | **no** |")
        );
    }
}
