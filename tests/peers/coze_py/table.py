"""Checks the table behind the Python samples of `coze` against cozepy itself.

Every call, argument, model, field and member of the table must exist in cozepy, and everything in cozepy must be in the
table: a call that is missing in the table would be a missing sample.
"""

import enum
import importlib
import inspect
import json
import pathlib
import re
import typing

import cozepy
from cozepy.model import DynamicStrEnum, PagedBase
from pydantic import BaseModel

TABLE = pathlib.Path(__file__).parents[3] / "coze-cli/src/samples/python/cozepy.json"

# Calls of cozepy that are not separate operations, with the reasons.
NO_OPERATIONS = {
    "chat.create_and_poll": "several operations",
    "chat.stream": "chat.create, for events",
    "knowledge.documents.create": "an older name of datasets.documents.create",
    "knowledge.documents.delete": "an older name of datasets.documents.delete",
    "knowledge.documents.list": "an older name of datasets.documents.list",
    "knowledge.documents.update": "an older name of datasets.documents.update",
    "websockets.audio.speech.create": "a WebSocket",
    "websockets.audio.transcriptions.create": "a WebSocket",
    "websockets.chat.create": "a WebSocket",
}

# Arguments that no operation has, with the reasons why samples omit them.
NO_PARAMETERS = {
    "audio.rooms.create": {"workflow_id"},  # nowhere documented
    "bots.list": {"publish_status", "connector_id", "use_api_version"},  # of the other of its two operations
    "bots.retrieve": {"is_published", "use_api_version"},  # of the other of its two operations
}

# Fields that cozepy has only for replies.
ONLY_READ = {
    "Message": {
        "id", "conversation_id", "section_id", "bot_id", "chat_id", "created_at", "updated_at", "reasoning_content",
    },
    "VariableValue": {"create_time", "update_time"},
    "WorkspaceMember": {"user_nickname", "user_unique_name", "avatar_url"},
}  # fmt: skip

TAKEN = re.compile(r"(?P<wire>\w+)(=(?P<python>\w+))?(?P<required>!)?(: (?P<form>.+))?")


def load():
    return json.loads(TABLE.read_text())


def check():
    """Returns the errors in the table."""
    table = load()
    wrong = []
    if table["version"] != cozepy.VERSION:
        wrong.append(f"the table is of cozepy {table['version']}, and this is {cozepy.VERSION}")
    client = cozepy.Coze(auth=cozepy.TokenAuth("pat_peer"))
    for name, call in table["operations"].items():
        for one in filter(None, [call, call.get("stream")]):
            wrong += [f"{name}: {what}" for what in wrong_in_call(table, client, one)]
    for kind, of in (("models", wrong_in_model), ("enums", wrong_in_enum)):
        for name, entry in table[kind].items():
            wrong += [f"{name}: {what}" for what in of(table, class_of(name, entry), name, entry)]
    known = {call["call"] for call in table["operations"].values()}
    there = set(calls(client)) - NO_OPERATIONS.keys()
    wrong += [f"{call} is not in the table" for call in sorted(there - known)]
    for what in wrong:
        print("--- table:", what)
    print(f"cozepy: {len(table['operations'])} operations in the table, {len(there)} calls")
    return wrong


def calls(client, path=""):
    """Returns the paths of all calls of a client."""
    for name, member in inspect.getmembers_static(type(client)):
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            inner = getattr(client, name)
            if type(inner).__module__.startswith("cozepy") and type(inner).__name__.endswith("Client"):
                yield from calls(inner, f"{path}{name}.")
        elif callable(member):
            yield path + name


def class_of(name, entry):
    found = importlib.import_module(entry.get("module", "cozepy"))
    for part in name.split("."):
        found = getattr(found, part)
    return found


def takes(entries):
    return [TAKEN.fullmatch(entry).groupdict() for entry in entries]


def wrong_in_call(table, client, call):
    found = client
    for part in call["call"].split("."):
        if not hasattr(found, part):
            yield f"cozepy has no {call['call']}"
            return
        found = getattr(found, part)
    there = {
        name: parameter
        for name, parameter in inspect.signature(found).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }
    hints = typing.get_type_hints(found)
    listed = {}
    for taken in takes(call["takes"]):
        name = taken["python"] or taken["wire"]
        listed[name] = taken
        if name not in there:
            yield f"no argument {name}"
            continue
        required = there[name].default is inspect.Parameter.empty
        if required != bool(taken["required"]):
            yield f"{name} is {'' if required else 'not '}required"
        yield from wrong_form(table, taken, hints[name])
    unlisted = there.keys() - listed.keys() - NO_PARAMETERS.get(call["call"], set())
    yield from (f"the argument {name} is not in the table" for name in sorted(unlisted))
    result = hints.get("return")
    if result is not None and gives(result) not in (call.get("gives", "value"), None):
        yield f"it returns {gives(result)}"


def gives(result):
    """Returns the kind of result of a call with this annotation, or None if that depends."""
    origin = typing.get_origin(result) or result
    if origin is typing.Union:
        return None
    if issubclass(origin, PagedBase):
        return "page"
    if issubclass(origin, BaseModel):
        return "value" if origin.model_fields else "nothing"
    return {"ListResponse": "list", "Stream": "events", "FileHTTPResponse": "file"}[origin.__name__]


def classes(annotation):
    """Returns the classes in an annotation that are of a kind in the table."""
    arguments = typing.get_args(annotation)
    if arguments:
        return [one for argument in arguments for one in classes(argument)]
    ours = inspect.isclass(annotation) and annotation.__module__.startswith("cozepy")
    return [annotation] if ours and issubclass(annotation, (BaseModel, enum.Enum)) else []


def is_list(annotation):
    return list in (typing.get_origin(one) for one in (annotation, *typing.get_args(annotation)))


def wrong_form(table, taken, annotation, strict=False):
    """Returns the error in the form of a value for an annotation. Models are checked strictly, because they validate their arguments."""
    if taken["form"] in ("text", "never"):
        # Samples deviate from the annotation where cozepy does. Stories cover that.
        return
    found = classes(annotation)
    name = (taken["form"] or "").strip("[]").removesuffix(".value")
    entry = table["models"].get(name) or table["enums"].get(name)
    wire = taken["wire"]
    if entry is None:
        known = [one.__qualname__ for one in found if one.__qualname__ in table["models"] | table["enums"]]
        if known:
            yield f"{wire} takes {known[0]}"
        strings = strict and typing.Dict[str, str] in (annotation, *typing.get_args(annotation))
        if (taken["form"] == "{str}") != strings:
            yield f"{wire} takes {annotation}"
    elif found != [class_of(name, entry)]:
        yield f"{wire} takes {annotation}"
    elif is_list(annotation) != taken["form"].startswith("["):
        yield f"{wire} takes {annotation}"


def wrong_in_model(table, found, name, entry):
    if not issubclass(found, BaseModel):
        yield "it is not a model"
        return
    listed = set()
    for taken in takes(entry["fields"]):
        field = found.model_fields.get(taken["python"] or taken["wire"])
        if field is None:
            yield f"no field {taken['wire']}"
            continue
        listed.add(taken["python"] or taken["wire"])
        if field.is_required() != bool(taken["required"]):
            yield f"{taken['wire']} is {'' if field.is_required() else 'not '}required"
        yield from wrong_form(table, taken, field.annotation, strict=True)
    unlisted = found.model_fields.keys() - listed - ONLY_READ.get(name, set())
    yield from (f"the field {field} is not in the table" for field in sorted(unlisted))


def wrong_in_enum(table, found, name, entry):
    if not issubclass(found, enum.Enum):
        yield "it is not an enumeration"
        return
    members = {member.name: member.value for member in found}
    if members != entry["members"]:
        yield f"its members are {members}"
    if issubclass(found, DynamicStrEnum) != entry.get("open", False):
        yield "it is open" if issubclass(found, DynamicStrEnum) else "it is not open"
