//! Types as people write them and as the server spells them.

/// Other names of types, and the server's own.
const ALIASES: [(&str, &str); 25] = [
    ("int", "integer"),
    ("int4", "integer"),
    ("int2", "smallint"),
    ("int8", "bigint"),
    ("serial", "integer"),
    ("serial4", "integer"),
    ("smallserial", "smallint"),
    ("serial2", "smallint"),
    ("bigserial", "bigint"),
    ("serial8", "bigint"),
    ("float", "double precision"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("bool", "boolean"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("varchar", "character varying"),
    ("char varying", "character varying"),
    ("char", "character"),
    ("bpchar", "character"),
    ("varbit", "bit varying"),
    ("timestamptz", "timestamp with time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timetz", "time with time zone"),
    ("time", "time without time zone"),
];

/// The server's spelling of a type, without quotes and capitals: two that are the same are equal then.
pub(super) fn canonical(text: &str) -> String {
    let text = text.replace('"', "").to_lowercase();
    let (text, dimensions) = dimensions(text.trim());
    // What stands in brackets belongs to the first word of such names, behind all of them in others.
    let (before, modifier, after) = match (text.find('('), text.rfind(')')) {
        (Some(open), Some(close)) if open < close => {
            (&text[..open], text[open..=close].replace(' ', ""), &text[close + 1..])
        }
        _ => (text, String::new(), ""),
    };
    let name = format!("{} {}", before.trim(), after.trim());
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let known = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, known)| (*known).to_owned());
    let name = known.unwrap_or(name);
    let modifier = if modifier == "(1)" && name == "character" { String::new() } else { modifier };
    let name = match name.split_once(' ') {
        Some((first, zone)) if zone.ends_with("time zone") => format!("{first}{modifier} {zone}"),
        _ => format!("{name}{modifier}"),
    };
    // Of a precision without a scale the server makes one.
    let name = match name.strip_prefix("numeric(").and_then(|rest| rest.strip_suffix(')')) {
        Some(precision) if !precision.contains(',') => format!("numeric({precision},0)"),
        _ => name,
    };
    name + &"[]".repeat(dimensions)
}

/// The type of the elements, and how many dimensions an array of them has: the server knows arrays of one only.
fn dimensions(text: &str) -> (&str, usize) {
    let mut text = text;
    let mut found = 0;
    while let Some(rest) = text.strip_suffix(']') {
        let Some(open) = rest.rfind('[') else { break };
        text = rest[..open].trim_end();
        found = 1;
    }
    (text, found)
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn every_spelling_of_a_type_is_one() {
        for (written, server) in [
            ("float8", "double precision"),
            ("DOUBLE PRECISION", "double precision"),
            ("double   precision", "double precision"),
            ("int4", "integer"),
            ("serial", "integer"),
            ("varchar(20)", "character varying(20)"),
            ("VARCHAR ( 20 )", "character varying(20)"),
            ("character varying(20)", "character varying(20)"),
            ("decimal(65, 30)", "numeric(65,30)"),
            ("numeric(10)", "numeric(10,0)"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp(3)", "timestamp(3) without time zone"),
            ("timestamp (3) without time zone", "timestamp(3) without time zone"),
            ("TIMESTAMP", "timestamp without time zone"),
            ("time(6) with time zone", "time(6) with time zone"),
            ("char(1)", "character(1)"),
            ("text[]", "text[]"),
            ("int[3][3]", "integer[]"),
            ("varchar(5)[]", "character varying(5)[]"),
            ("AssessmentStatus", "\"AssessmentStatus\""),
            ("\"AssessmentStatus\"[]", "\"AssessmentStatus\"[]"),
            ("vector(1536)", "vector(1536)"),
            ("JSONB", "jsonb"),
        ] {
            assert_eq!(canonical(written), canonical(server), "{written}");
        }
        for (one, other) in [
            ("text", "varchar"),
            ("numeric(10,2)", "numeric(10)"),
            ("timestamp(3)", "timestamp"),
            ("int", "int[]"),
        ] {
            assert_ne!(canonical(one), canonical(other), "{one}");
        }
    }
}
