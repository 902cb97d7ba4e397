//! Two ways to do the same, measured in turns.

use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// Two ways to do the same.
pub(crate) struct Comparison {
    pub(crate) name: String,
    /// The ratio that is not to be exceeded.
    pub(crate) bar: f64,
    /// How often each side takes its turn.
    pub(crate) turns: u32,
    pub(crate) clock: Clock,
    pub(crate) ours: Box<dyn FnMut() -> usize>,
    pub(crate) by_hand: Box<dyn FnMut() -> usize>,
}

/// What is measured.
#[derive(Clone, Copy)]
pub(crate) enum Clock {
    /// The CPU time of the thread that the client runs in. Servers run in others.
    Cpu,
    /// The time that passes, where several threads work.
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

/// Prints the table. What counts is the best turn of each side: nothing makes work faster than it is.
pub(crate) fn print(comparisons: impl Iterator<Item = Comparison>) {
    println!("| what | coze-api | by hand | ratio | bar |\n|---|--:|--:|--:|--:|");
    for mut comparison in comparisons {
        let Comparison {
            name,
            bar,
            turns,
            clock,
            ours,
            by_hand,
        } = &mut comparison;
        assert_eq!(ours(), by_hand(), "both sides of \"{name}\" come to the same");
        let mut best = [Duration::MAX; 2];
        for _ in 0..*turns {
            best[0] = best[0].min(clock.time(ours));
            best[1] = best[1].min(clock.time(by_hand));
        }
        let ratio = best[0].as_secs_f64() / best[1].as_secs_f64();
        let verdict = if ratio <= *bar { "" } else { " (missed)" };
        println!(
            "| {name} | {:.2?} | {:.2?} | {ratio:.3} | {bar}{verdict} |",
            best[0], best[1]
        );
    }
    println!();
}
