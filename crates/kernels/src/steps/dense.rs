use multiversion::multiversion;

/// Places that digits spell: the sum of each times its step.
pub(crate) fn dense(digits: &[Vec<u32>], steps: &[u32], places: &mut [u32]) {
    places.fill(0);
    for (digits, step) in digits.iter().zip(steps) {
        add(digits, *step, places);
    }
}

#[multiversion(targets = "simd")]
fn add(digits: &[u32], step: u32, places: &mut [u32]) {
    for (place, digit) in places.iter_mut().zip(digits) {
        *place += digit * step;
    }
}
