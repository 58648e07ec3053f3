//! The starter set, and what is wrong with others.

use super::*;

fn said(text: &str) -> String {
    let read = Prices::parse(text, Path::new("p.toml"));
    read.expect_err(text).to_string()
}

fn machine(lines: &str) -> String {
    format!(
        "version = 1\ncurrency = 'USD'\n[[machine]]\nkind = 'a'\nclass = 'cpu'\nsource = 's'\ndate = '2026-01-02'\n{lines}"
    )
}

#[test]
fn those_that_ship_are_read_and_have_a_default_of_each_class() {
    let prices = Prices::standard().expect("the starter set");
    for class in [Class::Cpu, Class::Gpu] {
        let kind = prices.defaults.get(&class).expect("a default");
        assert_eq!(prices.find(kind).expect("it is there").class, class);
    }
    assert!(prices.machine.len() >= 10 && prices.store.len() >= 2);
}

#[test]
fn what_is_wrong_is_said() {
    for (text, parts) in [
        (machine("per_hour = 0"), ["machine 'a'", "per_hour is 0"]),
        (
            machine("per_hour = -1.5"),
            ["machine 'a'", "per_hour is -1.5"],
        ),
        (machine("per_hour = nan"), ["machine 'a'", "above 0"]),
        (machine("per_hour = inf"), ["machine 'a'", "above 0"]),
        (
            machine("per_hour = 1\ncurrency = 'EUR'"),
            ["machine 'a'", "convert it"],
        ),
        (machine("per_hour = 1\nper_our = 1"), ["p.toml", "per_our"]),
        (
            machine("per_hour = 1").replace("USD", "DOGE"),
            ["currency", "'DOGE' is no currency"],
        ),
        (
            machine("per_hour = 1").replace("kind = 'a'\n", ""),
            ["p.toml", "kind"],
        ),
        (
            machine("per_hour = 1").replace("'a'", "' '"),
            ["machine ' '", "kind is empty"],
        ),
        (
            machine("per_hour = 1").replace("'s'", "''"),
            ["machine 'a'", "source is empty"],
        ),
        (
            machine("per_hour = 1").replace("-01-02", "-13-02"),
            ["machine 'a'", "2026-13-02"],
        ),
        (
            machine("per_hour = 1").replace("= 1\ncurr", "= 9\ncurr"),
            ["the file", "version is 9"],
        ),
        (
            machine("per_hour = 1\n[defaults]\ncpu = 'b'"),
            ["defaults", "no machine 'b'; there are a"],
        ),
        (
            machine("per_hour = 1\n[defaults]\ngpu = 'a'"),
            ["defaults", "other class"],
        ),
        (
            machine(
                "per_hour = 1\n[[store]]\nkind = 's3'\nper_gib = 0\nsource = 's'\ndate = '2026-01-02'",
            ),
            ["store 's3'", "per_gib is 0"],
        ),
        (
            machine("per_hour = 1\n[[store]]\nkind = 'a'\nsource = 's'\ndate = '2026-01-02'"),
            ["store 'a'", "twice"],
        ),
    ] {
        let said = said(&text);
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}
