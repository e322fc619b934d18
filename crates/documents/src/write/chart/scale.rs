//! Value axes: round tick steps and readable numbers.

/// A value axis with round ends and ticks.
#[derive(Clone, PartialEq, Debug)]
pub struct Scale {
    /// Value at the lower end.
    pub min: f64,
    /// Value at the upper end.
    pub max: f64,
    /// Where lines are drawn, ascending.
    pub ticks: Vec<f64>,
    /// Distance of two ticks.
    pub step: f64,
}

impl Scale {
    /// An axis over `low..=high` with about `wanted` ticks at multiples of 1, 2, 2.5 or 5 times a power of ten.
    /// With `from_zero` the axis holds zero (bars would lie otherwise).
    pub fn new(low: f64, high: f64, from_zero: bool, wanted: usize) -> Self {
        let (mut low, mut high) = (low.min(high), high.max(low));
        // A line over values far from zero may leave it out, but not when zero is near anyway.
        if from_zero || (low > 0.0 && low < 0.5 * high) {
            low = low.min(0.0);
        }
        if from_zero || (high < 0.0 && high > 0.5 * low) {
            high = high.max(0.0);
        }
        if high - low <= f64::EPSILON * high.abs().max(low.abs()).max(f64::MIN_POSITIVE) {
            let margin = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
            high += margin;
            if !from_zero {
                low -= margin;
            }
        }
        let step = nice_step((high - low) / wanted.max(1) as f64);
        let first = (low / step).floor();
        let last = (high / step).ceil();
        let count = (last - first).clamp(1.0, 40.0) as usize;
        let ticks: Vec<f64> = (0..=count).map(|i| (first + i as f64) * step).collect();
        Self {
            min: first * step,
            max: (first + count as f64) * step,
            ticks,
            step,
        }
    }

    /// Where a value lies between the ends: 0 at `min`, 1 at `max`.
    pub fn share(&self, value: f64) -> f32 {
        (((value - self.min) / (self.max - self.min)).clamp(0.0, 1.0)) as f32
    }
}

fn nice_step(raw: f64) -> f64 {
    let raw = if raw.is_finite() && raw > 0.0 { raw } else { 1.0 };
    let power = 10f64.powf(raw.log10().floor());
    let mantissa = raw / power;
    let nice = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|step| mantissa <= *step + 1e-9)
        .unwrap_or(10.0);
    nice * power
}

/// Writes numbers of one axis or one set of labels alike: same scale letter, same decimals.
#[derive(Clone, PartialEq, Debug)]
pub struct Numbers {
    divisor: f64,
    suffix: &'static str,
    decimals: usize,
    prefix: String,
    unit: String,
}

impl Numbers {
    /// For axis ticks a `step` apart, the largest of them `largest` from zero.
    pub fn for_ticks(largest: f64, step: f64, unit: &str) -> Self {
        let (divisor, suffix) = magnitude(largest, 10_000.0);
        let mut scaled = step.abs() / divisor;
        let mut decimals = 0;
        while decimals < 6 && (scaled - scaled.round()).abs() > 1e-6 * scaled.max(1.0) {
            scaled *= 10.0;
            decimals += 1;
        }
        Self::with(divisor, suffix, decimals, unit)
    }

    /// For values written at bars: exact up to a million, then with a letter and one decimal.
    pub fn for_values(values: impl Iterator<Item = f64>, unit: &str) -> Self {
        let values: Vec<f64> = values.collect();
        let largest = values.iter().fold(0.0f64, |max, v| max.max(v.abs()));
        let (divisor, suffix) = magnitude(largest, 1_000_000.0);
        let whole = values.iter().all(|v| (v - v.round()).abs() < 1e-9);
        let decimals = match (suffix.is_empty(), whole, largest) {
            (false, _, _) => 1,
            (true, true, _) => 0,
            (true, false, l) if l >= 1000.0 => 0,
            (true, false, l) if l >= 100.0 => 1,
            _ => 2,
        };
        Self::with(divisor, suffix, decimals, unit)
    }

    fn with(divisor: f64, suffix: &'static str, decimals: usize, unit: &str) -> Self {
        let in_front = matches!(unit, "$" | "€" | "£" | "¥" | "₹" | "₩" | "₺" | "₽");
        let glued = matches!(unit, "%" | "°" | "‰" | "");
        Self {
            divisor,
            suffix,
            decimals,
            prefix: if in_front { unit.to_owned() } else { String::new() },
            unit: match (in_front, glued) {
                (true, _) => String::new(),
                (false, true) => unit.to_owned(),
                (false, false) => format!(" {unit}"),
            },
        }
    }

    /// One number.
    pub fn write(&self, value: f64) -> String {
        let scaled = value / self.divisor;
        let rounded = format!("{:.*}", self.decimals, scaled.abs());
        let zero = rounded.chars().all(|c| matches!(c, '0' | '.'));
        let sign = if scaled < 0.0 && !zero { "−" } else { "" };
        let (whole, fraction) = rounded
            .split_once('.')
            .map_or((rounded.as_str(), None), |(w, f)| (w, Some(f)));
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        if let Some(fraction) = fraction {
            grouped.push('.');
            grouped.push_str(fraction);
        }
        let suffix = if zero && !self.suffix.is_empty() {
            ""
        } else {
            self.suffix
        };
        format!("{sign}{}{grouped}{suffix}{}", self.prefix, self.unit)
    }
}

fn magnitude(largest: f64, from: f64) -> (f64, &'static str) {
    match largest.abs() {
        l if l < from => (1.0, ""),
        l if l >= 1e12 => (1e12, "T"),
        l if l >= 1e9 => (1e9, "B"),
        l if l >= 1e6 => (1e6, "M"),
        l if l >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_ticks_and_hold_the_values() {
        let cases = [
            ((0.0, 97.0, true), vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
            ((-30.0, 60.0, true), vec![-40.0, -20.0, 0.0, 20.0, 40.0, 60.0]),
            ((980.0, 1010.0, false), vec![980.0, 990.0, 1000.0, 1010.0]),
            ((5.0, 5.0, true), vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
            ((0.0, 0.0, true), vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        ];
        for ((low, high, zero), expected) in cases {
            let scale = Scale::new(low, high, zero, 5);
            let rounded: Vec<f64> = scale.ticks.iter().map(|t| (t * 1e9).round() / 1e9).collect();
            assert_eq!(rounded, expected, "{low}..{high}");
            assert!(scale.min <= low && scale.max >= high);
        }
    }

    #[test]
    fn numbers_read_well() {
        let ticks = |largest, step, unit: &str, value| Numbers::for_ticks(largest, step, unit).write(value);
        assert_eq!(ticks(8000.0, 2000.0, "", 4000.0), "4,000");
        assert_eq!(ticks(80_000.0, 20_000.0, "€", 40_000.0), "€40k");
        assert_eq!(ticks(3_000_000.0, 500_000.0, "", 1_500_000.0), "1.5M");
        assert_eq!(ticks(3_000_000.0, 500_000.0, "", 0.0), "0.0");
        assert_eq!(ticks(1.0, 0.25, "%", 0.75), "0.75%");
        assert_eq!(ticks(40.0, 20.0, "kg", -20.0), "−20 kg");
        let values = [1234.5, 999.0];
        assert_eq!(Numbers::for_values(values.into_iter(), "").write(1234.5), "1,234");
        assert_eq!(Numbers::for_values([0.005].into_iter(), "").write(-0.001), "0.00");
    }
}
