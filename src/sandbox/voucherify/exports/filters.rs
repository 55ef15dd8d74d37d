//! Which customers an export takes (docs/api-facts.md C6).

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::sandbox::voucherify::{
    customers::Customer,
    moments::{moment, read_moment},
};

/// What a filter may look at beside the prefixes.
const FIELDS: [&str; 8] = ["created_at", "updated_at", "email", "name", "city", "phone", "birthday", "source_id"];
const PREFIXES: [&str; 7] =
    ["metadata.", "address.", "summary.", "loyalty.", "loyalty_tier.", "loyalty_points.", "system_metadata."];

/// The filters of an export and how they are joined.
#[derive(Debug, Default)]
pub(super) struct Filters {
    filters: Vec<Filter>,
    /// One that lets a customer through is enough.
    any: bool,
}

/// What is asked of one field; all of it has to hold.
#[derive(Debug)]
struct Filter {
    field: String,
    conditions: Vec<(Operator, Vec<Value>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    HasValue,
    IsUnknown,
    Contains,
    NotContain,
    StartsWith,
    EndsWith,
    MoreThan,
    LessThan,
    MoreThanEqual,
    LessThanEqual,
    After,
    Before,
}

impl Operator {
    /// Those that look at the present day or count are not emulated.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "$in" | "$is" => Self::In,
            "$not_in" | "$is_not" => Self::NotIn,
            "$has_value" => Self::HasValue,
            "$is_unknown" => Self::IsUnknown,
            "$contains" => Self::Contains,
            "$not_contain" => Self::NotContain,
            "$starts_with" => Self::StartsWith,
            "$ends_with" => Self::EndsWith,
            "$more_than" => Self::MoreThan,
            "$less_than" => Self::LessThan,
            "$more_than_equal" => Self::MoreThanEqual,
            "$less_than_equal" => Self::LessThanEqual,
            "$after" => Self::After,
            "$before" => Self::Before,
            _ => return None,
        })
    }

    fn holds(self, value: &Value, wanted: &[Value]) -> bool {
        let any = |fits: &dyn Fn(&Value) -> bool| wanted.iter().any(fits);
        let texts = |fits: fn(&str, &str) -> bool| {
            any(&|wanted| value.as_str().zip(wanted.as_str()).is_some_and(|(text, part)| fits(text, part)))
        };
        let numbers = |fits: fn(f64, f64) -> bool| {
            any(&|wanted| value.as_f64().zip(number(wanted)).is_some_and(|(one, other)| fits(one, other)))
        };
        let moments = |fits: fn(DateTime<Utc>, DateTime<Utc>) -> bool| {
            any(&|wanted| read(value).zip(read(wanted)).is_some_and(|(one, other)| fits(one, other)))
        };
        match self {
            Self::In => any(&|wanted| same(value, wanted)),
            Self::NotIn => !any(&|wanted| same(value, wanted)),
            Self::HasValue => !value.is_null(),
            Self::IsUnknown => value.is_null(),
            Self::Contains => texts(|text, part| text.contains(part)),
            Self::NotContain => !texts(|text, part| text.contains(part)),
            Self::StartsWith => texts(|text, part| text.starts_with(part)),
            Self::EndsWith => texts(|text, part| text.ends_with(part)),
            Self::MoreThan => numbers(|one, other| one > other),
            Self::LessThan => numbers(|one, other| one < other),
            Self::MoreThanEqual => numbers(|one, other| one >= other),
            Self::LessThanEqual => numbers(|one, other| one <= other),
            Self::After => moments(|one, other| one > other),
            Self::Before => moments(|one, other| one < other),
        }
    }
}

/// Numbers come as text, too.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn read(value: &Value) -> Option<DateTime<Utc>> {
    read_moment(value.as_str()?)
}

/// Equal as JSON, as numbers, or as text and number of the same looks.
fn same(value: &Value, wanted: &Value) -> bool {
    let numbers = || Some(value.as_f64()?.total_cmp(&number(wanted)?).is_eq());
    let booleans = || Some(value.as_bool()?.to_string() == wanted.as_str()?);
    value == wanted || numbers() == Some(true) || booleans() == Some(true)
}

impl Filters {
    /// Reads `parameters.filters`; what cannot be understood is refused in the words that are given back.
    pub(super) fn read(asked: Option<&Value>) -> Result<Self, String> {
        let members = match asked {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(members)) => members,
            Some(_) => return Err("Property .parameters.filters must be object".into()),
        };
        let mut filters = Self::default();
        for (field, filter) in members {
            if field == "junction" {
                filters.any = match filter.as_str().map(str::to_ascii_lowercase).as_deref() {
                    Some("and") => false,
                    Some("or") => true,
                    _ => return Err("Property .parameters.filters.junction should be one of [ and, or ]".into()),
                };
                continue;
            }
            if !FIELDS.contains(&field.as_str()) && !PREFIXES.iter().any(|prefix| field.starts_with(prefix)) {
                return Err(format!("Unsupported filter used: {field}"));
            }
            let Some(conditions) = filter["conditions"].as_object() else {
                return Err(format!("Property .parameters.filters.{field}.conditions must be object"));
            };
            let read = |(name, wanted): (&String, &Value)| {
                let operator = Operator::named(name).ok_or_else(|| format!("Unsupported condition used: {name}"))?;
                let wanted = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
                let moments = matches!(operator, Operator::After | Operator::Before);
                match wanted.iter().find(|value| moments && self::read(value).is_none()) {
                    Some(value) => Err(format!("{value} cannot be recognized as a ISO-8601 compliant date")),
                    None => Ok((operator, wanted)),
                }
            };
            let conditions = conditions.iter().map(read).collect::<Result<_, _>>()?;
            filters.filters.push(Filter { field: field.clone(), conditions });
        }
        Ok(filters)
    }

    pub(super) fn let_through(&self, customer: &Customer) -> bool {
        let fits = |filter: &Filter| {
            let value = filter.value(customer);
            filter.conditions.iter().all(|(operator, wanted)| operator.holds(&value, wanted))
        };
        if self.any && !self.filters.is_empty() { self.filters.iter().any(fits) } else { self.filters.iter().all(fits) }
    }
}

impl Filter {
    /// What a customer has where the filter looks; null for what is not there.
    fn value(&self, customer: &Customer) -> Value {
        match self.field.as_str() {
            "created_at" => moment(customer.created_at).into(),
            "updated_at" => customer.updated_at.map_or(Value::Null, |at| moment(at).into()),
            "city" => customer.attributes.get("address").map_or(Value::Null, |address| address["city"].clone()),
            field if FIELDS.contains(&field) => customer.attributes.get(field).cloned().unwrap_or_default(),
            path => {
                let shown = customer.shown();
                path.split('.').fold(&shown, |value, name| &value[name]).clone()
            }
        }
    }
}
