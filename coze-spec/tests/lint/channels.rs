//! Channels and callbacks.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an unknown key of a channel",
        &[("  description: Talks.", "  description: Talks.\n  color: red")],
        &[
            "spec/realtime/talk.yaml:5: unknown key `color` in a channel — remove it; spec/README.md lists the keys",
        ],
    ),
    (
        "a channel without a name",
        &[("  name: talk\n", "")],
        &[
            "spec/realtime/talk.yaml:1: `name` is missing in a channel — add `name`, as spec/README.md shows",
        ],
    ),
    (
        "a channel that is called otherwise",
        &[("  name: talk\n", "  name: chat\n")],
        &[
            "spec/realtime/talk.yaml:2: the channel \"chat\" does not have the name of its file — write `name: talk`",
        ],
    ),
    (
        "a file without a channel",
        &[("x-coze-channel:\n  name: talk\n", "x-talk:\n  name: talk\n")],
        &[
            "spec/realtime/shared.yaml:3: `Noise` is not used — remove it, or refer to it",
            "spec/realtime/talk.yaml:1: `talk` does not describe a channel — describe it under `x-coze-channel`, or move the schemas to realtime/shared.yaml",
            "spec/realtime/talk.yaml:1: unknown key `x-talk` in the document — remove it; spec/README.md lists the keys",
            "spec/realtime/talk.yaml:24: `Hearing` is not used — remove it, or refer to it",
        ],
    ),
    (
        "several channels in one file",
        &[("x-coze-channel:\n  name: talk\n", "x-coze-channels:\n  name: talk\n")],
        &[
            "spec/realtime/talk.yaml:1: several channels in one file — write each as `x-coze-channel` in a file of its own",
        ],
    ),
    (
        "a channel outside of its folder",
        &[("tags:\n  - name: things\n    description: Things of all kinds.", "x-coze-channel: {}\ntags:\n  - name: things\n    description: Things of all kinds.")],
        &[
            "spec/resources/things.yaml:1: a channel outside spec/realtime — move it to a file of its own there",
        ],
    ),
    (
        "callbacks outside of their file",
        &[("x-webhooks:\n  thing.made:\n", "x-hooks:\n  thing.made:\n"), ("tags:\n  - name: things\n    description: Things of all kinds.", "x-webhooks: {}\ntags:\n  - name: things\n    description: Things of all kinds.")],
        &[
            "spec/resources/things.yaml:1: callbacks outside spec/webhooks.yaml — move them to that file",
            "spec/webhooks.yaml:1: unknown key `x-hooks` in the document — remove it; spec/README.md lists the keys",
        ],
    ),
    (
        "a channel without a page",
        &[("  externalDocs: {url: 'https://docs.coze.cn/guides/talk', description: 谈话}\n", "")],
        &[
            "spec/realtime/talk.yaml:1: `talk` does not refer to a page of the documentation — add `externalDocs`, or begin the description with \"Undocumented\"",
        ],
    ),
    (
        "a path of a channel without a slash",
        &[("  path: /v1/talk\n", "  path: v1/talk\n")],
        &[
            "spec/realtime/talk.yaml:1: the path `v1/talk` does not begin with a slash — begin it with a slash",
        ],
    ),
    (
        "a placeholder in the path of a channel",
        &[("  path: /v1/talk\n", "  path: /v1/{room}\n")],
        &[
            "spec/realtime/talk.yaml:1: `{room}` in the path of `talk` is not a parameter — describe it under `parameters` with `in: path`",
        ],
    ),
    (
        "parameters without a path",
        &[("  path: /v1/talk\n", "")],
        &[
            "spec/realtime/talk.yaml:7: `talk` has parameters but no path — add the path to connect to, or remove them",
        ],
    ),
    (
        "a parameter of a channel in a header",
        &[("name: room, in: query,", "name: room, in: header,")],
        &[
            "spec/realtime/talk.yaml:8: a channel cannot have the parameter `room` — use a scalar in the query",
        ],
    ),
    (
        "a parameter of a channel that is a list",
        &[("name: room, in: query, required: true, description: The room., schema: {type: string}, example: hall", "name: room, in: query, required: true, description: The room., schema: {type: array, items: {type: string}}, example: [hall]")],
        &[
            "spec/realtime/talk.yaml:8: a channel cannot have the parameter `room` — use a scalar in the query",
            "spec/realtime/talk.yaml:8: the list `room` does not declare its encoding — add `explode: true` if it repeats the key, `false` if commas join its items",
        ],
    ),
    (
        "a parameter of a channel that is an anonymous enum",
        &[("description: The room., schema: {type: string}", "description: The room., schema: {type: string, enum: [hall]}")],
        &[
            "spec/realtime/talk.yaml:8: an anonymous enum — name it under components.schemas and refer to it",
        ],
    ),
    (
        "a parameter of a channel that connects",
        &[("name: room, in: query, required: true,", "name: connect, in: query,")],
        &[
            "spec/realtime/talk.yaml:8: the setter `connect` of `talk` has the name of a method of every request — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a channel to which nothing is sent",
        &[("  client:\n    - event: talk.say\n      name: Say\n      data: Noise\n      description: Says something.\n      example: {event_type: talk.say, data: {volume: 3, source: {town: Kunming}}}\n    - {event: talk.stop, name: Stop, description: Stops., example: {event_type: talk.stop}}\n", "  client: []\n")],
        &[
            "spec/realtime/shared.yaml:3: `Noise` is not used — remove it, or refer to it",
            "spec/realtime/talk.yaml:1: the client of `talk` does not send events — list its events",
        ],
    ),
    (
        "an event of a channel twice",
        &[("event: talk.stop, name: Stop,", "event: talk.say, name: Stop,")],
        &[
            "spec/realtime/talk.yaml:15: `talk.say` is listed twice in `TalkClientEvent` — list each event and each name once",
        ],
    ),
    (
        "two events of a channel with one name",
        &[("event: talk.stop, name: Stop,", "event: talk.stop, name: Say,")],
        &[
            "spec/realtime/talk.yaml:15: `talk.stop` is listed twice in `TalkClientEvent` — list each event and each name once",
        ],
    ),
    (
        "an event without a name in Rust",
        &[("event: talk.stop, name: Stop,", "event: talk.stop, name: Unknown,")],
        &[
            "spec/realtime/talk.yaml:15: `Unknown` cannot name an event of `TalkClientEvent` — write a word or two in CamelCase",
        ],
    ),
    (
        "an event without a description",
        &[("name: Stop, description: Stops., example", "name: Stop, example")],
        &[
            "spec/realtime/talk.yaml:15: `description` is missing in an event — add `description`, as spec/README.md shows",
        ],
    ),
    (
        "an event without an example",
        &[("description: Stops., example: {event_type: talk.stop}}", "description: Stops.}")],
        &[
            "spec/realtime/talk.yaml:15: `example` is missing in an event — add `example`, as spec/README.md shows",
        ],
    ),
    (
        "data that are not defined",
        &[("      data: Hearing\n", "      data: Listening\n")],
        &[
            "spec/realtime/talk.yaml:17: `Listening` is not defined — define `Listening` under components.schemas",
            "spec/realtime/talk.yaml:24: `Hearing` is not used — remove it, or refer to it",
        ],
    ),
    (
        "data that are an enum",
        &[("      data: Hearing\n", "      data: Color\n")],
        &[
            "spec/realtime/talk.yaml:17: `Color` is not an object — make it an object with properties",
            "spec/realtime/talk.yaml:24: `Hearing` is not used — remove it, or refer to it",
        ],
    ),
    (
        "data of a resource",
        &[("      data: Hearing\n", "      data: Part\n"), ("{id: '41', event_type: talk.heard, data: {count: 2}", "{id: '41', event_type: talk.heard, data: {name: b}")],
        &[
            "spec/realtime/talk.yaml:17: `Part` belongs to spec/resources/things.yaml — move it to shared.yaml, since two files use it",
            "spec/realtime/talk.yaml:24: `Hearing` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a type of a channel in a resource",
        &[("        extra: {description: Anything else.}", "        extra: {$ref: '#/components/schemas/Noise'}"), ("parts: {a: {name: b}}, extra: {}}}", "parts: {a: {name: b}}, extra: {volume: 1, source: {town: a}}}}")],
        &[
            "spec/realtime/shared.yaml:3: `Noise` is sent by `realtime.talk` and received by `things.retrieve`, so its optional fields are options — describe what is sent as a schema of its own, or add `x-coze-direction: both` if the type is new",
            "spec/realtime/shared.yaml:9: `Origin` is sent by `realtime.talk` and received by `things.retrieve`, so its optional fields are options — describe what is sent as a schema of its own, or add `x-coze-direction: both` if the type is new",
            "spec/resources/things.yaml:110: `Noise` belongs to spec/realtime/shared.yaml — move it to shared.yaml, since two files use it",
        ],
    ),
    (
        "a type of a channel in what channels share",
        &[("        source: {$ref: '#/components/schemas/Origin'}", "        source: {$ref: '#/components/schemas/Hearing'}")],
        &[
            "spec/realtime/shared.yaml:8: `Hearing` belongs to spec/realtime/talk.yaml — move it to realtime/shared.yaml, since two channels use it",
            "spec/realtime/shared.yaml:9: `Origin` is not used — remove it, or refer to it",
            "spec/realtime/talk.yaml:24: `Hearing` is sent by `realtime.talk` and received by `realtime.talk`, so its optional fields are options — describe what is sent as a schema of its own, or add `x-coze-direction: both` if the type is new",
        ],
    ),
    (
        "a type as a union of events",
        &[("    Hearing:\n", "    TalkServerEvent:\n"), ("      data: Hearing\n", "      data: TalkServerEvent\n")],
        &[
            "spec/realtime/talk.yaml:24: two types of `realtime` are called `TalkServerEvent`, see spec/realtime/talk.yaml:1 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a type as the builder of a connection",
        &[("    Origin:\n", "    ConnectTalk:\n"), ("        source: {$ref: '#/components/schemas/Origin'}", "        source: {$ref: '#/components/schemas/ConnectTalk'}")],
        &[
            "spec/realtime/shared.yaml:9: two types of `realtime` are called `ConnectTalk`, see spec/realtime/talk.yaml:1 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "a type as the union of callbacks",
        &[("    ThingLost:\n", "    WebhookEvent:\n"), ("schemas/ThingLost'", "schemas/WebhookEvent'")],
        &[
            "spec/webhooks.yaml:55: two types of `webhook` are called `WebhookEvent`, see spec/webhooks.yaml:1 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "types of one name in a channel and a callback",
        &[("      description: The listeners of a noise.\n", "      description: The listeners of a noise.\n      x-coze-name: ThingLost\n")],
        &[
            "spec/webhooks.yaml:55: `ThingLost` would be the same type as the one at spec/realtime/talk.yaml:24 — choose another name in `x-coze-name`",
        ],
    ),
    (
        "the example of another event",
        &[("example: {event_type: talk.stop}}", "example: {event_type: talk.say}}")],
        &[
            "spec/realtime/talk.yaml:15: the example of another event — write `event_type: talk.stop`",
        ],
    ),
    (
        "an event with an unknown member",
        &[("example: {event_type: talk.stop}}", "example: {event_type: talk.stop, id: '1'}}")],
        &[
            "spec/realtime/talk.yaml:15: `id` is not a field of this event — remove it, or name the schema of its `data`",
        ],
    ),
    (
        "an event with data that it does not have",
        &[("example: {event_type: talk.stop}}", "example: {event_type: talk.stop, data: {}}}")],
        &[
            "spec/realtime/talk.yaml:15: `data` is not a field of this event — remove it, or name the schema of its `data`",
        ],
    ),
    (
        "an event without its data",
        &[("event_type: talk.heard, data: {count: 2}, detail", "event_type: talk.heard, detail")],
        &[
            "spec/realtime/talk.yaml:21: the example lacks `data` — show the whole event",
        ],
    ),
    (
        "an event of the server without a log id",
        &[("data: {count: 2}, detail: {logid: a1}}", "data: {count: 2}}")],
        &[
            "spec/realtime/talk.yaml:21: the example lacks `detail` — show the whole event",
        ],
    ),
    (
        "an event whose id is a number",
        &[("{id: '41', event_type", "{id: 41, event_type")],
        &[
            "spec/realtime/talk.yaml:21: ids that are not strings — write strings: `id`, and `logid` in `detail`",
        ],
    ),
    (
        "data of an event that leave a property out",
        &[("data: {volume: 3, source: {town: Kunming}}", "data: {volume: 3, source: {}}")],
        &[
            "spec/realtime/talk.yaml:14: the example lacks `town` — show every property once, so that tests cover it",
        ],
    ),
    (
        "data of an event beyond the limits",
        &[("data: {volume: 3, source", "data: {volume: 12, source")],
        &[
            "spec/realtime/talk.yaml:14: the example exceeds the limits — correct the example or the limits",
        ],
    ),
    (
        "an unknown key of a callback",
        &[("      summary: A thing was made.\n", "      summary: A thing was made.\n      tags: [things]\n")],
        &[
            "spec/webhooks.yaml:5: unknown key `tags` in a callback — remove it; spec/README.md lists the keys",
        ],
    ),
    (
        "a callback without a summary",
        &[("      summary: A thing was made.\n", "      summary: a thing was made\n")],
        &[
            "spec/webhooks.yaml:3: the summary of `thing.made` is not one sentence — begin with a capital letter, end with a period, keep one line",
        ],
    ),
    (
        "a callback without a page",
        &[("      summary: A thing was lost.\n      description: Undocumented.\n", "      summary: A thing was lost.\n")],
        &[
            "spec/webhooks.yaml:23: `thing.lost` does not refer to a page of the documentation — add `externalDocs`, or begin the description with \"Undocumented\"",
        ],
    ),
    (
        "a callback whose name is not that of an event",
        &[("  thing.lost:\n", "  Thing lost:\n"), ("event_type: thing.lost", "event_type: Thing lost")],
        &[
            "spec/webhooks.yaml:23: `Thing lost` is not the name of an event — write words joined by dots, such as `bot.published`",
        ],
    ),
    (
        "a callback without a name in Rust",
        &[("      summary: A thing was lost.\n", "      summary: A thing was lost.\n      x-coze-name: Unknown\n")],
        &[
            "spec/webhooks.yaml:23: `Unknown` cannot name a callback — write a word or two in CamelCase in `x-coze-name`",
        ],
    ),
    (
        "two callbacks of one name",
        &[("      summary: A thing was lost.\n", "      summary: A thing was lost.\n      x-coze-name: ThingMade\n")],
        &[
            "spec/webhooks.yaml:23: two callbacks would be called `ThingMade` — choose names in `x-coze-name`",
        ],
    ),
    (
        "a delivery that is only an event",
        &[("              allOf:\n                - $ref: '#/components/schemas/WebhookDelivery'\n                - {type: object, properties: {event: {$ref: '#/components/schemas/ThingLost'}}}\n", "              $ref: '#/components/schemas/ThingLost'\n")],
        &[
            "spec/webhooks.yaml:30: a delivery that is not a header and its event — write the delivery in the form of spec/README.md",
        ],
    ),
    (
        "a delivery with another property",
        &[("properties: {event: {$ref: '#/components/schemas/ThingLost'}}", "properties: {news: {$ref: '#/components/schemas/ThingLost'}}")],
        &[
            "spec/webhooks.yaml:30: a delivery with other properties than `header` and `event` — write the delivery in the form of spec/README.md",
        ],
    ),
    (
        "an event of a callback that is an enum",
        &[("properties: {event: {$ref: '#/components/schemas/ThingLost'}}", "properties: {event: {$ref: '#/components/schemas/Color'}}")],
        &[
            "spec/webhooks.yaml:30: `Color` is not an object — make it an object with properties",
            "spec/webhooks.yaml:55: `ThingLost` is not used — remove it, or refer to it",
        ],
    ),
    (
        "another header",
        &[("                - {type: object, properties: {event: {$ref: '#/components/schemas/ThingLost'}}}\n            example: {header: {event_type: thing.lost}", "                - {type: object, properties: {event: {$ref: '#/components/schemas/ThingLost'}}}\n            example: {header: {kept: true}"), ("    ThingLost:\n", "    LostDelivery:\n      type: object\n      description: Another delivery.\n      properties: {header: {$ref: '#/components/schemas/MadeAnswer'}}\n    ThingLost:\n"), ("      description: Undocumented.\n      requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n              allOf:\n                - $ref: '#/components/schemas/WebhookDelivery'\n", "      description: Undocumented.\n      requestBody:\n        required: true\n        content:\n          application/json:\n            schema:\n              allOf:\n                - $ref: '#/components/schemas/LostDelivery'\n")],
        &[
            "spec/webhooks.yaml:30: the header is `MadeAnswer`, but others have `DeliveryHeader` — use the same for all callbacks",
            "spec/webhooks.yaml:64: `MadeAnswer` is sent by `webhooks.thing.made` and received by `webhooks.thing.lost`, so its optional fields are options — describe what is sent as a schema of its own, or add `x-coze-direction: both` if the type is new",
        ],
    ),
    (
        "a response without a named schema",
        &[("              schema: {$ref: '#/components/schemas/MadeAnswer'}\n", "              schema: {type: object, additionalProperties: {$ref: '#/components/schemas/MadeAnswer'}}\n")],
        &[
            "spec/webhooks.yaml:20: a response without a named schema — refer to a named schema under components.schemas",
        ],
    ),
    (
        "a response that is not an object",
        &[("              schema: {$ref: '#/components/schemas/MadeAnswer'}\n", "              schema: {$ref: '#/components/schemas/Color'}\n")],
        &[
            "spec/webhooks.yaml:20: `Color` is not an object — make it an object with properties",
            "spec/webhooks.yaml:60: `MadeAnswer` is not used — remove it, or refer to it",
        ],
    ),
    (
        "the example of another callback",
        &[("example: {header: {event_type: thing.lost}", "example: {header: {event_type: thing.made}")],
        &[
            "spec/webhooks.yaml:34: the example of another event — write `event_type: thing.lost`",
        ],
    ),
    (
        "a delivery that leaves a property out",
        &[("event: {loser: you}}", "event: {}}")],
        &[
            "spec/webhooks.yaml:34: the example lacks `loser` — show every property once, so that tests cover it",
        ],
    ),
    (
        "an answer of another type",
        &[("example: {kept: true}", "example: {kept: 'yes'}")],
        &[
            "spec/webhooks.yaml:21: the example is not of type boolean — write a value of the schema's type, ids and digits quoted",
        ],
    ),
];

#[test]
fn every_rule_about_channels_and_callbacks() {
    check(CASES);
}
