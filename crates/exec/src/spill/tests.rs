//! Groups that outgrow memory on disk, too.

use super::*;
use graticule_columns::Kind;
use graticule_kernels::{Accumulator, Code, Digit, DigitPart, Slot};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Counts by two digits, of which the first is the key.
fn program() -> Program {
    let digit = |part| Digit {
        code: Code::Offset { slot: 2, low: 0 },
        part,
        extent: 1 << 32,
    };
    Program {
        slots: [Kind::U32, Kind::U32, Kind::U64]
            .map(|kind| Slot { kind })
            .to_vec(),
        layers: Vec::new(),
        filters: Vec::new(),
        live: None,
        digits: vec![digit(DigitPart::High), digit(DigitPart::Low)],
        accumulators: vec![Accumulator::Count],
    }
}

/// A partial of groups that are met once.
fn partial(groups: impl Iterator<Item = [u32; 2]> + Clone) -> Partial {
    let digit = |place: usize| groups.clone().map(|digits| digits[place]).collect();
    let words = vec![1; groups.clone().count()];
    Partial {
        digits: vec![digit(0), digit(1)],
        layout: program().layout(),
        words,
    }
}

fn spill() -> Arc<Spill> {
    let key = KeyDigits {
        digits: 0..1,
        nullable: false,
    };
    Arc::new(Spill::new(&[key], 0))
}

#[test]
fn files_that_do_not_fit_are_parted_again() {
    let spill = spill();
    // 200,000 groups, each twice; a part has some 3,000, of which a table of 64 KiB holds a third.
    for _ in 0..2 {
        for first in (0..200_000).step_by(50_000) {
            let groups = (first..first + 50_000).map(|group: u32| [group, group % 7]);
            spill.take(&[], 0, &partial(groups)).expect("taken");
        }
    }
    let programs = [program()];
    let mut found = BTreeMap::new();
    let mut sections = 0;
    for partials in spill.merged(&programs, 64 << 10) {
        let partial = partials.expect("it fits").partials.remove(0);
        sections += 1;
        for group in 0..partial.groups() {
            let digits = [partial.digits[0][group], partial.digits[1][group]];
            assert_eq!(found.insert(digits, partial.record(group)[0]), None);
        }
    }
    assert!(sections > 2 * PARTS, "{sections}");
    assert_eq!(found.len(), 200_000);
    let is_right = |(digits, count): (&[u32; 2], &u64)| digits[1] == digits[0] % 7 && *count == 2;
    assert!(found.iter().all(is_right));
}

#[test]
fn what_is_in_memory_comes_together_again() {
    let key = KeyDigits {
        digits: 0..1,
        nullable: false,
    };
    let programs = [program()];
    // Groups of 3.2 MB come three times, and parts merge what they hold before it is too much.
    let spill = Spill::new(std::slice::from_ref(&key), 7_000_000);
    for _ in 0..3 {
        for first in (0..200_000).step_by(50_000) {
            let groups = (first..first + 50_000).map(|group: u32| [group, group % 7]);
            spill.take(&programs, 0, &partial(groups)).expect("taken");
        }
    }
    assert_eq!(spill.bytes(), 0);
    let groups = |partials: &[Partial]| -> BTreeMap<[u32; 2], u64> {
        let groups = partials.iter().flat_map(|partial| {
            (0..partial.groups()).map(|group| {
                let digits = [partial.digits[0][group], partial.digits[1][group]];
                (digits, partial.record(group)[0])
            })
        });
        groups.collect()
    };
    let gathered = spill
        .gathered(&programs, 1 << 30, &|| Ok(()))
        .expect("it fits");
    assert_eq!((gathered.len(), gathered[0].groups()), (1, 200_000));
    let found = groups(&gathered);
    let is_right = |(digits, count): (&[u32; 2], &u64)| digits[1] == digits[0] % 7 && *count == 3;
    assert!(found.len() == 200_000 && found.iter().all(is_right));
    // Part by part it is the same, also where a table of all would not fit.
    let parts = spill.each(&programs, 1 << 20, &|| Ok(()), |mut partials| {
        Ok(partials.remove(0))
    });
    assert_eq!(groups(&parts.expect("it fits")), found);
    let small = spill.gathered(&programs, 64 << 10, &|| Ok(()));
    assert!(
        matches!(small, Err(Error::Kernel(KernelError::Memory { .. }))),
        "{small:?}"
    );
}

#[test]
fn a_part_is_as_fast_as_any_groups() {
    // Of one digit, which is all of the key that a table hashes.
    let mut program = program();
    program.digits.pop();
    let groups = 0..400_000;
    let words = vec![1; groups.len()];
    let partial = Partial {
        digits: vec![groups.collect()],
        layout: program.layout(),
        words,
    };
    // Reading costs something; what collides costs a hundred times as much. Of several turns the best, for others work here.
    let best = |work: &dyn Fn()| {
        let turn = |_| {
            let begin = std::time::Instant::now();
            work();
            begin.elapsed().as_secs_f64()
        };
        (0..3).map(turn).fold(f64::INFINITY, f64::min)
    };
    let plain = best(&|| {
        let mut table = Table::new(&program, 1 << 30).expect("a table");
        table.absorb(&partial).expect("it fits");
    });
    let parts = best(&|| {
        let spill = spill();
        spill.take(&[], 0, &partial).expect("taken");
        for merged in spill.merged(std::slice::from_ref(&program), 1 << 30) {
            merged.expect("it fits");
        }
    });
    assert!(parts < 20.0 * plain, "{parts} s against {plain} s");
}

#[test]
fn what_no_key_tells_apart_is_an_error() {
    let spill = spill();
    let groups = (0..50_000).map(|value: u32| [7, value]);
    spill.take(&[], 0, &partial(groups)).expect("taken");
    let programs = [program()];
    let mut merged = spill.merged(&programs, 64 << 10);
    let error = merged.next().expect("a part").expect_err("it does not fit");
    assert!(
        matches!(error, Error::Kernel(KernelError::Memory { .. })),
        "{error}"
    );
    assert!(merged.next().is_none());
}

#[test]
fn pairs_of_one_group_are_parted_by_their_values() {
    let spill = spill();
    // One group, in which 50,000 values were met twice each.
    for _ in 0..2 {
        spill
            .take(&[], 0, &groups([[7, 0]].into_iter()))
            .expect("taken");
        for first in (0..50_000).step_by(10_000) {
            let pairs = (first..first + 10_000).map(|value: u32| [7, value]);
            spill.take(&[], 1, &partial(pairs)).expect("taken");
        }
    }
    let mut main = program();
    main.digits.pop();
    let programs = [main, program()];
    let mut counts = vec![0; 50_000];
    let (mut main, mut wholes) = (0, 0);
    let mut last = false;
    for merged in spill.merged(&programs, 128 << 10) {
        let Merged { partials, is_whole } = merged.expect("it fits");
        assert!(!last, "something follows the end");
        (main, last) = (main + partials[0].groups(), is_whole);
        wholes += u32::from(is_whole);
        for pair in 0..partials[1].groups() {
            let at = partials[1].digits[1][pair] as usize;
            assert_eq!(counts[at], 0, "value {at} is in two pieces");
            counts[at] = partials[1].record(pair)[0];
        }
    }
    assert_eq!((main, wholes), (1, 1));
    assert!(counts.iter().all(|&count| count == 2));
}

/// As [`partial`], of a program that has the key alone.
fn groups(keys: impl Iterator<Item = [u32; 2]> + Clone) -> Partial {
    let mut partial = partial(keys);
    partial.digits.pop();
    partial
}
