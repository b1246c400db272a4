//! What an unquoted scalar means: the YAML 1.2 core schema.

use super::node::Data;

/// Read an unquoted scalar. A whole number that does not fit is an error rather than a rounded one.
pub(super) fn resolve(text: &str) -> Result<Data, &'static str> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Data::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Data::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Data::Float(f64::NEG_INFINITY),
        _ if is_integer(text) => integer(text)?,
        _ if is_float(text) => match text.parse() {
            Ok(number) => Data::Float(number),
            Err(_) => Data::Text(text.to_owned()),
        },
        _ => Data::Text(text.to_owned()),
    })
}

fn is_integer(text: &str) -> bool {
    let all = |digits: &str, good: fn(&char) -> bool| !digits.is_empty() && digits.chars().all(|c| good(&c));
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, char::is_ascii_hexdigit);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |c| ('0'..='7').contains(c));
    }
    all(text.strip_prefix(['-', '+']).unwrap_or(text), char::is_ascii_digit)
}

fn integer(text: &str) -> Result<Data, &'static str> {
    const TOO_LARGE: &str = "the number is too large";
    let positive = if let Some(digits) = text.strip_prefix("0x") {
        u64::from_str_radix(digits, 16)
    } else if let Some(digits) = text.strip_prefix("0o") {
        u64::from_str_radix(digits, 8)
    } else if text.starts_with('-') {
        return match text.parse::<i64>() {
            Ok(0) => Ok(Data::Integer(0)),
            Ok(number) => Ok(Data::Negative(number)),
            Err(_) => Err(TOO_LARGE),
        };
    } else {
        text.parse()
    };
    positive.map(Data::Integer).map_err(|_| TOO_LARGE)
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let good_mantissa = match mantissa.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part) && mantissa.len() > 1,
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    let good_exponent = exponent.is_none_or(|exponent| {
        let number = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        digits(number) && !number.is_empty()
    });
    good_mantissa && good_exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema() {
        let text = |text: &str| Ok(Data::Text(text.to_owned()));
        for (source, expected) in [
            ("", Ok(Data::Null)),
            ("~", Ok(Data::Null)),
            ("TRUE", Ok(Data::Bool(true))),
            ("yes", text("yes")),
            ("off", text("off")),
            ("200", Ok(Data::Integer(200))),
            ("+7", Ok(Data::Integer(7))),
            ("-7", Ok(Data::Negative(-7))),
            ("-0", Ok(Data::Integer(0))),
            ("0x1F", Ok(Data::Integer(31))),
            ("0o17", Ok(Data::Integer(15))),
            ("1.5", Ok(Data::Float(1.5))),
            (".5", Ok(Data::Float(0.5))),
            ("1e3", Ok(Data::Float(1000.0))),
            (".", text(".")),
            ("-", text("-")),
            ("1.2.3", text("1.2.3")),
            ("1:30", text("1:30")),
            ("2xx", text("2xx")),
            ("2025-01-31", text("2025-01-31")),
            ("inf", text("inf")),
            ("99999999999999999999", Err("the number is too large")),
        ] {
            assert_eq!(resolve(source), expected, "{source}");
        }
    }
}
