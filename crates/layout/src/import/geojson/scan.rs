//! As much of JSON as brackets and quotes.

#[derive(Default)]
pub(super) struct Scan {
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    /// How much of `"features"` the last text at the first level is; it and a colon make a list's key.
    key: Vec<u8>,
}

/// What a byte does.
pub(super) enum Step {
    Within,
    End,
    /// The list of a FeatureCollection has begun.
    Features,
}

impl Scan {
    /// A scan that begins so deep within brackets.
    pub(super) fn within(depth: usize) -> Self {
        Self {
            depth,
            ..Self::default()
        }
    }

    pub(super) fn step(&mut self, byte: u8) -> Step {
        if self.in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            if self.in_text && self.depth == 1 && self.key.len() < 16 {
                self.key.push(byte);
            }
            return Step::Within;
        }
        match byte {
            b'"' => {
                self.in_text = true;
                self.key.clear();
            }
            b'{' | b'[' => {
                let is_features = self.depth == 1 && byte == b'[' && self.key == b"features";
                self.depth += 1;
                if is_features {
                    return Step::Features;
                }
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Step::End;
                }
            }
            _ => {}
        }
        Step::Within
    }
}
