//! `--where` as text: what it means, where it is wrong, and that it travels.

use graticule_plan::{Expression, Literal, Operand, Operator, PlanError};

fn read(text: &str) -> Expression {
    text.parse().unwrap_or_else(|e| panic!("{e}"))
}

fn compare(name: &str, operator: Operator, literal: Literal) -> Expression {
    Expression::Compare {
        left: Operand::Column(name.to_owned()),
        operator,
        literal,
        negate: false,
    }
}

#[test]
fn comparisons_read() {
    let all = read(
        "a<=-3 AND \"b c\" != 2.5e1 and d between 1 and 2 and e = 'it''s' and .5 > f.g and moving",
    );
    let between = Expression::Between {
        operand: Operand::Column("d".to_owned()),
        low: Literal::Integer(1),
        high: Literal::Integer(2),
        negate: false,
    };
    let parts = vec![
        compare("a", Operator::LessOrEqual, Literal::Integer(-3)),
        compare("b c", Operator::NotEqual, Literal::Float(25.0)),
        between,
        compare("e", Operator::Equal, Literal::Text("it's".to_owned())),
        compare("f.g", Operator::Less, Literal::Float(0.5)),
        compare("moving", Operator::Equal, Literal::Boolean(true)),
    ];
    assert_eq!(all, Expression::And(parts));
}

#[test]
fn the_same_written_otherwise() {
    for (text, plain) in [
        ("a == 1 or b <> 2 and not c", "a = 1 or b != 2 and not c"),
        ("(((a = 1)))", "a = 1"),
        ("(a or b) and c", "(a or b) and c"),
        ("a and (b and c)", "a and (b and c)"),
        ("not (a = 1)", "not (a = 1)"),
        ("not not a = 1", "not (not a = 1)"),
        ("NOT a Between 1 AND 2", "not a between 1 and 2"),
        ("a not between 'x' and 'y'", "a not between 'x' and 'y'"),
        (
            "a NOT IN(1,2.0 , 'x',false)",
            "a not in (1, 2.0, 'x', false)",
        ),
        ("a is not null or a IS NULL", "a is not null or a is null"),
        ("a is not true", "not a is true"),
        ("a is false", "a is false"),
        ("3 <= speed", "speed >= 3"),
        ("true = a", "a"),
        ("7 > hour_of_day()", "hour_of_day() < 7"),
        ("Day_Of_Week ( ) in (6, 7)", "day_of_week() in (6, 7)"),
        ("hour_of_day = 3", "hour_of_day = 3"),
        ("\"Not\" = 1 and \"a\" = 2", "\"Not\" = 1 and a = 2"),
        ("\"a\"\"b\" = 1", "\"a\"\"b\" = 1"),
        ("like = 1", "like = 1"),
        ("größe > 1e3", "größe > 1000.0"),
        ("a=9223372036854775808.0", "a = 9223372036854775808e0"),
        ("a=-9223372036854775808", "a = -9223372036854775808"),
        ("a=9223372036854775809", "a = 9223372036854775809"),
        ("d = DATE '2026-03-02'", "d = '2026-03-02'"),
        ("timestamp '2026-03-02' > d", "d < '2026-03-02'"),
        ("date = 3", "date = 3"),
        ("a = 1234567890123456.78", "a = 123456789012345678e-2"),
        ("a = 0.10", "a = 0.1"),
        ("a<-3", "a < -3"),
        ("a LIKE 'x%'", "a like 'x%'"),
        (
            "a not Ilike '_''s' ESCAPE '!'",
            "a not ilike '_''s' escape '!'",
        ),
        ("not a like ''", "not a like ''"),
        ("a && b || !c", "a and b or not c"),
        ("!(a > 3) && b!=2", "not (a > 3) and b != 2"),
    ] {
        assert_eq!(read(text).to_string(), plain);
        assert_eq!(read(plain), read(text), "{plain}");
    }
}

#[test]
fn errors_point_at_the_place() {
    for (text, at, hint) in [
        ("", 1, "expected a column"),
        ("a >", 4, "expected a finite number"),
        ("a ~ 3", 3, "'~'"),
        ("a > 3 b", 7, "expected 'and', 'or' or the end, not 'b'"),
        ("a > 3 3", 7, "not 3"),
        ("3 > 4", 5, "not with each other"),
        ("3", 2, "a column after a literal"),
        ("a between b and 3", 11, "'b' would be a column"),
        ("a in (\"x\")", 7, "'single quotes'"),
        ("a in file b", 11, "a file in 'single quotes'"),
        ("a = null", 5, "is null"),
        ("a = 'x", 5, "never closed"),
        ("größe = 'x", 9, "never closed"),
        ("a = = 3", 5, "not '='"),
        ("a =< 3", 3, "'=<' is not one of"),
        ("a > 1e999", 5, "beyond the largest float"),
        ("a > 3x", 5, "'3x' is no number"),
        ("a between 1", 12, "'and' between"),
        ("a between 1 or 2", 13, "'and' between"),
        ("(a > 3", 7, "')'"),
        ("a > 3)", 6, "closes nothing"),
        ("()", 2, "expected a column"),
        ("a in ()", 7, "expected a finite number"),
        ("a in (1 2)", 9, "',' or ')'"),
        ("a in 1", 6, "'(' or 'file' after 'in'"),
        ("a like 3", 8, "a pattern in 'single quotes'"),
        ("a like 'x!' escape '!'", 8, "ends with its escape"),
        ("a like 'x' escape ''", 19, "one character"),
        ("a not = 3", 7, "'between', 'in', 'like' or 'ilike'"),
        ("a & b", 3, "write 'and'"),
        ("a ||| b", 3, "write 'or'"),
        ("hour(time) = 3", 1, "did you mean 'hour_of_day'?"),
        ("a is 3", 6, "'null', 'true' or 'false'"),
        ("a and and b", 7, "double quotes"),
        ("hour_of_day()", 14, "one of = !="),
        ("hour_of_day(a) = 3", 13, "takes nothing"),
        ("sqrt(a) = 3", 1, "no function"),
        ("a ~ 3 and 'x", 3, "'~'"),
    ] {
        match text.parse::<Expression>() {
            Err(PlanError::Expression { column, reason, .. }) => {
                assert_eq!(column, at, "{text}: {reason}");
                assert!(reason.contains(hint), "{text}: {reason}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn nesting_has_an_end() {
    for (open, close) in [("(", ")"), ("not ", ""), ("not (", ")")] {
        let nested = |n| format!("{}a > 3{}", open.repeat(n), close.repeat(n)).parse();
        let deepest: Expression = nested(100).expect("not too deep");
        assert_eq!(read(&deepest.to_string()), deepest);
        let _ = deepest.normalised();
        let wrong: Result<Expression, _> = nested(100_000);
        assert!(matches!(wrong, Err(PlanError::Expression { .. })));
    }
    let flat = read(&vec!["a > 3"; 100_000].join(" or "));
    assert!(matches!(flat.normalised(), Expression::Or(all) if all.len() == 100_000));
}

#[test]
fn json_is_the_text() {
    let expression = read("a = 'x' or not b < 3");
    let text = serde_json::to_string(&expression).expect("JSON");
    assert_eq!(text, r#""a = 'x' or not b < 3""#);
    assert_eq!(
        serde_json::from_str::<Expression>(&text).expect("read"),
        expression
    );
    let wrong = serde_json::from_str::<Expression>("\"a >\"").expect_err("no expression");
    assert!(wrong.to_string().contains("at column 4"), "{wrong}");
}

#[test]
fn normal_forms() {
    for (text, normal) in [
        (
            "not (a like 'x' or b not ilike 'y')",
            "a not like 'x' and b ilike 'y'",
        ),
        ("not (a > 1 and b)", "not a > 1 or not b"),
        ("not (a > 1 or not b)", "not a > 1 and b"),
        ("not not a in (1)", "a in (1)"),
        ("not a is null", "a is not null"),
        ("a is true", "a"),
        ("a is not true", "a = false or a is null"),
        (
            "not (not a is false) and (b and c)",
            "a = false and b and c",
        ),
        ("not (a between 1 and 2)", "a not between 1 and 2"),
    ] {
        assert_eq!(read(text).normalised().to_string(), normal, "{text}");
    }
}
