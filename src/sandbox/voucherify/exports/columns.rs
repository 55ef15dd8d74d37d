//! The columns of an export: which fields there are, how the vendor labels them, and what a cell holds (docs/api-facts.md C6).

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::sandbox::voucherify::{
    customers::Customer,
    moments::moment,
    options::{ExportColumns, ExportLabels, ExportMetadata, ExportOptions},
};

/// A field that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Name,
    Id,
    Description,
    Email,
    SourceId,
    CreatedAt,
    UpdatedAt,
    Phone,
    Birthday,
    Birthdate,
    /// A part of the address; the number is its place in [`ADDRESS`].
    Address(usize),
    /// A number of redemptions; the number is its place in [`REDEMPTIONS`].
    Redemptions(usize),
    OrdersTotalAmount,
    OrdersTotalCount,
    OrdersAverageAmount,
    OrdersLastOrderAmount,
    OrdersLastOrderDate,
    LoyaltyPoints,
    LoyaltyReferredCustomers,
    Metadata,
}

/// Members of the address with their names as fields and as labels.
const ADDRESS: [(&str, &str, &str); 6] = [
    ("city", "address_city", "City"),
    ("state", "address_state", "State"),
    ("line_1", "address_line_1", "Address Line 1"),
    ("line_2", "address_line_2", "Address Line 2"),
    ("country", "address_country", "Country"),
    ("postal_code", "address_postal_code", "Postal Code"),
];

/// Numbers of redemptions with their labels; only what succeeded ever happens here.
const REDEMPTIONS: [(&str, &str); 6] = [
    ("redemptions_total_redeemed", "Total Redeemed"),
    ("redemptions_total_failed", "Total Failed Redemptions"),
    ("redemptions_total_succeeded", "Total Succeeded Redemptions"),
    ("redemptions_total_rolled_back", "Total Rolled Back"),
    ("redemptions_total_rollback_failed", "Total Failed Rollbacks"),
    ("redemptions_total_rollback_succeeded", "Total Succeeded Rollbacks"),
];

impl Field {
    /// All of them, in the vendor's order.
    pub(super) const ALL: [Self; 30] = [
        Self::Name,
        Self::Id,
        Self::Description,
        Self::Email,
        Self::SourceId,
        Self::CreatedAt,
        Self::Address(0),
        Self::Address(1),
        Self::Address(2),
        Self::Address(3),
        Self::Address(4),
        Self::Address(5),
        Self::Redemptions(0),
        Self::Redemptions(1),
        Self::Redemptions(2),
        Self::Redemptions(3),
        Self::Redemptions(4),
        Self::Redemptions(5),
        Self::OrdersTotalAmount,
        Self::OrdersTotalCount,
        Self::OrdersAverageAmount,
        Self::OrdersLastOrderAmount,
        Self::OrdersLastOrderDate,
        Self::LoyaltyPoints,
        Self::LoyaltyReferredCustomers,
        Self::UpdatedAt,
        Self::Phone,
        Self::Birthday,
        Self::Metadata,
        Self::Birthdate,
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// As a request names it.
    pub(super) fn name(self) -> &'static str {
        self.words().0
    }

    /// Its name, and what the header of a file calls it. Two of the labels are documented ("Creation Date", "Last Update
    /// Date"), the others are guesses: nobody may rely on any.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Name => ("name", "Name"),
            Self::Id => ("id", "ID"),
            Self::Description => ("description", "Description"),
            Self::Email => ("email", "Email"),
            Self::SourceId => ("source_id", "Source ID"),
            Self::CreatedAt => ("created_at", "Creation Date"),
            Self::UpdatedAt => ("updated_at", "Last Update Date"),
            Self::Phone => ("phone", "Phone"),
            Self::Birthday => ("birthday", "Birthday"),
            Self::Birthdate => ("birthdate", "Birthdate"),
            Self::Address(part) => (ADDRESS[part].1, ADDRESS[part].2),
            Self::Redemptions(kind) => REDEMPTIONS[kind],
            Self::OrdersTotalAmount => ("orders_total_amount", "Total Orders Amount"),
            Self::OrdersTotalCount => ("orders_total_count", "Total Orders Count"),
            Self::OrdersAverageAmount => ("orders_average_amount", "Average Order Amount"),
            Self::OrdersLastOrderAmount => ("orders_last_order_amount", "Last Order Amount"),
            Self::OrdersLastOrderDate => ("orders_last_order_date", "Last Order Date"),
            Self::LoyaltyPoints => ("loyalty_points", "Loyalty Points"),
            Self::LoyaltyReferredCustomers => ("loyalty_referred_customers", "Referred Customers"),
            Self::Metadata => ("metadata", "Metadata"),
        }
    }
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    Field(Field),
    /// One key of the metadata.
    Key(String),
    /// All keys that the schema defines, as JSON.
    Defined(Vec<String>),
    /// A column that nobody asked for.
    Unasked,
}

impl Column {
    /// The columns for the fields that are asked for; `metadata` stands for the keys that the schema defines.
    pub(super) fn all(fields: &[Field], defined: &[String], options: &ExportOptions) -> Vec<Self> {
        let column = |field: &Field| match (field, options.export_metadata) {
            (Field::Metadata, ExportMetadata::Columns) => defined.iter().cloned().map(Self::Key).collect(),
            (Field::Metadata, ExportMetadata::Cell) => vec![Self::Defined(defined.to_vec())],
            (field, _) => vec![Self::Field(*field)],
        };
        let mut columns: Vec<Self> = fields.iter().flat_map(column).collect();
        match options.export_columns {
            ExportColumns::Requested => {}
            ExportColumns::Alphabetical => columns.sort_by(|one, other| one.label().cmp(&other.label())),
            ExportColumns::OneMore => columns.push(Self::Unasked),
            ExportColumns::OneLess => drop(columns.pop()),
        }
        columns
    }

    /// What the header calls the column at this place.
    pub(super) fn header(&self, place: usize, labels: ExportLabels) -> Cow<'_, str> {
        match (labels, self) {
            (ExportLabels::Fields, Self::Field(field)) => field.name().into(),
            (ExportLabels::Unknown, _) => format!("Customer Property {}", place + 1).into(),
            (ExportLabels::Display | ExportLabels::Fields, _) => self.label(),
        }
    }

    fn label(&self) -> Cow<'_, str> {
        match self {
            Self::Field(field) => field.words().1.into(),
            Self::Key(key) => key.into(),
            Self::Defined(_) => Field::Metadata.words().1.into(),
            Self::Unasked => "Consents".into(),
        }
    }

    /// What a customer has in this column.
    pub(super) fn cell<'a>(&self, customer: &'a Customer) -> Cow<'a, str> {
        let metadata = || customer.attributes.get("metadata").and_then(Value::as_object);
        match self {
            Self::Field(field) => field_cell(*field, customer),
            Self::Key(key) => metadata().and_then(|metadata| metadata.get(key)).map_or("".into(), text),
            Self::Defined(keys) => {
                let of = |metadata: &Map<String, Value>| -> Map<String, Value> {
                    keys.iter().filter_map(|key| Some((key.clone(), metadata.get(key)?.clone()))).collect()
                };
                let defined = metadata().map(of).unwrap_or_default();
                if defined.is_empty() { "".into() } else { Value::Object(defined).to_string().into() }
            }
            Self::Unasked => "".into(),
        }
    }
}

fn field_cell(field: Field, customer: &Customer) -> Cow<'_, str> {
    let history = customer.history;
    let money = |amount: u64| Cow::from(format!("{}.{:02}", amount / 100, amount % 100));
    let average = history.amount() / history.orders.max(1);
    match field {
        Field::Id => customer.id.as_str().into(),
        Field::CreatedAt => moment(customer.created_at).into(),
        Field::UpdatedAt => customer.updated_at.map(moment).unwrap_or_default().into(),
        Field::Address(part) => {
            let member = customer.attributes.get("address").and_then(|address| address.get(ADDRESS[part].0));
            member.map_or("".into(), text)
        }
        Field::Redemptions(kind) => {
            let succeeded =
                ["redemptions_total_redeemed", "redemptions_total_succeeded"].contains(&REDEMPTIONS[kind].0);
            if succeeded { history.redemptions.to_string().into() } else { "0".into() }
        }
        Field::OrdersTotalAmount => money(history.amount()),
        Field::OrdersAverageAmount | Field::OrdersLastOrderAmount => money(average),
        Field::OrdersTotalCount => history.orders.to_string().into(),
        Field::OrdersLastOrderDate if history.orders > 0 => {
            moment(customer.updated_at.unwrap_or(customer.created_at)).into()
        }
        Field::OrdersLastOrderDate => "".into(),
        Field::LoyaltyPoints => history.points.to_string().into(),
        Field::LoyaltyReferredCustomers => "0".into(),
        named => customer.attributes.get(named.name()).map_or("".into(), text),
    }
}

/// A value as a cell: nothing for null, JSON for what has members or elements.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.as_str().into(),
        other => other.to_string().into(),
    }
}
