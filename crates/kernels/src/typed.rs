//! Kinds as types, so that a loop over values is compiled for each of them.

use graticule_columns::Kind;

/// The bits of a value, or its ordered word: u32 or u64.
pub(crate) trait Word: Copy + Default + Ord + Into<u64> {
    /// The low end of a word.
    fn cut(word: u64) -> Self;

    /// The difference, wrapping.
    fn minus(self, other: Self) -> Self;

    /// Those of some values.
    ///
    /// # Panics
    /// When they are of the other width.
    fn all(bits: Bits<'_>) -> &[Self];
}

impl Word for u32 {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the low end is meant")]
    fn cut(word: u64) -> Self {
        word as Self
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn all(bits: Bits<'_>) -> &[Self] {
        match bits {
            Bits::Narrow(bits) => bits,
            Bits::Wide(_) => panic!("a 64-bit column read as 32 bits"),
        }
    }
}

impl Word for u64 {
    #[inline(always)]
    fn cut(word: u64) -> Self {
        word
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    fn all(bits: Bits<'_>) -> &[Self] {
        match bits {
            Bits::Wide(bits) => bits,
            Bits::Narrow(_) => panic!("a 32-bit column read as 64 bits"),
        }
    }
}

/// The bits of some values, one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bits<'a> {
    /// Of a 32-bit kind.
    Narrow(&'a [u32]),
    /// Of a 64-bit kind.
    Wide(&'a [u64]),
}

/// A kind.
pub(crate) trait Typed {
    const KIND: Kind;
    type Bits: Word;

    /// The ordered word of a value's bits.
    #[inline(always)]
    fn order(bits: Self::Bits) -> Self::Bits {
        Self::Bits::cut(Self::KIND.order(bits.into()))
    }

    /// That word in 64 bits.
    #[inline(always)]
    fn word(bits: Self::Bits) -> u64 {
        Self::KIND.order(bits.into())
    }
}

macro_rules! kinds {
    ($($kind:ident: $bits:ty),*) => {
        $(
            pub(crate) struct $kind;

            impl Typed for $kind {
                const KIND: Kind = Kind::$kind;
                type Bits = $bits;
            }
        )*
    };
}

kinds!(I32: u32, U32: u32, I64: u64, U64: u64, F32: u32, F64: u64);

/// An expression over a kind as the type `K`.
macro_rules! typed {
    ($kind:expr, $K:ident => $body:expr) => {{
        use graticule_columns::Kind;
        use $crate::typed::{F32, F64, I32, I64, U32, U64};
        match $kind {
            Kind::I32 => {
                type $K = I32;
                $body
            }
            Kind::U32 => {
                type $K = U32;
                $body
            }
            Kind::I64 => {
                type $K = I64;
                $body
            }
            Kind::U64 => {
                type $K = U64;
                $body
            }
            Kind::F32 => {
                type $K = F32;
                $body
            }
            Kind::F64 => {
                type $K = F64;
                $body
            }
        }
    }};
}

pub(crate) use typed;
