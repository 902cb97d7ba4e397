//! Schemas and references.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "keys beside a reference",
        &[("color: {$ref: '#/components/schemas/Color'}", "color: {$ref: '#/components/schemas/Color', description: The color.}")],
        &[
            "spec/resources/things.yaml:107: keys beside `$ref`, which OpenAPI 3.0 ignores — write `allOf: [{$ref: '#/components/schemas/Color'}]` beside them",
        ],
    ),
    (
        "a type of responses in a request",
        &[
            ("owner: {type: string, description: The owner.}", "owner: {$ref: '#/components/schemas/Part'}"),
            ("owner: me}", "owner: {name: me}}"),
        ],
        &[
            "spec/resources/things.yaml:111: `Part` is sent by `things.update` and received by `things.retrieve`, so its optional fields are options — describe what is sent as a schema of its own, or add `x-coze-direction: both` if the type is new",
        ],
    ),
    (
        "a direction that is not both",
        &[("description: A part.", "description: A part.\n      x-coze-direction: request")],
        &[
            "spec/resources/things.yaml:114: not a value of `x-coze-direction` — write `both`, or remove it",
        ],
    ),
    (
        "the direction of an enum",
        &[("x-coze-name: {1: Low, 2: High}", "x-coze-name: {1: Low, 2: High}\n      x-coze-direction: both")],
        &[
            "spec/resources/things.yaml:157: `Level` is not an object — remove `x-coze-direction`",
        ],
    ),
    (
        "a misspelled reference",
        &[("color: {$ref: '#/components/schemas/Color'}", "color: {$ref: '#/components/schemas/Colr'}")],
        &[
            "spec/resources/things.yaml:107: `Colr` is not defined — did you mean `Color`?",
            "spec/resources/things.yaml:107: `Thing.color` has no description — say in a sentence what it is",
            "spec/shared.yaml:10: `Color` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a reference three edits away",
        &[("color: {$ref: '#/components/schemas/Color'}", "color: {$ref: '#/components/schemas/Colorful'}")],
        &[
            "spec/resources/things.yaml:107: `Colorful` is not defined — did you mean `Color`?",
            "spec/resources/things.yaml:107: `Thing.color` has no description — say in a sentence what it is",
            "spec/shared.yaml:10: `Color` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a reference four edits away",
        &[("color: {$ref: '#/components/schemas/Color'}", "color: {$ref: '#/components/schemas/Colorfull'}")],
        &[
            "spec/resources/things.yaml:107: `Colorfull` is not defined — define `Colorfull` under components.schemas",
            "spec/resources/things.yaml:107: `Thing.color` has no description — say in a sentence what it is",
            "spec/shared.yaml:10: `Color` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a dangling reference",
        &[("color: {$ref: '#/components/schemas/Color'}", "color: {$ref: '#/components/schemas/Weight'}")],
        &[
            "spec/resources/things.yaml:107: `Thing.color` has no description — say in a sentence what it is",
            "spec/resources/things.yaml:107: `Weight` is not defined — define `Weight` under components.schemas",
            "spec/shared.yaml:10: `Color` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a reference to elsewhere",
        &[("level: {$ref: '#/components/schemas/Level'}", "level: {$ref: 'other.yaml#/Level'}")],
        &[
            "spec/resources/things.yaml:146: `Row.level` has no description — say in a sentence what it is",
            "spec/resources/things.yaml:146: `other.yaml#/Level` is not a reference to a schema — write `#/components/schemas/Name`",
            "spec/resources/things.yaml:147: `Level` is not used — remove it, or refer to it",
        ],
    ),
    (
        "events with unknown data",
        &[("data: Part", "data: Parts")],
        &[
            "spec/resources/things.yaml:160: `Parts` is not defined — define `Parts` under components.schemas",
        ],
    ),
    (
        "an unused schema",
        &[("        color: {$ref: '#/components/schemas/Color'}\n", "")],
        &[
            "spec/shared.yaml:10: `Color` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a name that is not a type name",
        &[("    Update:\n", "    thing_update:\n"), ("- $ref: '#/components/schemas/Update'", "- $ref: '#/components/schemas/thing_update'")],
        &[
            "spec/resources/things.yaml:116: `thing_update` cannot name a type in Rust — choose another name in `x-coze-name`",
            "spec/resources/things.yaml:116: `thing_update` is not a type name — call it `ThingUpdate`",
        ],
    ),
    (
        "a schema without a description",
        &[("      description: A part.\n", "")],
        &[
            "spec/resources/things.yaml:111: `Part` has no description — say in a sentence what it is",
        ],
    ),
    (
        "a property without a description",
        &[("name: {type: string, description: The name.}", "name: {type: string}")],
        &[
            "spec/resources/things.yaml:115: `Part.name` has no description — say in a sentence what it is",
        ],
    ),
    (
        "a schema that is neither object nor enum",
        &[("    Part:\n      type: object\n", "    Part:\n      type: number\n")],
        &[
            "spec/resources/things.yaml:111: `Part` is neither an object nor an enum — describe the value where it is used",
        ],
    ),
    (
        "a string that is not an enum",
        &[("      enum: [red, dark-blue]\n", "")],
        &[
            "spec/shared.yaml:10: `Color` is neither an object nor an enum — list its values, or describe it where it is used",
        ],
    ),
    (
        "an object without properties",
        &[("      properties:\n        name: {type: string, description: The name.}\n", "      properties: {}\n")],
        &[
            "spec/resources/things.yaml:111: `Part` is an object without properties — list them, or use a map where it is used",
        ],
    ),
    (
        "a required property that does not exist",
        &[("      required: [id]\n", "      required: [id, weight]\n")],
        &[
            "spec/resources/things.yaml:103: `Thing` requires `weight`, which it does not have — add the property, or remove it from `required`",
        ],
    ),
    (
        "an object with values",
        &[("      description: A part.\n", "      description: A part.\n      enum: [1]\n")],
        &[
            "spec/resources/things.yaml:111: `Part` mixes kinds — keep the keys of an object",
        ],
    ),
    (
        "an object with items",
        &[("      description: A part.\n", "      description: A part.\n      items: {type: string}\n")],
        &[
            "spec/resources/things.yaml:111: `Part` mixes kinds — keep the keys of an object",
        ],
    ),
    (
        "an event with a bad name",
        &[("name: Changed", "name: has_changed")],
        &[
            "spec/resources/things.yaml:160: `has_changed` cannot name an event of `ThingEvent` — write a word or two in CamelCase",
        ],
    ),
    (
        "an event called Unknown",
        &[("name: Changed", "name: Unknown")],
        &[
            "spec/resources/things.yaml:160: `Unknown` cannot name an event of `ThingEvent` — write a word or two in CamelCase",
        ],
    ),
    (
        "an event twice",
        &[("event: changed, name: Changed", "event: done, name: Changed")],
        &[
            "spec/resources/things.yaml:161: `done` is listed twice in `ThingEvent` — list each event and each name once",
        ],
    ),
    (
        "two events of one name",
        &[("event: changed, name: Changed", "event: changed, name: Done")],
        &[
            "spec/resources/things.yaml:161: `done` is listed twice in `ThingEvent` — list each event and each name once",
        ],
    ),
    (
        "events without an end",
        &[("ends: true, ", "")],
        &[
            "spec/resources/things.yaml:157: no event ends the stream `ThingEvent` — mark the last event with `ends: true`",
        ],
    ),
    (
        "events with properties",
        &[("      x-coze-stream:\n", "      properties: {}\n      x-coze-stream:\n")],
        &[
            "spec/resources/things.yaml:157: `ThingEvent` mixes kinds — keep only the events",
        ],
    ),
    (
        "an anonymous enum",
        &[("color: {$ref: '#/components/schemas/Color'}", "color: {type: string, description: The color., enum: [red]}"), ("schema: {type: string}, example: north", "schema: {$ref: '#/components/schemas/Color'}, example: red")],
        &[
            "spec/resources/things.yaml:107: an anonymous enum — name it under components.schemas and refer to it",
        ],
    ),
    (
        "an anonymous object with properties",
        &[("extra: {description: Anything else.}", "extra: {type: object, description: Anything else., properties: {a: {type: string}}}")],
        &[
            "spec/resources/things.yaml:110: an anonymous object — name it under components.schemas and refer to it",
        ],
    ),
    (
        "an anonymous object without properties",
        &[("extra: {description: Anything else.}", "extra: {type: object, description: Anything else.}")],
        &[
            "spec/resources/things.yaml:110: an anonymous object — name it under components.schemas and refer to it, or give a map its `additionalProperties`",
        ],
    ),
    (
        "an array without items",
        &[("labels: {type: array, description: The labels., items: {type: string}}", "labels: {type: array, description: The labels.}")],
        &[
            "spec/resources/things.yaml:108: an array without `items` — add `items`",
        ],
    ),
    (
        "a union",
        &[("extra: {description: Anything else.}", "extra: {description: Anything else., allOf: [{type: string}, {type: string}]}")],
        &[
            "spec/resources/things.yaml:110: a schema without a type — add `type`, or a `$ref` to a named schema",
        ],
    ),
    (
        "an integer without its width",
        &[("size: {type: integer, format: int32, description: The size.}", "size: {type: integer, description: The size.}")],
        &[
            "spec/resources/things.yaml:106: an integer without its width — add `format: int32` or `format: int64`",
        ],
    ),
    (
        "an integer of another width",
        &[("size: {type: integer, format: int32, description: The size.}", "size: {type: integer, format: uint8, description: The size.}")],
        &[
            "spec/resources/things.yaml:106: an integer without its width — add `format: int32` or `format: int64`",
        ],
    ),
    (
        "a number without its width",
        &[("size: {type: integer, format: int32, description: The size.}", "size: {type: number, description: The size.}")],
        &[
            "spec/resources/things.yaml:106: a number without its width — add `format: double`",
        ],
    ),
    (
        "another format",
        &[("name: {type: string, description: The name.}", "name: {type: string, format: date-time, description: The name.}")],
        &[
            "spec/resources/things.yaml:115: unknown format `date-time` of type `string` — use int32, int64 or double for numbers, binary for files, password for secrets, and no other format",
        ],
    ),
    (
        "another type",
        &[("name: {type: string, description: The name.}", "name: {type: text, description: The name.}")],
        &[
            "spec/resources/things.yaml:115: unknown type `text` — use string, integer, number, boolean, array or object",
        ],
    ),
    (
        "a format without a type",
        &[("name: {type: string, description: The name.}", "name: {format: int32, description: The name.}")],
        &[
            "spec/resources/things.yaml:115: a format without a type — add the type",
        ],
    ),
    (
        "a value of another type",
        &[("enum: [red, dark-blue]", "enum: [red, dark-blue, 3]")],
        &[
            "spec/shared.yaml:17: `3` cannot name the value `3` of `Color` — choose a name in `x-coze-name`",
            "spec/shared.yaml:17: `3` is not a value of `Color` — list values of the enum's type, quoted if strings",
            "spec/shared.yaml:17: the value `3` of `Color` is not documented — add a line \"- `3`: …\" to the description",
        ],
    ),
    (
        "an empty value of an enum",
        &[("enum: [1, 2]", "enum: [1, 2, '']")],
        &[
            "spec/resources/things.yaml:155: `\"\"` is not a value of `Level` — list values of the enum's type, quoted if strings",
            "spec/resources/things.yaml:155: the value  of `Level` has no name — name it in `x-coze-name`",
            "spec/resources/things.yaml:155: the value `` of `Level` is not documented — add a line \"- ``: …\" to the description",
        ],
    ),
    (
        "an enum of integers without its width",
        &[("      type: integer\n      format: int32\n", "      type: integer\n")],
        &[
            "spec/resources/things.yaml:147: an integer without its width — add `format: int32` or `format: int64`",
        ],
    ),
    (
        "an undocumented value",
        &[("enum: [red, dark-blue]", "enum: [red, dark-blue, green]")],
        &[
            "spec/shared.yaml:17: the value `green` of `Color` is not documented — add a line \"- `green`: …\" to the description",
        ],
    ),
    (
        "an integer without a name",
        &[("x-coze-name: {1: Low, 2: High}", "x-coze-name: {1: Low}")],
        &[
            "spec/resources/things.yaml:155: the value 2 of `Level` has no name — name it in `x-coze-name`",
        ],
    ),
    (
        "a value whose name is not an identifier",
        &[("enum: [red, dark-blue]", "enum: [red, dark-blue, 3d]"), ("        - `red`: like fire.\n", "        - `red`: like fire.\n        - `3d`: like nothing.\n")],
        &[
            "spec/shared.yaml:18: `3d` cannot name the value `3d` of `Color` — choose a name in `x-coze-name`",
        ],
    ),
    (
        "a value called Unknown",
        &[("x-coze-name: {1: Low, 2: High}", "x-coze-name: {1: Low, 2: Unknown}")],
        &[
            "spec/resources/things.yaml:156: `Unknown` cannot name the value `2` of `Level` — choose a name in `x-coze-name`",
        ],
    ),
    (
        "two values of one name",
        &[("x-coze-name: {1: Low, 2: High}", "x-coze-name: {1: Low, 2: Low}")],
        &[
            "spec/resources/things.yaml:156: two values of `Level` would be called `Low` — choose names in `x-coze-name`",
        ],
    ),
    (
        "a name for a value that does not exist",
        &[("x-coze-name: {1: Low, 2: High}", "x-coze-name: {1: Low, 2: High, 3: Higher}")],
        &[
            "spec/resources/things.yaml:156: `x-coze-name` names `3`, which is not a value of `Level` — remove it, or add the value",
        ],
    ),
    (
        "an object that requires itself",
        &[("      required: [id]\n", "      required: [id, inner]\n"), ("extra: {description: Anything else.}", "extra: {description: Anything else.}\n        inner: {$ref: '#/components/schemas/Thing'}")],
        &[
            "spec/resources/things.yaml:100: `Thing` requires itself — make one property on the way optional",
        ],
    ),
    (
        "events as a value",
        &[("extra: {description: Anything else.}", "extra: {$ref: '#/components/schemas/ThingEvent'}")],
        &[
            "spec/resources/things.yaml:110: events as a value — refer to events in a `text/event-stream` only",
        ],
    ),
    (
        "objects that require each other",
        &[("      required: [id]\n", "      required: [id, part]\n"), ("extra: {description: Anything else.}", "extra: {description: Anything else.}\n        part: {$ref: '#/components/schemas/Part'}"), ("name: {type: string, description: The name.}", "name: {$ref: '#/components/schemas/Thing'}"), ("      description: A part.\n", "      description: A part.\n      required: [name]\n")],
        &[
            "spec/resources/things.yaml:100: `Thing` requires itself — make one property on the way optional",
            "spec/resources/things.yaml:112: `Part` requires itself — make one property on the way optional",
        ],
    ),
];

#[test]
fn every_rule_about_schemas() {
    check(CASES);
}
