//! Negation pushed down to the leaves.

use super::{Expression, Literal, Operator};

impl Expression {
    /// The same test without `Not` and `Is`, and without an `And` in an `And` or an `Or` in an `Or`.
    ///
    /// Every `negate` sits on a leaf, and a leaf that is unknown need only count as false: under
    /// `And` and `Or` alone, unknown and false let the same rows pass. So for a null operand every
    /// leaf is false, `negate` or not, but for `is null`.
    #[must_use]
    pub fn normalised(&self) -> Self {
        self.normal(false)
    }

    fn normal(&self, negate: bool) -> Self {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                let is_and = matches!(self, Self::And(_)) != negate;
                let mut flat = Vec::with_capacity(parts.len());
                for part in parts {
                    match part.normal(negate) {
                        Self::And(inner) if is_and => flat.extend(inner),
                        Self::Or(inner) if !is_and => flat.extend(inner),
                        part => flat.push(part),
                    }
                }
                match flat.len() {
                    1 => flat.remove(0),
                    _ if is_and => Self::And(flat),
                    _ => Self::Or(flat),
                }
            }
            Self::Not(inner) => inner.normal(!negate),
            Self::Is { operand, value } => {
                let is = |value| Self::Compare {
                    left: operand.clone(),
                    operator: Operator::Equal,
                    literal: Literal::Boolean(value),
                    negate: false,
                };
                let is_null = Self::IsNull {
                    operand: operand.clone(),
                    negate: false,
                };
                if negate {
                    Self::Or(vec![is(!value), is_null])
                } else {
                    is(*value)
                }
            }
            leaf => {
                let mut leaf = leaf.clone();
                match &mut leaf {
                    Self::Compare { negate: flag, .. }
                    | Self::CompareColumns { negate: flag, .. }
                    | Self::InFile { negate: flag, .. }
                    | Self::Between { negate: flag, .. }
                    | Self::In { negate: flag, .. }
                    | Self::Like { negate: flag, .. }
                    | Self::IsNull { negate: flag, .. } => *flag ^= negate,
                    Self::And(_) | Self::Or(_) | Self::Not(_) | Self::Is { .. } => {}
                }
                leaf
            }
        }
    }
}
