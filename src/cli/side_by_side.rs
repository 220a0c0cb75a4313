//! Several logs at once, on the processor's cores.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// So many at once at the most: each needs memory of its own.
const AT_ONCE: usize = 8;

/// What `work` makes of each of the items, in their order. Items for which `here` holds are done in order on the thread that calls.
pub fn map<T: Sync, R: Send>(items: &[T], here: impl Fn(&T) -> bool + Sync, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let done: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let one = |(item, slot): (&T, &Mutex<Option<R>>)| {
        let result = work(item);
        if let Ok(mut slot) = slot.lock() {
            *slot = Some(result);
        }
    };
    let all = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            match items.get(at).zip(done.get(at)) {
                None => return,
                Some((item, _)) if here(item) => {}
                Some(both) => one(both),
            }
        }
    };
    // How many cores there are is read from a dozen files: not for a single log.
    let cores = if items.len() < 2 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
    thread::scope(|scope| {
        for _ in 1..cores.min(AT_ONCE).min(items.len()) {
            // Where the system allows no further thread, this one does it all.
            let _ = thread::Builder::new().spawn_scoped(scope, all);
        }
        items.iter().zip(&done).filter(|(item, _)| here(item)).for_each(one);
        all();
    });
    done.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order() {
        let items: Vec<u64> = (0..200).collect();
        let caller = thread::current().id();
        let squares = map(
            &items,
            |item| item % 7 == 0,
            |item| {
                assert!(item % 7 != 0 || thread::current().id() == caller);
                // The first ones take longest.
                thread::sleep(std::time::Duration::from_micros(200 - item));
                item * item
            },
        );
        assert_eq!(squares, items.iter().map(|item| item * item).collect::<Vec<_>>());
        assert!(map(&[0u8; 0], |_| false, |item| *item).is_empty());
    }
}
