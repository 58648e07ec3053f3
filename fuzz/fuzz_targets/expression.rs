//! `--where`: what is parsed prints as text that means the same.
#![no_main]

use graticule::Expression;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(expression) = text.parse::<Expression>() {
        let printed = expression.to_string();
        assert_eq!(printed.parse::<Expression>().ok(), Some(expression), "{printed}");
    }
});
