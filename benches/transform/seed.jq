# The same mapping in jq. For comparison only.
first(.external_ids[]? | select(.type == "user_id") | .id) as $id
| .traits as $traits
| ($traits.address // $traits) as $address
| {
    source_id: $id,
    name: ($traits.name // ([$traits.firstName // $traits.first_name, $traits.lastName // $traits.last_name] | map(select(.)) | join(" "))),
    description: $traits.description,
    email: $traits.email,
    phone: $traits.phone,
    birthdate: ($traits.birthdate // $traits.birthday),
    address: ($address | if type == "object" then {city, state, line_1: .street, country, postal_code: .postalCode} else null end),
    metadata: $traits.metadata,
    system_metadata: {source: "segmentio"}
  }
