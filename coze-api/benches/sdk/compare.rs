//! Comparisons of two implementations that take turns.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Two implementations of the same task.
pub(crate) struct Comparison {
    pub(crate) name: String,
    /// The maximum ratio.
    pub(crate) bar: f64,
    /// The number of turns of each side.
    pub(crate) turns: u32,
    pub(crate) clock: Clock,
    pub(crate) ours: Box<dyn FnMut() -> usize>,
    pub(crate) by_hand: Box<dyn FnMut() -> usize>,
}

/// The measured time.
#[derive(Clone, Copy)]
pub(crate) enum Clock {
    /// The CPU time of the client's thread. Servers run in other threads.
    Cpu,
    /// The wall-clock time, for clients that use several threads.
    Wall,
}

impl Clock {
    fn time(self, work: &mut dyn FnMut() -> usize) -> Duration {
        let (wall, cpu) = (Instant::now(), ThreadTime::now());
        black_box(work());
        match self {
            Self::Cpu => cpu.elapsed(),
            Self::Wall => wall.elapsed(),
        }
    }
}

/// Prints the table: the medians of both sides, the median of the ratios of all turns, and their
/// quartiles.
///
/// Temporary load on the machine affects both sides of a turn.
pub(crate) fn print(comparisons: impl Iterator<Item = Comparison>) {
    for mut comparison in comparisons {
        let [ours, by_hand, ratio] = comparison.run();
        let [low, ratio, high] = ratio;
        let Comparison { name, bar, .. } = &comparison;
        let verdict = if ratio <= *bar { "" } else { " (missed)" };
        let [ours, by_hand] = [ours, by_hand].map(|[_, median, _]| Duration::from_secs_f64(median));
        println!(
            "| {name} | {ours:.2?} | {by_hand:.2?} | {ratio:.3} | {low:.3}–{high:.3} | {bar}{verdict} |"
        );
    }
}

impl Comparison {
    /// Returns the quartiles of both times and of their ratio.
    fn run(&mut self) -> [[f64; 3]; 3] {
        let Self { name, turns, clock, ours, by_hand, .. } = self;
        assert_eq!(ours(), by_hand(), "both sides of \"{name}\" have the same result");
        let turns: Vec<[f64; 3]> = (0..*turns)
            .map(|turn| {
                // The sides take turns in going first.
                let (ours, by_hand) = if turn % 2 == 0 {
                    let ours = clock.time(ours);
                    (ours, clock.time(by_hand))
                } else {
                    let by_hand = clock.time(by_hand);
                    (clock.time(ours), by_hand)
                };
                let (ours, by_hand) = (ours.as_secs_f64(), by_hand.as_secs_f64());
                [ours, by_hand, ours / by_hand]
            })
            .collect();
        [0, 1, 2].map(|column| quartiles(turns.iter().map(|turn| turn[column]).collect()))
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[values.len() * quarter / 4])
}
